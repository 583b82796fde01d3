#include "sinks/sql/value_checks.h"

#include <gtest/gtest.h>

namespace tailrace::sql {
namespace {

TEST(ValueChecks, IntegersKeepTheirRange) {
  EXPECT_TRUE(integer_fits("-128", -128, 127));
  EXPECT_FALSE(integer_fits("-129", -128, 127));
  EXPECT_FALSE(integer_fits("128", -128, 127));
  EXPECT_TRUE(integer_fits("18446744073709551615", 0, 18446744073709551615U));
  EXPECT_FALSE(integer_fits("18446744073709551615", INT64_MIN, INT64_MAX));
  EXPECT_FALSE(integer_fits("18446744073709551616", 0, 18446744073709551615U));
  EXPECT_FALSE(integer_fits("-1", 0, 255));
  EXPECT_FALSE(integer_fits("", 0, 255));
}

TEST(ValueChecks, DecimalsAreNeverRounded) {
  EXPECT_TRUE(decimal_fits("123.45", 5, 2));
  EXPECT_TRUE(decimal_fits("-123.4500", 5, 2));
  EXPECT_FALSE(decimal_fits("123.456", 5, 2));
  EXPECT_FALSE(decimal_fits("1234.5", 5, 2));
  EXPECT_TRUE(decimal_fits("000.50", 2, 2));
  EXPECT_FALSE(decimal_fits("NaN", 5, 2));
  EXPECT_TRUE(decimal_fits("-Infinity", 0, 0));
}

TEST(ValueChecks, DecimalsWithOddScales) {
  EXPECT_TRUE(decimal_fits("12300", 3, -2));
  EXPECT_TRUE(decimal_fits("0", 3, -2));
  EXPECT_FALSE(decimal_fits("12345", 3, -2));
  EXPECT_FALSE(decimal_fits("123400", 3, -2));
  EXPECT_TRUE(decimal_fits("0.00012", 2, 5));
  EXPECT_TRUE(decimal_fits("-0.00000", 2, 5));
  EXPECT_FALSE(decimal_fits("0.00112", 2, 5));
  EXPECT_FALSE(decimal_fits("1", 2, 5));
}

TEST(ValueChecks, FractionsCountWithoutTrailingZeros) {
  EXPECT_EQ(fraction_digits("12:00:00"), 0);
  EXPECT_EQ(fraction_digits("12:00:00.000000"), 0);
  EXPECT_EQ(fraction_digits("2024-01-01 12:00:00.120Z"), 2);
}

TEST(ValueChecks, DatesOfTheCalendar) {
  EXPECT_EQ(date_kind("2024-02-29"), DateKind::valid);
  EXPECT_EQ(date_kind("2023-02-29"), DateKind::impossible);
  EXPECT_EQ(date_kind("1900-02-29 10:00:00"), DateKind::impossible);
  EXPECT_EQ(date_kind("2024-13-01"), DateKind::impossible);
  EXPECT_EQ(date_kind("0000-00-00 00:00:00Z"), DateKind::zero_or_partial);
  EXPECT_EQ(date_kind("2024-00-10"), DateKind::zero_or_partial);
  EXPECT_EQ(date_kind("-infinity"), DateKind::infinite);
  EXPECT_EQ(date_kind("10000-01-01"), DateKind::valid);
  EXPECT_EQ(date_kind("-0043-03-15"), DateKind::valid);
  EXPECT_EQ(year_of("-0043-03-15"), -43);
  EXPECT_EQ(date_kind("2024"), DateKind::impossible);
}

TEST(ValueChecks, EscapedNulIsFoundOnlyWhereItIsOne) {
  EXPECT_TRUE(has_escaped_nul("{\"a\":\"\\u0000\"}"));
  EXPECT_FALSE(has_escaped_nul("{\"a\":\"\\\\u0000\"}"));
  EXPECT_TRUE(has_escaped_nul("\"\\\\\\u0000\""));
  EXPECT_FALSE(has_escaped_nul("\"u0000\""));
}

TEST(ValueChecks, LengthsAreInCharacters) {
  EXPECT_EQ(count_characters("a\xC3\xA4\xF0\x9F\x98\x80"), 3U);
  EXPECT_EQ(bits_to_integer("101"), 5U);
  EXPECT_EQ(bits_to_integer(std::string(64, '1')), ~std::uint64_t{0});
}

}  // namespace
}  // namespace tailrace::sql
