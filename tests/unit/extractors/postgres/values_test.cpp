// Values as servers send them, in both forms, and damaged ones. That servers really send them so is
// shown in tests/integration/postgres_types_test.cpp.

#include <bit>
#include <charconv>
#include <random>

#include <gtest/gtest.h>

#include "planned_column.h"

namespace tailrace::postgres {
namespace {

using namespace std::string_literals;

constexpr std::int32_t numeric_of(int precision, int scale) {
  return (precision << 16 | (scale & 0x7FF)) + 4;
}

struct Case {
  std::uint32_t type;
  std::int32_t modifier;
  std::string text;
  std::string binary;  // "-": not read so
  std::string canonical;
};

TEST(PostgresValues, TextAndBinaryAgree) {
  const Case cases[] = {
      {type_oid::boolean, -1, "t", "\1", "1"},
      {type_oid::boolean, -1, "f", "\0"s, "0"},
      {type_oid::int2, -1, "-32768", "\x80\0"s, "-32768"},
      {type_oid::int2, -1, "32767", "\x7F\xFF", "32767"},
      {type_oid::int4, -1, "-2147483648", "\x80\0\0\0"s, "-2147483648"},
      {type_oid::int4, -1, "0", "\0\0\0\0"s, "0"},
      {type_oid::int8, -1, "9223372036854775807", "\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
       "9223372036854775807"},
      {type_oid::int8, -1, "-1", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "-1"},
      {type_oid::oid, -1, "4294967295", "\xFF\xFF\xFF\xFF", "4294967295"},
      {type_oid::float4, -1, "1.6777218e+07", "\x4B\x80\0\1"s, "16777218"},
      {type_oid::float4, -1, "1e-45", "\0\0\0\1"s, "1e-45"},
      {type_oid::float4, -1, "NaN", "\x7F\xC0\0\0"s, "NaN"},
      {type_oid::float8, -1, "0.1", "\x3F\xB9\x99\x99\x99\x99\x99\x9A", "0.1"},
      {type_oid::float8, -1, "-0", "\x80\0\0\0\0\0\0\0"s, "-0"},
      {type_oid::float8, -1, "5e-324", "\0\0\0\0\0\0\0\1"s, "5e-324"},
      {type_oid::float8, -1, "1.7976931348623157e+308", "\x7F\xEF\xFF\xFF\xFF\xFF\xFF\xFF",
       "1.7976931348623157e+308"},
      {type_oid::float8, -1, "-Infinity", "\xFF\xF0\0\0\0\0\0\0"s, "-Infinity"},
      {type_oid::numeric, -1, "0", "\0\0\0\0\0\0\0\0"s, "0"},
      {type_oid::numeric, numeric_of(4, 2), "0.00", "\0\0\0\0\0\0\0\2"s, "0.00"},
      {type_oid::numeric, -1, "1.10", "\0\2\0\0\0\0\0\2\0\1\x03\xE8"s, "1.10"},
      {type_oid::numeric, -1, "-0.0001", "\0\1\xFF\xFF\x40\0\0\4\0\1"s, "-0.0001"},
      {type_oid::numeric, -1, "10000", "\0\1\0\1\0\0\0\0\0\1"s, "10000"},
      {type_oid::numeric, -1, "99999999.99999999",
       "\0\4\0\1\0\0\0\x08\x27\x0F\x27\x0F\x27\x0F\x27\x0F"s, "99999999.99999999"},
      {type_oid::numeric, -1, "0.000000000000000000015", "\0\2\xFF\xFB\0\0\0\x15\0\1\x13\x88"s,
       "0.000000000000000000015"},
      {type_oid::numeric, -1, "NaN", "\0\0\0\0\xC0\0\0\0"s, "NaN"},
      {type_oid::numeric, -1, "Infinity", "\0\0\0\0\xD0\0\0\x20"s, "Infinity"},
      {type_oid::numeric, -1, "-Infinity", "\0\0\0\0\xF0\0\0\x20"s, "-Infinity"},
      {type_oid::money, -1, "-$92,233,720,368,547,758.08", "-", "-92233720368547758.08"},
      {type_oid::money, -1, "$0.05", "-", "0.05"},
      {type_oid::money, -1, "$1,234.50", "-", "1234.50"},
      {type_oid::text, -1, "", "", ""},
      {type_oid::text, -1, "é🐘 \\", "é🐘 \\", "é🐘 \\"},
      {type_oid::varchar, 9, "a ", "a ", "a "},
      {type_oid::bpchar, 9, " a   ", " a   ", " a"},
      {type_oid::bpchar, 9, "     ", "     ", ""},
      {type_oid::single_char, -1, "x", "x", "x"},
      {type_oid::single_char, -1, "", "\0"s, ""},
      {type_oid::single_char, -1, "\\310", "\xC8", "\\310"},
      {type_oid::single_char, -1, "\xC8", "\xC8", "\\310"},
      {type_oid::bytea, -1, "\\x", "", ""},
      {type_oid::bytea, -1, "\\x0061ff5c", "\0a\xFF\\"s, "\0a\xFF\\"s},
      {type_oid::bit, 13, "1010000011111", "\0\0\0\x0D\xA0\xF8"s, "1010000011111"},
      {type_oid::varbit, -1, "", "\0\0\0\0"s, ""},
      {type_oid::uuid, -1, "00112233-4455-6677-8899-aabbccddeeff",
       "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xAA\xBB\xCC\xDD\xEE\xFF"s,
       "00112233-4455-6677-8899-aabbccddeeff"},
      {type_oid::inet, -1, "::ffff:1.2.3.4/64", "-", "::ffff:1.2.3.4/64"},
      {type_oid::json, -1, "{ \"a\":1 }", "{ \"a\":1 }", "{ \"a\":1 }"},
      {type_oid::jsonb, -1, "{\"a\": 1}", "\1{\"a\": 1}", "{\"a\": 1}"},
      {600, -1, "(1,2)", "-", "(1,2)"},  // point
  };
  for (const Case& value : cases) {
    const PlannedColumn column(value.type, value.modifier);
    EXPECT_EQ(column.text(value.text), value.canonical) << value.type << ' ' << value.text;
    EXPECT_EQ(column.reads_binary(), value.binary != "-") << value.type;
    if (value.binary == "-") continue;
    EXPECT_EQ(column.binary(value.binary), value.canonical) << value.type << ' ' << value.text;
  }
}

// lc_monetary=C always prints two digits; the database may mean another number of them.
TEST(PostgresValues, MoneyHasTheScaleOfItsDatabase) {
  const struct {
    int scale;
    const char* canonical;
  } cases[] = {
      {0, "-123456"}, {1, "-12345.6"}, {2, "-1234.56"}, {3, "-123.456"}, {8, "-0.00123456"}};
  for (const auto& [scale, canonical] : cases) {
    const PlannedColumn column(type_oid::money, -1, {.money_scale = scale});
    EXPECT_EQ(column.text("-$1,234.56"), canonical);
    EXPECT_EQ(column.column().scale, scale);
    EXPECT_EQ(column.column().precision, 19);
  }
  EXPECT_EQ(PlannedColumn(type_oid::money, -1, {.money_scale = 0}).text("$0.00"), "0");
}

TEST(PostgresValues, TextThatNoServerPrints) {
  const struct {
    std::uint32_t type;
    std::vector<std::string> texts;
  } cases[] = {
      {type_oid::boolean, {"", "true", "T", "1", "tt"}},
      {type_oid::int2, {"", "-", "+1", "01", "-0", " 1", "1 ", "1.0", "32768", "-32769", "0x1"}},
      {type_oid::int4, {"2147483648", "-2147483649", "1e3", "1a"}},
      {type_oid::int8, {"9223372036854775808", "-9223372036854775809"}},
      {type_oid::oid, {"-1", "4294967296"}},
      {type_oid::float4, {"", "nan", "inf", "+1", "1.", ".5", "01", "1e", "1e+", "1E5", "3.5e+38"}},
      {type_oid::float8, {"0x1p3", "1e309", "-inf", "infinity", "1 ", "--1"}},
      {type_oid::numeric,
       {"", "-", ".", "1.", ".5", "00", "01.5", "1e5", "1,5", "nan", "+Infinity"}},
      {type_oid::money,
       {"", "$", "1.00", "$1", "$1.0", "$1.000", "$1234.56", "$1,23.45", "$,123.45", "$1,,234.56",
        "-$", "$-1.00", "$12,345,678,901,234,567,890.12",
        "\xC2\xA5"
        "1.00"}},
      {type_oid::text, {"\xFF", "\xC3", "\xED\xA0\x80", "\xF4\x90\x80\x80", "a\xC0\x80"}},
      {type_oid::json, {"\"\xFF\""}},
      {600, {"\xFF"}},
      {type_oid::bpchar, {"\xFF  "}},
      {type_oid::single_char, {"ab", "abcd", "\xC3\xA9"}},
      {type_oid::bytea, {"", "\\", "\\x0", "\\x0g", "\\X00", "00", "\\000", "\\x0A"}},
      {type_oid::bit, {"2", "1 ", "x"}},
      {type_oid::uuid,
       {"", "00112233-4455-6677-8899-aabbccddeef", "00112233-4455-6677-8899-AABBCCDDEEFF",
        "00112233445566778899aabbccddeeff0000", "00112233-4455-6677-8899-aabbccddeefg"}},
      {type_oid::inet, {"", "10.0.0.1 ", "localhost"}},
  };
  for (const auto& [type, texts] : cases) {
    for (const std::string& text : texts) {
      EXPECT_EQ(PlannedColumn(type).text(text), "refused") << type << " '" << text << "'";
    }
  }
}

TEST(PostgresValues, BytesThatNoServerSends) {
  const struct {
    std::uint32_t type;
    std::vector<std::string> bytes;
  } cases[] = {
      {type_oid::boolean, {"", "\2", "\0\0"s}},
      {type_oid::int2, {"", "\0"s, "\0\0\0"s}},
      {type_oid::int4, {"\0\0\0"s, "\0\0\0\0\0"s}},
      {type_oid::int8, {"\0\0\0\0\0\0\0"s}},
      {type_oid::oid, {"\0\0\0"s}},
      {type_oid::float4, {"\0\0\0"s}},
      {type_oid::float8, {"\0\0\0\0\0\0\0\0\0"s}},
      {type_oid::numeric,
       {"", "\0\0\0\0\0\0\0"s,
        "\0\1\0\0\0\0\0\0"s,            // its digit is missing
        "\0\1\0\0\0\0\0\0\0\1\0"s,      // and something behind it
        "\0\1\0\0\0\0\0\0\x27\x10"s,    // digit 10000
        "\0\1\0\0\x10\0\0\0\0\1"s,      // sign
        "\0\0\0\0\x40\0\0\0"s,          // -0
        "\0\1\xFF\xFF\0\0\0\3\0\1"s,    // 0.0001 with three digits
        "\0\2\0\0\0\0\0\0\0\1\0\1"s}},  // 1.0001 without any
      {type_oid::text, {"\xFF"}},
      {type_oid::single_char, {"", "ab"}},
      {type_oid::bit, {"", "\0\0\0\1"s, "\0\0\0\0\0"s, "\0\0\0\x09\0"s, "\xFF\xFF\xFF\xFF\0"s}},
      {type_oid::uuid, {"", "123456789012345", "12345678901234567"}},
      {type_oid::jsonb, {"", "\2{}", "{}", "\1\xFF"}},
      {type_oid::money, {"\0\0\0\0\0\0\0\0"s}},
      {600, {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"s}},
  };
  for (const auto& [type, values] : cases) {
    for (const std::string& bytes : values) {
      EXPECT_EQ(PlannedColumn(type).binary(bytes), "refused")
          << type << " of " << bytes.size() << " bytes";
    }
  }
}

// Short numbers are copied without being read: the form must be the one that reading gives.
template <typename Float, typename Bits>
void compare_short_floats(std::uint32_t type) {
  constexpr std::uint32_t kSeed = 20240229;
  std::mt19937 random(kSeed);
  const PlannedColumn column(type);
  for (int i = 0; i < 200000; ++i) {
    const std::size_t fraction = random() % 5;
    const std::size_t digits = 1 + random() % 8;
    std::string text = std::to_string(random()).substr(0, digits);
    if (fraction > 0) {
      if (text.size() <= fraction) text.insert(0, fraction + 1 - text.size(), '0');
      text.insert(text.size() - fraction, ".");
    }
    if (random() % 2 == 0) text.insert(0, "-");
    Float value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    const auto bits = std::bit_cast<Bits>(value);
    std::string wire;
    for (int shift = 8 * static_cast<int>(sizeof(Bits)) - 8; shift >= 0; shift -= 8) {
      wire += static_cast<char>(bits >> shift & 0xFF);
    }
    ASSERT_EQ(column.text(text), column.binary(wire)) << text << ", seed " << kSeed;
  }
}

TEST(PostgresValues, ShortFloatsHaveTheCanonicalForm) {
  compare_short_floats<float, std::uint32_t>(type_oid::float4);
  compare_short_floats<double, std::uint64_t>(type_oid::float8);
}

TEST(PostgresValues, NumericsAtTheirLimits) {
  const PlannedColumn column(type_oid::numeric);
  EXPECT_EQ(column.binary("\0\1\x7F\xFF\0\0\0\0\0\1"s), "1" + std::string(4 * 32767, '0'));
  EXPECT_EQ(column.binary("\0\1\xF0\0\0\0\x3F\xFF\0\0"s), "0." + std::string(16383, '0'));
  EXPECT_EQ(column.binary("\0\1\x80\0\0\0\0\0\0\0"s), "0");
}

}  // namespace
}  // namespace tailrace::postgres
