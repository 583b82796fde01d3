// Copies of a PostgreSQL database made by hand, right and wrong in every type.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/child_process.h"
#include "tests/support/compare/compare.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/mysql_server.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temp_dir.h"

namespace tailrace::testing {
namespace {

// One column: its value as each kind of target holds it, and a value that is wrong there. The
// types are those that a target without the source's own would use.
struct Case {
  std::string name;
  std::string source_type;
  std::string value;  // an SQL expression
  std::string wrong;  // likewise, for a target that has the same type
  std::string mysql_type;
  std::string mysql_value;
  std::string mysql_wrong;
  std::string sqlite_type;
  std::string sqlite_value;
  std::string sqlite_wrong;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> kCases = {
      {"truth", "boolean", "true", "false", "tinyint(1)", "1", "0", "INTEGER", "1", "0"},
      {"big", "bigint", "-9223372036854775808", "-9223372036854775807", "bigint",
       "-9223372036854775808", "0", "INTEGER", "-9223372036854775808", "0"},
      {"object", "oid", "4294967295", "4294967294", "int unsigned", "4294967295", "4294967294",
       "INTEGER", "4294967295", "4294967294"},
      {"price", "numeric(20,5)", "123456789012345.67890", "123456789012345.67891", "decimal(20,5)",
       "123456789012345.67890", "123456789012345.67891", "TEXT", "'123456789012345.67890'",
       "'123456789012345.6789000000001'"},
      {"open_number", "numeric", "1.10", "1.1", "decimal(65,30)", "1.1", "1.1000000001", "TEXT",
       "'1.10'", "'1.2'"},
      {"single", "real", "16777218", "16777216", "float", "16777218", "16777216", "REAL",
       "16777218", "16777216"},
      {"twice", "double precision", "0.1", "0.10000000000000002", "double", "0.1",
       "0.10000000000000002", "REAL", "0.1", "0.10000000000000002"},
      {"cash", "money", "1234.50::numeric::money", "1234.51::numeric::money", "decimal(19,2)",
       "1234.50", "1234.51", "TEXT", "'1234.50'", "'1234.5001'"},
      {"name", "varchar(20)", "'a '", "'a'", "varchar(20)", "'a '", "'a'", "TEXT", "'a '", "'a'"},
      {"padded", "char(5)", "'ab'", "'abc'", "varchar(5)", "'ab'", "'ab '", "TEXT", "'ab'",
       "'ab   '"},
      {"picture", "bytea", "'\\x00ff27'", "'\\x00ff28'", "longblob", "x'00ff27'", "x'00ff'", "BLOB",
       "x'00ff27'", "'00ff27'"},
      {"day", "date", "'2024-02-29'", "'2024-03-01'", "date", "'2024-02-29'", "'2024-03-01'",
       "TEXT", "'2024-02-29'", "'2024-3-1'"},
      {"at", "time(3)", "'24:00:00'", "'00:00:00'", "time(3)", "'24:00:00'", "'00:00:00'", "TEXT",
       "'24:00:00.000'", "'00:00:00.000'"},
      {"at_zone", "timetz", "'12:00:00.5+02'", "'11:00:00.5+01'", "varchar(30)",
       "'12:00:00.500000+02:00'", "'11:00:00.500000+01:00'", "TEXT", "'12:00:00.5+02:00'",
       "'10:00:00.5+00:00'"},
      {"stamp", "timestamp", "'2024-02-29 23:59:59.12'", "'2024-02-29 23:59:59.120001'",
       "datetime(6)", "'2024-02-29 23:59:59.12'", "'2024-02-29 23:59:59.120001'", "TEXT",
       "'2024-02-29 23:59:59.120000'", "'2024-02-29 23:59:59.13'"},
      {"instant", "timestamptz", "'2024-02-29 12:00:00.000001+02'", "'2024-02-29 12:00:00.000001'",
       "datetime(6)", "'2024-02-29 10:00:00.000001'", "'2024-02-29 12:00:00.000001'", "TEXT",
       "'2024-02-29 10:00:00.000001Z'", "'2024-02-29 12:00:00.000001Z'"},
      {"span", "interval", "'1 mon 1 day'", "'31 days'", "varchar(64)", "'P1M1D'", "'P31D'", "TEXT",
       "'P1M1D'", "'P1DT1M'"},
      {"doc", "jsonb", "'{\"b\": [1.50, null], \"a\": \"é\"}'",
       "'{\"b\": [1.5, null], \"a\": \"e\"}'", "json", "'{\"a\": \"é\", \"b\": [1.5, null]}'",
       "'{\"a\": \"é\", \"b\": [1.6, null]}'", "TEXT", "'{\"a\":\"é\",\"b\":[1.50,null]}'",
       "'{\"a\":\"é\",\"b\":[null,1.50]}'"},
      {"raw_doc", "json", "'{\"a\": 1}'", "'{\"a\":  1}'", "longtext", "'{\"a\": 1}'",
       "'{\"a\": 2}'", "TEXT", "'{\"a\": 1}'", "'{\"a\": 1'"},
      {"id_", "uuid", "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'",
       "'6ba7b810-9dad-11d1-80b4-00c04fd430c9'", "char(36)",
       "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'", "'6ba7b810-9dad-11d1-80b4-00c04fd430c9'", "TEXT",
       "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'", "'6ba7b810-9dad-11d1-80b4-00c04fd430c9'"},
      {"net", "inet", "'10.1.2.3/8'", "'10.1.2.3'", "varchar(43)", "'10.1.2.3/8'", "'10.1.2.3'",
       "TEXT", "'10.1.2.3/8'", "'10.1.2.3/9'"},
      {"feeling", "bed.mood", "'on sale'", "'new'", "varchar(63)", "'on sale'", "'on sale '",
       "TEXT", "'on sale'", "'on'"},
      {"count_", "bed.small_count", "7", "8", "integer", "7", "8", "INTEGER", "7", "8"},
      {"flags", "bit(5)", "B'00101'", "B'00100'", "bit(5)", "b'101'", "b'100'", "TEXT", "'00101'",
       "'00100'"},
      {"wide", "bit(70)", "B'01'::bit(70)", "B'1'::bit(70)", "varchar(70)",
       "CONCAT('01', REPEAT('0', 68))", "CONCAT('1', REPEAT('0', 69))", "TEXT",
       "'01' || printf('%.68d', 0)", "'1' || printf('%.69d', 0)"},
      {"loose", "varbit", "B'0010'", "B'10'", "longtext", "'0010'", "'10'", "TEXT", "'0010'",
       "'10'"},
      {"words", "text[]", "array['a,b', NULL, 'NULL', 'q\"\\']",
       "array['a,b', NULL, NULL, 'q\"\\']", "json", R"('["a,b", null, "NULL", "q\\"\\\\"]')",
       R"('["a,b", null, "NULL", "q\\""]')", "TEXT", R"('["a,b",null,"NULL","q\"\\"]')",
       R"('["a,b",null,null,"q\"\\"]')"},
      {"grid", "numeric[]", "'{{1.5,2},{3,NaN}}'", "'{{1.5,2},{3,4}}'", "json",
       R"('[[1.50, 2], [3, "NaN"]]')", "'[[1.50, 2], [3]]'", "TEXT", R"('[[1.50,2],[3,"NaN"]]')",
       "'[1.50,2,3]'"},
      {"shifted", "integer[]", "'[0:1]={1,2}'::integer[]", "'{1,2}'", "longtext", "'[0:1]={1,2}'",
       "'[1,2]'", "TEXT", "'[0:1]={1,2}'", "'[1,2]'"},
      {"between_", "int4range", "'[1,10)'", "'[1,11)'", "varchar(255)", "'[1,10)'", "'[1,10]'",
       "TEXT", "'[1,10)'", "'(1,10)'"},
      {"pair", "bed.pair", R"(row(1, 'a"b'))", R"(row(1, 'a'))", "longtext", R"('(1,"a""b")')",
       R"('(1,a)')", "TEXT", R"('(1,"a""b")')", R"('(1,a)')"},
      {"place", "point", "'(1,2)'", "'(2,1)'", "longtext", "'(1,2)'", "'(1, 2)'", "TEXT", "'(1,2)'",
       "'(2,1)'"},
  };
  return kCases;
}

constexpr const char* kTypes =
    "CREATE SCHEMA bed; CREATE TYPE bed.mood AS ENUM ('new', 'on sale');"
    "CREATE DOMAIN bed.small_count AS integer CHECK (value >= 0);"
    "CREATE TYPE bed.pair AS (n integer, word text);";

// A table with one row of right values and one of NULLs.
std::string table(std::string Case::*type, std::string Case::*value, const std::string& named,
                  const std::string& suffix = "") {
  std::string columns = "CREATE TABLE " + named + " (id integer NOT NULL PRIMARY KEY";
  std::string row = "INSERT INTO " + named + " VALUES (1";
  for (const Case& each : cases()) {
    columns += ", " + each.name + " " + each.*type;
    row += ", " + each.*value;
  }
  return columns + ")" + suffix + ";\n" + row + ");\nINSERT INTO " + named + " (id) VALUES (2);\n";
}

std::string wrong_update(std::string Case::*wrong, const std::string& named) {
  std::string sql = "UPDATE " + named + " SET id = id";
  for (const Case& each : cases()) sql += ", " + each.name + " = " + each.*wrong;
  return sql + " WHERE id = 1;";
}

constexpr const char* kSourceMore = R"(
  CREATE TABLE bed.keyless (a int, b char(3));
  INSERT INTO bed.keyless VALUES (1, 'x'), (1, 'x'), (NULL, 'y');
  CREATE TABLE bed.parted (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED)
    PARTITION BY RANGE (id);
  CREATE TABLE bed.parted_low PARTITION OF bed.parted FOR VALUES FROM (0) TO (10);
  CREATE TABLE bed.parted_high PARTITION OF bed.parted DEFAULT;
  INSERT INTO bed.parted (id) VALUES (1), (20);
  CREATE UNLOGGED TABLE bed.passing (id int);
)";

void fill_source(const PostgresServer& source) {
  source.sql(std::string("CREATE DATABASE bed;"));
  source.sql("SET TimeZone = 'UTC';" + std::string(kTypes) +
                 table(&Case::source_type, &Case::value, "bed.all_types") + kSourceMore,
             "bed");
}

void expect_equal(const CompareReport& report) {
  EXPECT_EQ(report.tables.size(), 3U);
  EXPECT_EQ(report.source_rows(), 7U);
  EXPECT_TRUE(report.equal()) << describe(report);
}

// Every column of row 1 is found to be different, each by its name.
void expect_all_wrong(const std::string& source_url, const std::string& target_url) {
  const auto report = compare_databases(source_url, target_url,
                                        {.tables = {"bed.all_types"}, .most_differences = 100});
  ASSERT_EQ(report.tables.size(), 1U);
  std::vector<std::string> found;
  for (const Difference& difference : report.tables[0].differences) {
    EXPECT_EQ(difference.key, "id=1");
    found.push_back(difference.column);
  }
  std::vector<std::string> expected;
  for (const Case& each : cases()) expected.push_back(each.name);
  EXPECT_EQ(found, expected) << describe(report);
}

TEST(ComparePostgres, PostgresCopy) {
  if (bed_missing(PostgresServer::why_unavailable(15, true))) return;
  const PostgresServer server({.private_instance = true});
  fill_source(server);
  server.sql("CREATE DATABASE copy;");
  server.sql("SET TimeZone = 'UTC';" + std::string(kTypes) +
                 table(&Case::source_type, &Case::value, "bed.all_types") +
                 "CREATE TABLE bed.keyless (a int, b char(3));"
                 "INSERT INTO bed.keyless VALUES (NULL, 'y'), (1, 'x'), (1, 'x');"
                 "CREATE TABLE bed.parted (id int PRIMARY KEY);"
                 "INSERT INTO bed.parted VALUES (20), (1);",
             "copy");
  expect_equal(compare_databases(server.url("bed"), server.url("copy")));
  server.sql("SET TimeZone = 'UTC';" + wrong_update(&Case::wrong, "bed.all_types"), "copy");
  expect_all_wrong(server.url("bed"), server.url("copy"));

  server.sql("DELETE FROM bed.parted WHERE id = 1; DELETE FROM bed.keyless WHERE ctid = '(0,2)'",
             "copy");
  const auto report = compare_databases(server.url("bed"), server.url("copy"));
  EXPECT_EQ(report.tables[1].difference_count, 1U);
  EXPECT_EQ(report.tables[2].difference_count, 1U);
}

// User types are text there, arrays jsonb.
TEST(ComparePostgres, PostgresCopyWithoutTheTypes) {
  if (bed_missing(PostgresServer::why_unavailable(15, true))) return;
  const PostgresServer server({.private_instance = true});
  server.sql("CREATE DATABASE bed; CREATE DATABASE copy");
  server.sql(
      "CREATE SCHEMA bed; CREATE TYPE bed.mood AS ENUM ('new', 'on sale');"
      "CREATE TABLE bed.t (id int PRIMARY KEY, m bed.mood, a bed.mood[], s interval);"
      "INSERT INTO bed.t VALUES (1, 'new', '{new,\"on sale\"}', '1 mon -2 days');",
      "bed");
  server.sql(
      "CREATE SCHEMA bed;"
      "CREATE TABLE bed.t (id int PRIMARY KEY, m text, a jsonb, s text);"
      "INSERT INTO bed.t VALUES (1, 'new', '[\"new\", \"on sale\"]', 'P1M-2D');",
      "copy");
  EXPECT_TRUE(compare_databases(server.url("bed"), server.url("copy")).equal());
  server.sql("UPDATE bed.t SET a = '[\"new\"]', s = 'P1M2D'", "copy");
  EXPECT_EQ(compare_databases(server.url("bed"), server.url("copy")).tables[0].differences.size(),
            2U);
}

void compare_with_mysql(const DatabaseServer& target) {
  const PostgresServer source({.private_instance = true});
  fill_source(source);
  target.sql(
      "SET NAMES utf8mb4; CREATE DATABASE bed CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;"
      "USE bed;" +
      table(&Case::mysql_type, &Case::mysql_value, "all_types") +
      "CREATE TABLE keyless (a int, b varchar(3));"
      "INSERT INTO keyless VALUES (NULL, 'y'), (1, 'x'), (1, 'x');"
      "CREATE TABLE parted (id int PRIMARY KEY); INSERT INTO parted VALUES (20), (1);");
  expect_equal(compare_databases(source.url("bed"), target.url()));
  target.sql("SET NAMES utf8mb4;" + wrong_update(&Case::mysql_wrong, "bed.all_types"));
  expect_all_wrong(source.url("bed"), target.url());
}

TEST(ComparePostgres, MysqlCopy) {
  if (bed_missing(PostgresServer::why_unavailable(15, true))) return;
  if (bed_missing(MysqlServer::why_unavailable(true))) return;
  compare_with_mysql(MysqlServer({.private_instance = true}));
}

TEST(ComparePostgres, MariadbCopy) {
  if (bed_missing(PostgresServer::why_unavailable(15, true))) return;
  if (bed_missing(MariadbServer::why_unavailable(true))) return;
  compare_with_mysql(MariadbServer({.private_instance = true}));
}

TEST(ComparePostgres, SqliteCopy) {
  if (bed_missing(PostgresServer::why_unavailable(15, true))) return;
  const PostgresServer source({.private_instance = true});
  fill_source(source);
  const TempDir folder;
  const auto file = folder / "copy.db";
  const auto run = [&](const std::string& sql) {
    const auto result = run_command({.arguments = {"sqlite3", "-bail", file}}, sql);
    ASSERT_TRUE(result.ended.ok()) << result.error_output;
  };
  run(table(&Case::sqlite_type, &Case::sqlite_value, "all_types") +
      "CREATE TABLE keyless (a INTEGER, b TEXT);"
      "INSERT INTO keyless VALUES (NULL, 'y'), (1, 'x'), (1, 'x');"
      "CREATE TABLE parted (id INTEGER PRIMARY KEY); INSERT INTO parted VALUES (20), (1);");
  expect_equal(compare_databases(source.url("bed"), "sqlite://" + file.string()));
  run(wrong_update(&Case::sqlite_wrong, "all_types"));
  expect_all_wrong(source.url("bed"), "sqlite://" + file.string());
}

}  // namespace
}  // namespace tailrace::testing
