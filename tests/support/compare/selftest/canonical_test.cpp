#include "tests/support/compare/canonical.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/compare/canonical_json.h"
#include "tests/support/compare/decimal_text.h"

namespace tailrace::testing {
namespace {

struct Pair {
  Family family;
  std::string one;
  std::string other;
};

TEST(Canonical, SpellingsOfOneValueAreEqual) {
  const std::vector<Pair> pairs = {
      {Family::integer, "00042", "42"},
      {Family::integer, "0000", "0"},
      {Family::integer, "18446744073709551615", "18446744073709551615"},
      {Family::decimal, "1.50", "1.5"},
      {Family::decimal, "-0.00", "0"},
      {Family::decimal, "100", "1E+2"},
      {Family::float32, "0.10000000149011612", "0.1"},
      {Family::float64, "1e+308", "1e308"},
      {Family::bytes, "00FF", "00ff"},
      {Family::bits, "5", "b00000101"},
      {Family::bits, "18446744073709551615", "xffffffffffffffff"},
      {Family::datetime, "2024-02-29 10:00:00.120000", "2024-02-29T10:00:00.12"},
      {Family::datetime, "2024-02-29 10:00:00.000", "2024-02-29 10:00:00"},
      {Family::instant, "2024-02-29 10:00:00", "2024-02-29 10:00:00+00"},
      {Family::instant, "2024-02-29 10:00:00.5", "2024-02-29T10:00:00.500Z"},
      {Family::time, "-838:59:59.000001", "-3020399000001"},
      {Family::time, "00:00:00", "0"},
      {Family::time, "-30:00:01.500", "PT-30H-1.5S"},
      {Family::set, "a,it's", R"(["a", "it's"])"},
      {Family::set, "", "[]"},
      {Family::json, R"({"b": [1, 2.50], "a": null})", R"({"a":null,"b":[1.0,25e-1]})"},
      {Family::uuid, "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "6ba7b8109dad11d180b400c04fd430c8"},
      {Family::vector, "0000803F000020C0", "[1,-2.5"},
      {Family::vector, "0000803F000020C0", "[1, -2.5]"},
      {Family::inet, "2001:0db8:0:0::1", "2001:db8::1"},
      {Family::network, "10.0.0.1/32", "10.0.0.1"},
      {Family::network, "2001:0DB8::/48", "2001:db8::/48"},
      {Family::network, "::1/128", "::1"},
      {Family::bits, "b00001", "1"},
      {Family::bits, "b" + std::string(70, '0') + "11", "x3"},
      {Family::date, "0044-03-15 BC", "-0043-03-15"},
      {Family::date, "0001-01-01 BC", "0000-01-01"},
      {Family::date, "12024-02-29", "12024-02-29"},
      {Family::datetime, "0044-03-15 12:00:00.500 BC", "-0043-03-15 12:00:00.5"},
      {Family::instant, "0044-03-15 12:00:00+00 BC", "-0043-03-15 12:00:00.000Z"},
      {Family::instant, "infinity", "infinity"},
      {Family::time_with_zone, "12:00:00.500+02", "12:00:00.5+02:00"},
      {Family::time_with_zone, "24:00:00-05:30", "24:00:00.000-05:30:00"},
      {Family::interval, "P1Y2M3DT-4H-5.000001S", "P14M3DT-14405.000001S"},
      {Family::interval, "PT0S", "P0D"},
      {Family::interval, "P-1WT1M", "P-7DT60S"},
      {Family::decimal, "NaN", "NaN"},
      {Family::float64, "NaN", "nan"},
      {Family::float64, "-Infinity", "-inf"},
  };
  for (const Pair& pair : pairs) {
    EXPECT_EQ(canonical(pair.family, pair.one), canonical(pair.family, pair.other)) << pair.one;
  }
}

TEST(Canonical, DifferentValuesStayDifferent) {
  const std::vector<Pair> pairs = {
      {Family::decimal, "0.10000000000000000000000001", "0.1"},
      {Family::float32, "16777216", "16777218"},
      {Family::float64, "0.1", "0.10000000000000002"},
      {Family::float64, "-0", "0"},
      {Family::text, "a", "a "},
      {Family::text, "NULL", ""},
      {Family::bytes, "00", "0000"},
      {Family::time, "24:00:00", "00:00:00"},
      {Family::json, "1e400", "1e401"},
      {Family::json, "9007199254740993", "9007199254740992"},
      {Family::json, R"("1")", "1"},
      {Family::json, "[1,2]", "[2,1]"},
      {Family::decimal, "NaN", "Infinity"},
      {Family::network, "10.0.0.0/8", "10.0.0.0"},
      {Family::network, "10.0.0.1", "::ffff:10.0.0.1"},
      {Family::bit_string, "01", "1"},
      {Family::bits, "b10", "b100"},
      {Family::date, "0044-03-15 BC", "0044-03-15"},
      {Family::date, "infinity", "-infinity"},
      {Family::instant, "2024-01-01 00:00:00+00", "2024-01-01 00:00:00+01"},
      {Family::datetime, "0044-03-15 12:00:00 BC", "0044-03-15 12:00:00"},
      {Family::time_with_zone, "12:00:00+02", "10:00:00+00"},
      {Family::interval, "P1M", "P30D"},
      {Family::interval, "P1D", "PT24H"},
      {Family::interval, "PT1M", "P1M"},
  };
  for (const Pair& pair : pairs) {
    EXPECT_NE(canonical(pair.family, pair.one), canonical(pair.family, pair.other)) << pair.one;
  }
}

TEST(CanonicalArray, BothFormsOfOneValueAreEqual) {
  const std::vector<Pair> pairs = {
      {Family::integer, "{1,NULL,-3}", "[1, null, -3]"},
      {Family::integer, "{{1,2},{3,4}}", "[[1,2],[3,4]]"},
      {Family::integer, "{}", "[]"},
      {Family::integer, "{t,f}", "[true,false]"},
      {Family::integer, "[0:1]={1,2}", "[0:1]={1,2}"},
      {Family::decimal, "{1.50,NaN}", R"([1.5,"NaN"])"},
      {Family::float64, "{1e+300,Infinity}", R"([1e300,"Infinity"])"},
      {Family::text, R"({"a,b","NULL",NULL,"q\"\\",plain," "})",
       R"(["a,b","NULL",null,"q\"\\","plain"," "])"},
      {Family::text, R"({"","{}"})", R"(["","{}"])"},
      {Family::bytes, R"({"\\x00FF"})", R"(["\\x00ff"])"},
      {Family::instant, R"({"2024-02-29 12:00:00+00"})", R"(["2024-02-29 12:00:00.000000Z"])"},
      {Family::json, R"({"{\"b\": 1.0, \"a\": []}"})", R"(["{\"a\":[],\"b\":1}"])"},
  };
  for (const Pair& pair : pairs) {
    const std::string one = canonical(Family::array, pair.family, pair.one);
    EXPECT_FALSE(one.starts_with("not of")) << one;
    EXPECT_EQ(one, canonical(Family::array, pair.family, pair.other)) << pair.one;
  }
}

TEST(CanonicalArray, DifferentValuesStayDifferent) {
  const std::vector<Pair> pairs = {
      {Family::integer, "{1,2}", "{2,1}"},     {Family::integer, "{1,2}", "[0:1]={1,2}"},
      {Family::integer, "{1,2}", "{{1,2}}"},   {Family::integer, "{{1,2},{3,4}}", "{1,2,3,4}"},
      {Family::text, R"({"NULL"})", "{NULL}"}, {Family::text, R"(["null"])", "[null]"},
      {Family::text, R"({"a,b"})", "{a,b}"},   {Family::text, "{a}", R"({"a "})"},
      {Family::integer, "{1", "{1}"},          {Family::integer, "1", "{1}"},
  };
  for (const Pair& pair : pairs) {
    EXPECT_NE(canonical(Family::array, pair.family, pair.one),
              canonical(Family::array, pair.family, pair.other))
        << pair.one;
  }
}

TEST(Canonical, MarksWhatIsNotOfItsType) {
  EXPECT_EQ(canonical(Family::integer, "twelve"), "not of its type: twelve");
  EXPECT_EQ(canonical(Family::json, "{"), "not of its type: {");
  const std::vector<std::pair<Family, std::string>> bad = {
      {Family::interval, "1 day"},     {Family::interval, "P1X"},
      {Family::interval, "P1.5D"},     {Family::time_with_zone, "12:00:00"},
      {Family::network, "10.0.0/8"},   {Family::bits, "b012"},
      {Family::array, "{1"},           {Family::array, "{1}x"},
      {Family::array, R"({"a)"},       {Family::array, "[1"},
      {Family::array, R"([{"a":1}])"},
  };
  for (const auto& [family, text] : bad) {
    EXPECT_EQ(canonical(family, text), "not of its type: " + text);
  }
}

TEST(CanonicalJson, LastOfEqualNamesWins) {
  EXPECT_EQ(canonical_json(R"({"a":1,"a":{"x":[]}})"), R"({"a":{"x":[]}})");
  EXPECT_FALSE(canonical_json("nothing"));
}

TEST(NormalDecimal, RefusesWhatIsNoNumber) {
  for (const char* bad : {"", "-", ".", "1.2.3", "1e", "0x1", "NaN"}) {
    EXPECT_FALSE(normal_decimal(bad)) << bad;
  }
  EXPECT_EQ(normal_decimal("-0012.3400"), "-1234e-2");
}

}  // namespace
}  // namespace tailrace::testing
