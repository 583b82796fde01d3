#include "sinks/postgres/write_value.h"

#include <gtest/gtest.h>

#include "sinks/postgres/catalogue.h"
#include "sinks/postgres/postgres_dialect.h"

namespace tailrace::postgres {
namespace {

// The element as it is written, or "!" and what is wrong with the value.
std::string written(LogicalType type, std::string_view full, std::string_view base,
                    std::string_view value, bool narrowing = true) {
  Column source;
  source.type = type;
  sql::TargetColumn target;
  target.base_type_name = base;
  set_type(target, full, base, base.ends_with("[]") ? 'A' : 'X');
  const sql::MappedColumn column{0, &source, &target, false, narrowing};
  ByteWriter out;
  if (auto problem = write_element(column, value, out)) return "!" + problem->what;
  return std::string(out.text());
}

using L = LogicalType;

TEST(PostgresWriteValue, TextIsQuotedForArrays) {
  EXPECT_EQ(written(L::string, "text", "text", "a\"b\\c{},"), R"("a\"b\\c{},")");
  EXPECT_EQ(written(L::string, "text", "text", ""), "\"\"");
  EXPECT_EQ(written(L::string, "text", "text", "NULL"), "\"NULL\"");
  EXPECT_EQ(written(L::string, "text", "text", std::string_view("a\0", 2)).front(), '!');
  EXPECT_EQ(written(L::string, "character varying(2)", "character varying", "\xC3\xA4\xC3\xA4"),
            "\"\xC3\xA4\xC3\xA4\"");
  EXPECT_EQ(written(L::string, "character varying(2)", "character varying", "abc").front(), '!');
}

TEST(PostgresWriteValue, Numbers) {
  EXPECT_EQ(written(L::uint64, "numeric(20,0)", "numeric", "18446744073709551615"),
            "18446744073709551615");
  EXPECT_EQ(written(L::uint64, "bigint", "bigint", "18446744073709551615").front(), '!');
  EXPECT_EQ(written(L::decimal, "numeric(5,2)", "numeric", "1.234").front(), '!');
  EXPECT_EQ(written(L::int8, "boolean", "boolean", "1"), "t");
  EXPECT_EQ(written(L::int8, "boolean", "boolean", "2").front(), '!');
  EXPECT_EQ(written(L::bit, "bit(3)", "\"bit\"", "101"), "101");
  EXPECT_EQ(written(L::bit, "boolean", "boolean", "0"), "f");
}

TEST(PostgresWriteValue, DatesAndTimes) {
  EXPECT_EQ(written(L::date, "date", "date", "2024-02-29"), "\"2024-02-29\"");
  EXPECT_EQ(written(L::date, "date", "date", "0000-00-00").front(), '!');
  EXPECT_EQ(written(L::date, "date", "date", "infinity"), "infinity");
  EXPECT_EQ(written(L::date, "date", "date", "-0043-03-15"), "\"0044-03-15 BC\"");
  EXPECT_EQ(written(L::timestamptz, "timestamp(3) with time zone", "timestamp with time zone",
                    "2024-01-01 00:00:00.123000Z"),
            "\"2024-01-01 00:00:00.123000Z\"");
  EXPECT_EQ(written(L::timestamptz, "timestamp(3) with time zone", "timestamp with time zone",
                    "2024-01-01 00:00:00.1234Z")
                .front(),
            '!');
  EXPECT_EQ(written(L::time, "interval", "interval", "-838:59:59"), "\"-838:59:59\"");
}

TEST(PostgresWriteValue, OctetsArraysAndJson) {
  EXPECT_EQ(written(L::bytes, "bytea", "bytea", std::string_view("\0\xFF", 2)), R"("\\x00ff")");
  EXPECT_EQ(written(L::set, "text[]", "text[]", "a,b\"c"), R"("{\"a\",\"b\\\"c\"}")");
  EXPECT_EQ(written(L::set, "text[]", "text[]", ""), R"("{}")");
  EXPECT_EQ(written(L::vector, "real[]", "real[]", "[1,2.5]"), R"("{1,2.5}")");
  EXPECT_EQ(written(L::json, "jsonb", "jsonb", "\"\\u0000\"").front(), '!');
  EXPECT_EQ(written(L::json, "json", "json", "\"\\u0000\""), R"("\"\\u0000\"")");
}

TEST(PostgresCreateTable, TypesAndKey) {
  TableSchema schema;
  schema.name = {"shop", "t"};
  Column id;
  id.name = "id";
  id.type = L::uint64;
  Column name;
  name.name = "na\"me";
  name.type = L::string;
  name.length = 20;
  name.native_type = "varchar(20)";
  Column at;
  at.name = "at";
  at.type = L::timestamptz;
  at.scale = 3;
  at.nullable = false;
  schema.columns = {id, name, at};
  schema.key = {0};
  EXPECT_EQ(sql::create_table(PostgresDialect(), schema, schema.name),
            "CREATE TABLE IF NOT EXISTS \"shop\".\"t\" (\"id\" numeric(20,0) NOT NULL, "
            "\"na\"\"me\" varchar(20), \"at\" timestamptz(3) NOT NULL, PRIMARY KEY (\"id\"))");
}

}  // namespace
}  // namespace tailrace::postgres
