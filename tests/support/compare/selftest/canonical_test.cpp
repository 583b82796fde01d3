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
      {Family::json, R"({"b": [1, 2.50], "a": null})", R"({"a":null,"b":[1.0,25e-1]})"},
      {Family::uuid, "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "6ba7b8109dad11d180b400c04fd430c8"},
      {Family::vector, "0000803F000020C0", "[1,-2.5"},
      {Family::inet, "2001:0db8:0:0::1", "2001:db8::1"},
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
  };
  for (const Pair& pair : pairs) {
    EXPECT_NE(canonical(pair.family, pair.one), canonical(pair.family, pair.other)) << pair.one;
  }
}

TEST(Canonical, MarksWhatIsNotOfItsType) {
  EXPECT_EQ(canonical(Family::integer, "twelve"), "not of its type: twelve");
  EXPECT_EQ(canonical(Family::json, "{"), "not of its type: {");
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
