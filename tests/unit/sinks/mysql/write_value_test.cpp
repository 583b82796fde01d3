#include "sinks/mysql/write_value.h"

#include <gtest/gtest.h>

#include "sinks/mysql/catalogue.h"
#include "sinks/mysql/mysql_dialect.h"

namespace tailrace::mysql {
namespace {

// The literal as it is written, or "!" and what is wrong with the value.
std::string written(const Column& source, const CatalogueType& named, std::string_view value) {
  sql::TargetColumn target;
  set_type(target, named);
  const sql::MappedColumn column{0, &source, &target, false, true};
  Literals literals;
  literals.escape = [](const void*, std::string_view text, ByteWriter& out) {
    for (const char c : text) {
      if (c == '\'' || c == '\\') out.character('\\');
      out.character(c);
    }
  };
  ByteWriter out;
  if (auto problem = write_literal(column, value, literals, out)) return "!" + problem->what;
  return std::string(out.text());
}

std::string written(LogicalType type, const CatalogueType& named, std::string_view value,
                    std::vector<std::string> labels = {}) {
  Column source;
  source.type = type;
  source.labels = std::move(labels);
  return written(source, named, value);
}

std::string written_floats(std::string_view value) {
  Column source;
  source.type = LogicalType::array;
  source.native_type = "double precision[]";
  return written(source, {"json", "json"}, value);
}

using L = LogicalType;

// Any 128 bits are a UUID in PostgreSQL. MariaDB 10.11 answers "Incorrect uuid value" to these.
TEST(MySqlWriteValue, UuidsThatMariaDbDoesNotTake) {
  const auto uuid = [](const std::string& text) {
    return written(L::uuid, {"uuid", "uuid"}, text);
  };
  EXPECT_EQ(uuid("fa76b476-bb15-d396-07c7-3eceed77a497").front(), '!');
  EXPECT_EQ(uuid("fa76b476-bb15-8396-7fc7-3eceed77a497").front(), '!');
  for (const std::string text :
       {"fa76b476-bb15-7396-07c7-3eceed77a497", "fa76b476-bb15-d396-87c7-3eceed77a497",
        "ffffffff-ffff-ffff-ffff-ffffffffffff", "00000000-0000-0000-0000-000000000000"}) {
    EXPECT_EQ(uuid(text), "'" + text + "'");
  }
}

TEST(MySqlWriteValue, Literals) {
  EXPECT_EQ(written(L::uint64, {"bigint", "bigint(20) unsigned"}, "18446744073709551615"),
            "18446744073709551615");
  EXPECT_EQ(written(L::uint64, {"bigint", "bigint(20)"}, "18446744073709551615").front(), '!');
  EXPECT_EQ(written(L::int32, {"mediumint", "mediumint(9)"}, "-8388608"), "-8388608");
  EXPECT_EQ(written(L::int32, {"mediumint", "mediumint(9)"}, "8388608").front(), '!');
  EXPECT_EQ(written(L::float64, {"double", "double"}, "1.5"), "1.5e0");
  EXPECT_EQ(written(L::float64, {"double", "double"}, "1e+300"), "1e+300");
  EXPECT_EQ(written(L::float64, {"double", "double"}, "NaN").front(), '!');
  EXPECT_EQ(written(L::float64, {"double", "double"}, "-Infinity").front(), '!');
  EXPECT_EQ(written(L::string, {"varchar", "varchar(9)", 9}, "it's"), "'it\\'s'");
  EXPECT_EQ(written(L::string, {"varchar", "varchar(2)", 2}, "abc").front(), '!');
  EXPECT_EQ(written(L::bytes, {"blob", "blob"}, std::string_view("\0'", 2)), "X'0027'");
  EXPECT_EQ(written(L::bit, {"bit", "bit(3)", 0, 3}, "101"), "b'101'");
  EXPECT_EQ(written(L::decimal, {"decimal", "decimal(5,2)", 0, 5, 2}, "1.234").front(), '!');
}

TEST(MySqlWriteValue, ValuesOfPostgres) {
  // a FLOAT compares as a double: only the whole of its value finds it again
  EXPECT_EQ(written(L::float32, {"float", "float"}, "1.1"), "1.100000023841858e0");
  EXPECT_EQ(written(L::float32, {"float", "float"}, "3.4028235e+38"), "3.4028234663852886e+38");
  EXPECT_EQ(written(L::float32, {"double", "double"}, "1.1"), "1.1e0");
  EXPECT_EQ(written(L::json, {"json", "json"}, "[1.5]"), "'[1.5]'");
  EXPECT_EQ(written(L::json, {"json", "json"}, "[18446744073709551616]").front(), '!');
  EXPECT_EQ(written(L::json, {"longtext", "longtext"}, "[18446744073709551616]"),
            "'[18446744073709551616]'");
  EXPECT_EQ(written(L::array, {"json", "json"}, "[0:1]={1,2}").front(), '!');
  EXPECT_EQ(written_floats("[-0,[0,-0.5],-0]"), "'[-0.0,[0,-0.5],-0.0]'");
  EXPECT_EQ(written(L::array, {"longtext", "longtext"}, "[0:1]={1,2}"), "'[0:1]={1,2}'");
  EXPECT_EQ(written(L::time, {"time", "time(3)", 0, 0, 0, 3}, "24:00:00.000"), "'24:00:00.000'");
  EXPECT_EQ(written(L::enumeration, {"enum", "enum('a')"}, "A", {"a", "A"}).front(), '!');
  EXPECT_EQ(written(L::enumeration, {"enum", "enum('a','A')"}, "A", {"a", "A"}), "'A'");
}

TEST(MySqlWriteValue, DatesAndLabels) {
  EXPECT_EQ(written(L::date, {"date", "date"}, "0000-00-00"), "'0000-00-00'");
  EXPECT_EQ(written(L::date, {"date", "date"}, "10000-01-01").front(), '!');
  EXPECT_EQ(written(L::date, {"date", "date"}, "infinity").front(), '!');
  EXPECT_EQ(
      written(L::timestamptz, {"datetime", "datetime(6)", 0, 0, 0, 6}, "2024-01-01 00:00:00.5Z"),
      "'2024-01-01 00:00:00.5'");
  EXPECT_EQ(written(L::timestamp, {"datetime", "datetime"}, "2024-01-01 00:00:00.5").front(), '!');
  EXPECT_EQ(written(L::enumeration, {"enum", "enum('a')"}, "", {"a"}).front(), '!');
  EXPECT_EQ(written(L::enumeration, {"enum", "enum('')"}, "", {""}), "''");
  // index 0, where the empty text is a label
  EXPECT_EQ(written(L::enumeration, {"enum", "enum('')"}, std::string_view("\0", 1), {""}),
            "!it is the empty value that MySQL stores for an invalid label");
}

std::string type(const MySqlDialect& dialect, const Column& column, bool in_key) {
  TableSchema schema;
  schema.columns = {column};
  if (in_key) schema.key = {0};
  return dialect.column_type(schema, 0);
}

TEST(MySqlCreateTable, KeysCompareByOctets) {
  Column name;
  name.type = L::string;
  name.length = 20;
  name.native_type = "varchar(20)";
  const MySqlDialect mysql(ServerVersion::parse("9.7.0", "MySQL"));
  const MySqlDialect mariadb(ServerVersion::parse("10.11.6-MariaDB", ""));
  EXPECT_EQ(type(mysql, name, false), "VARCHAR(20)");
  EXPECT_EQ(type(mysql, name, true), "VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin");
  EXPECT_EQ(type(mariadb, name, true),
            "VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin");
  Column medium;
  medium.type = L::uint32;
  medium.native_type = "mediumint unsigned";
  EXPECT_EQ(type(mysql, medium, false), "MEDIUMINT UNSIGNED");
  Column uuid;
  uuid.type = L::uuid;
  EXPECT_EQ(type(mariadb, uuid, false), "UUID");
  EXPECT_EQ(type(mysql, uuid, false), "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin");
}

}  // namespace
}  // namespace tailrace::mysql
