#include "sinks/mysql/postgres_types.h"

#include <gtest/gtest.h>

#include "sinks/mysql/labels.h"
#include "sinks/mysql/mysql_dialect.h"
#include "sinks/mysql/row_room.h"

namespace tailrace::mysql {
namespace {

using L = LogicalType;

const ServerVersion kMySql = ServerVersion::parse("9.7.0", "MySQL");
const ServerVersion kMariaDb = ServerVersion::parse("10.11.6-MariaDB", "");
const std::string kExact = " CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin";
const std::string kAscii = " CHARACTER SET ascii COLLATE ascii_bin";

Column column(L type, std::string native, std::uint32_t length = 0, std::uint16_t precision = 0,
              std::int16_t scale = 0) {
  Column made;
  made.name = native;
  made.type = type;
  made.native_type = std::move(native);
  made.length = length;
  made.precision = precision;
  made.scale = scale;
  return made;
}

Column enumeration(std::vector<std::string> labels) {
  Column made = column(L::enumeration, "public.mood");
  made.labels = std::move(labels);
  return made;
}

TEST(MySqlPostgresTypes, NewColumns) {
  struct Case {
    Column source;
    std::string plain;
    std::string in_key;
  };
  const std::vector<Case> cases = {
      {column(L::boolean, "boolean"), "TINYINT(1)", "TINYINT(1)"},
      {column(L::uint32, "oid"), "INT UNSIGNED", "INT UNSIGNED"},
      {column(L::decimal, "numeric(10,2)", 0, 10, 2), "DECIMAL(10,2)", "DECIMAL(10,2)"},
      {column(L::decimal, "numeric(65,30)", 0, 65, 30), "DECIMAL(65,30)", "DECIMAL(65,30)"},
      {column(L::decimal, "numeric"), "DECIMAL(65,30)", "DECIMAL(65,30)"},
      {column(L::decimal, "numeric(5,-2)", 0, 5, -2), "DECIMAL(7,0)", "DECIMAL(7,0)"},
      {column(L::decimal, "numeric(3,5)", 0, 3, 5), "DECIMAL(5,5)", "DECIMAL(5,5)"},
      {column(L::decimal, "numeric(66,0)", 0, 66, 0), "VARCHAR(69)" + kAscii,
       "VARCHAR(69)" + kAscii},
      {column(L::decimal, "numeric(65,-1)", 0, 65, -1), "VARCHAR(69)" + kAscii,
       "VARCHAR(69)" + kAscii},
      {column(L::decimal, "numeric(40,31)", 0, 40, 31), "VARCHAR(43)" + kAscii,
       "VARCHAR(43)" + kAscii},
      {column(L::decimal, "money", 0, 19, 2), "DECIMAL(19,2)", "DECIMAL(19,2)"},
      {column(L::float32, "real"), "FLOAT", "FLOAT"},
      {column(L::string, "character varying(20)", 20), "VARCHAR(20)", "VARCHAR(20)" + kExact},
      {column(L::string, "character varying(769)", 769), "VARCHAR(769)", "VARCHAR(768)" + kExact},
      {column(L::string, "character varying(16384)", 16384), "LONGTEXT", "VARCHAR(768)" + kExact},
      {column(L::string, "character(5)", 5), "VARCHAR(5)", "VARCHAR(5)" + kExact},
      {column(L::string, "text"), "LONGTEXT", "VARCHAR(768)" + kExact},
      {column(L::bytes, "bytea"), "LONGBLOB", "VARBINARY(3072)"},
      {column(L::time, "time(3) without time zone", 0, 0, 3), "TIME(3)", "TIME(3)"},
      {column(L::timetz, "time with time zone", 0, 0, 6), "VARCHAR(24)" + kAscii,
       "VARCHAR(24)" + kAscii},
      {column(L::timestamp, "timestamp without time zone", 0, 0, 6), "DATETIME(6)", "DATETIME(6)"},
      {column(L::timestamptz, "timestamp(0) with time zone", 0, 0, 0), "DATETIME(0)",
       "DATETIME(0)"},
      {column(L::interval, "interval"), "VARCHAR(64)" + kAscii, "VARCHAR(64)" + kAscii},
      {column(L::uuid, "uuid"), "CHAR(36)" + kAscii, "CHAR(36)" + kAscii},
      {column(L::json, "json"), "LONGTEXT", "VARCHAR(768)" + kExact},
      {column(L::json, "jsonb"), "JSON", "VARCHAR(768)" + kExact},
      {column(L::array, "integer[]"), "JSON", "VARCHAR(768)" + kExact},
      {enumeration({"a", "it's"}), "ENUM('a','it''s')" + kExact, "ENUM('a','it''s')" + kExact},
      {enumeration({"a", "a "}), "VARCHAR(63)" + kExact, "VARCHAR(63)" + kExact},
      {column(L::bit, "bit(64)", 64), "BIT(64)", "BIT(64)"},
      {column(L::bit, "bit(65)", 65), "VARCHAR(65)" + kAscii, "VARCHAR(65)" + kAscii},
      {column(L::bit, "bit varying(5)", 5), "VARCHAR(5)" + kAscii, "VARCHAR(5)" + kAscii},
      {column(L::bit, "bit varying"), "LONGTEXT", "VARCHAR(3072)" + kAscii},
      {column(L::inet, "inet"), "VARCHAR(43)" + kAscii, "VARCHAR(43)" + kAscii},
      {column(L::other, "macaddr"), "VARCHAR(23)" + kAscii, "VARCHAR(23)" + kAscii},
      {column(L::other, "int4range"), "LONGTEXT", "VARCHAR(768)" + kExact},
  };
  for (const Case& wanted : cases) {
    EXPECT_EQ(type_for_postgres(wanted.source, {}, kMySql), wanted.plain)
        << wanted.source.native_type;
    EXPECT_EQ(type_for_postgres(wanted.source, kMaxKeyOctets, kMySql), wanted.in_key)
        << wanted.source.native_type;
  }
  EXPECT_EQ(type_for_postgres(column(L::uuid, "uuid"), {}, kMariaDb), "UUID");
  EXPECT_EQ(type_for_postgres(column(L::array, "integer[]"), {}, kMariaDb), "LONGTEXT");
  EXPECT_EQ(type_for_postgres(column(L::json, "jsonb"), {}, kMariaDb), "JSON");
}

TEST(MySqlPostgresTypes, TheEngineDecides) {
  TableSchema schema;
  schema.columns = {column(L::timestamptz, "timestamp(3) with time zone", 0, 0, 3)};
  EXPECT_EQ(MySqlDialect(kMySql).column_type(schema, 0), "TIMESTAMP(3)");
  schema.engine = SourceEngine::postgresql;
  EXPECT_EQ(MySqlDialect(kMySql).column_type(schema, 0), "DATETIME(3)");
}

TEST(MySqlRowRoom, ColumnsOfAKeyShareItsRoom) {
  TableSchema schema;
  schema.engine = SourceEngine::postgresql;
  schema.columns = {column(L::string, "text"), column(L::string, "character varying(20)", 20),
                    column(L::bytes, "bytea"), column(L::int64, "bigint")};
  schema.key = {2, 3, 1, 0};
  const auto types = MySqlDialect(kMySql).column_types(schema);
  // 3072 without 30 for the number and 80 for the short text: 1481 for each of the others
  EXPECT_EQ(types, (std::vector<std::string>{"VARCHAR(370)" + kExact, "VARCHAR(20)" + kExact,
                                             "VARBINARY(1481)", "BIGINT"}));
  std::uint32_t total = 0;
  for (const std::string& type : types) total += octets_in_key(type);
  EXPECT_LE(total, kMaxKeyOctets);
}

TEST(MySqlRowRoom, TheLongestTextsLeaveTheRow) {
  TableSchema schema;
  schema.engine = SourceEngine::postgresql;
  schema.columns = {column(L::string, "character varying(768)", 768),
                    column(L::string, "character varying(16000)", 16000),
                    column(L::string, "character varying(400)", 400), column(L::date, "date")};
  schema.key = {0};
  EXPECT_EQ(MySqlDialect(kMySql).column_types(schema),
            (std::vector<std::string>{"VARCHAR(768)" + kExact, "TEXT", "VARCHAR(400)", "DATE"}));
  schema.columns[1].length = 15000;  // just fits
  EXPECT_EQ(MySqlDialect(kMySql).column_types(schema)[1], "VARCHAR(15000)");
}

TEST(MySqlRowRoom, OctetsOfTypes) {
  EXPECT_EQ(octets_in_row("VARCHAR(10)"), 42U);
  EXPECT_EQ(octets_in_row("VARCHAR(10)" + kAscii), 12U);
  EXPECT_EQ(octets_in_row("VARBINARY(10)"), 12U);
  EXPECT_EQ(octets_in_row("LONGTEXT"), 12U);
  EXPECT_EQ(octets_in_row("ENUM('LONGTEXT')"), 30U);
  EXPECT_EQ(octets_in_row("DATETIME(6)"), 30U);
  EXPECT_EQ(octets_in_key("VARCHAR(768)" + kExact), kMaxKeyOctets);
}

TEST(MySqlLabels, AreReadAsTheyAreWritten) {
  const std::vector<std::string> labels = {"a", "it's", "b\\c", "d,e", "", "'"};
  EXPECT_EQ(label_list(labels), "'a','it''s','b\\\\c','d,e','',''''");
  EXPECT_EQ(parse_labels("enum(" + label_list(labels) + ")"), labels);
  EXPECT_TRUE(parse_labels("enum()").empty());
  EXPECT_EQ(parse_labels("enum('open"), std::vector<std::string>{"open"});
}

TEST(MySqlDialect, KeysThatWouldBecomeOne) {
  TableSchema schema;
  schema.engine = SourceEngine::postgresql;
  const Column text = column(L::string, "text");
  sql::TargetColumn target;
  target.type = sql::TargetType::text;
  const MySqlDialect dialect(kMySql);
  EXPECT_TRUE(dialect.tells_keys_apart(schema, text, target));
  target.pads_with_spaces = true;
  EXPECT_FALSE(dialect.tells_keys_apart(schema, text, target));
  Column fixed = text;
  fixed.fixed_length = true;  // has no spaces at its end
  EXPECT_TRUE(dialect.tells_keys_apart(schema, fixed, target));
  target.binary_comparison = false;
  EXPECT_FALSE(dialect.tells_keys_apart(schema, fixed, target));
  EXPECT_TRUE(dialect.tells_keys_apart(schema, column(L::uuid, "uuid"), target));
  schema.engine = SourceEngine::mysql;
  EXPECT_TRUE(dialect.tells_keys_apart(schema, text, target));
}

}  // namespace
}  // namespace tailrace::mysql
