// Bounds of key ranges, and the conditions that they make.

#include "extractors/mysql/key_range.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "extractors/mysql/key_halving.h"

namespace tailrace::mysql {
namespace {

CatalogueTable table_of(std::vector<CatalogueColumn> columns) {
  std::uint16_t ordinal = 0;
  for (CatalogueColumn& column : columns) column.key_ordinal = ++ordinal;
  return {.name = {"shop", "t"}, .columns = std::move(columns), .key_index = "PRIMARY"};
}

CatalogueColumn column(std::string name, std::string type, std::string charset = "") {
  CatalogueColumn made;
  made.name = std::move(name);
  made.data_type = made.column_type = type;
  made.charset = std::move(charset);
  return made;
}

std::string condition(const KeyRange& range, const std::vector<KeyColumn>& key) {
  auto made = range_condition(range, key);
  return made ? *made : std::string(to_string(made.error().kind()));
}

TEST(KeyRange, OneColumn) {
  const auto key = key_columns(table_of({column("i`d", "bigint")}));
  EXPECT_EQ(condition({}, key), "");
  EXPECT_EQ(condition({"[\"-5\"]", "[\"42\"]"}, key), "`i``d` > -5 AND `i``d` <= 42");
  EXPECT_EQ(condition({"", "[\"42\"]"}, key), "`i``d` <= 42");
}

TEST(KeyRange, SeveralColumnsAndPrefixes) {
  const auto key = key_columns(
      table_of({column("a", "int"), column("b", "varchar", "latin1"), column("c", "varbinary")}));
  EXPECT_EQ(
      condition({"[\"1\",\"xe4\",\"x00\"]", "[\"2\"]"}, key),
      "`a` >= 1 AND (`a` > 1 OR (`a` = 1 AND `b` >= _latin1 x'e4' AND (`b` > _latin1 x'e4' OR "
      "(`b` = _latin1 x'e4' AND `c` > _binary x'00')))) AND `a` <= 2");
}

TEST(KeyRange, NothingButValuesReachesTheServer) {
  const auto numbers = key_columns(table_of({column("a", "decimal")}));
  const auto texts = key_columns(table_of({column("a", "varchar", "utf8mb4")}));
  const auto moments = key_columns(table_of({column("a", "datetime")}));
  for (const char* bound : {"[\"1 OR 1\"]", "[\"\"]", "[\"-\"]", "[\"1.\"]", "[\"x41\"]", "[1]",
                            "[\"1\",\"2\"]", "1", "[\"1\"", "[\"1\"]]", "[]"}) {
    EXPECT_EQ(condition({bound, ""}, numbers), "checkpoint_corrupt") << bound;
  }
  EXPECT_EQ(condition({"[\"x4\"]", ""}, texts), "checkpoint_corrupt");
  EXPECT_EQ(condition({"[\"x4G\"]", ""}, texts), "checkpoint_corrupt");
  EXPECT_EQ(condition({"[\"41\"]", ""}, texts), "checkpoint_corrupt");
  EXPECT_EQ(condition({"[\"x\"]", ""}, texts), "`a` > _utf8mb4 x''");
  // a quote
  EXPECT_EQ(condition({"[\"x27\"]", ""}, moments), "checkpoint_corrupt");
  EXPECT_EQ(condition({"[\"x323032342d30312d3031\"]", ""}, moments), "`a` > '2024-01-01'");
}

TEST(KeyRange, ColumnsBehindAnInexactOneAreLeftAway) {
  EXPECT_EQ(
      key_columns(table_of({column("a", "int"), column("f", "float"), column("b", "int")})).size(),
      1U);
  EXPECT_TRUE(key_columns(table_of({column("y", "year")})).empty());
}

TEST(KeyRange, ValuesKeepTheirOctets) {
  const auto key = key_columns(table_of({column("a", "int"), column("o", "binary")}));
  const KeyValues values{key_value(key[0], "42"),
                         key_value(key[1], std::string_view("\0'\xFF", 3))};
  EXPECT_EQ(to_bound(values), "[\"42\",\"x0027ff\"]");
  const auto parsed = parse_bound(to_bound(values), key);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, values);
}

// Rows at each of these values.
std::vector<KeyPiece> halved(const std::vector<WideInteger>& values, std::uint64_t rows_per_piece,
                             bool unique = true) {
  auto pieces = halve(values.front() - 1, values.back(), rows_per_piece, unique,
                      [&](WideInteger after, WideInteger upto) -> Result<std::uint64_t> {
                        return static_cast<std::uint64_t>(std::count_if(
                            values.begin(), values.end(),
                            [&](WideInteger value) { return value > after && value <= upto; }));
                      });
  EXPECT_TRUE(pieces);
  return pieces ? *pieces : std::vector<KeyPiece>();
}

TEST(KeyHalving, EvenKeys) {
  std::vector<WideInteger> values;
  for (int i = 0; i < 10000; ++i) values.push_back(i);
  const auto pieces = halved(values, 1000);
  EXPECT_GE(pieces.size(), 7U);
  EXPECT_LE(pieces.size(), 16U);
  EXPECT_TRUE(pieces.back().upto == 9999);
}

TEST(KeyHalving, SkewAcrossTheWholeRange) {
  std::vector<WideInteger> values;
  const auto highest = *parse_wide("18446744073709551615");
  for (int i = 0; i < 5000; ++i) values.push_back(i);
  for (int i = 4999; i >= 0; --i) values.push_back(highest - i);
  const auto pieces = halved(values, 1000);
  std::uint64_t largest = 0;
  for (const KeyPiece& piece : pieces) largest = std::max(largest, piece.rows);
  EXPECT_LE(largest, 1500U);
  EXPECT_LE(pieces.size(), 16U);
  EXPECT_TRUE(pieces.back().upto == highest);
}

TEST(KeyHalving, AHeapOnOneValueStaysAlone) {
  std::vector<WideInteger> values(5000, 7);
  values.push_back(8);
  const auto pieces = halved(values, 100, false);
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_TRUE(pieces[0].upto == 7);
  EXPECT_EQ(pieces[0].rows, 5000U);
}

TEST(KeyHalving, Integers) {
  for (const char* digits : {"0", "-9223372036854775808", "18446744073709551615"}) {
    EXPECT_EQ(to_string(*parse_wide(digits)), digits);
  }
  for (const char* digits : {"", "-", "1.5", "123456789012345678901"}) {
    EXPECT_FALSE(parse_wide(digits)) << digits;
  }
}

}  // namespace
}  // namespace tailrace::mysql
