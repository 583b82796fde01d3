// Copies made by hand, right and wrong, on every kind of target.
#include "tests/support/compare/compare.h"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/child_process.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/mysql_server.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temp_dir.h"

namespace tailrace::testing {
namespace {

constexpr const char* kSource = R"(
  CREATE DATABASE bed CHARACTER SET utf8mb4;
  USE bed;
  CREATE TABLE all_types (
    id int unsigned zerofill PRIMARY KEY, big bigint unsigned, small tinyint(1), year_ year,
    price decimal(30,10), f float, d double, name varchar(50), code binary(4), picture blob,
    flags bit(5), day date, at datetime(3), since timestamp(6) NULL, length_ time(6),
    color enum('red','green'), tags set('a','b','c'), doc json);
  INSERT INTO all_types VALUES
    (1, 18446744073709551615, 1, 2024, 12345678901234567890.0123456789, 16777218, 0.1, 'Zoë ☎',
     x'61', x'00ff27', b'10101', '2024-02-29', '2024-02-29 23:59:59.120', '2024-02-29 12:00:00.000001',
     '-838:59:58.000001', 'green', 'a,c', '{"b": [1.50, null], "a": "é"}'),
    (2, 0, -5, 0, -1.5, -0.5, 1e308, '', x'', '', b'0', '1000-01-01', '9999-12-31 23:59:59.999',
     '2038-01-19 03:14:07', '24:00:00', 'red', '', '[]'),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
  CREATE TABLE keyless (a int, b varchar(10));
  INSERT INTO keyless VALUES (1, 'x'), (1, 'x'), (NULL, 'y');
)";

constexpr const char* kPostgresCopy = R"(
  SET TimeZone = 'UTC';
  CREATE SCHEMA bed;
  CREATE TABLE bed.all_types (
    id bigint PRIMARY KEY, big numeric(20,0), small smallint, year_ smallint,
    price numeric(30,10), f real, d double precision, name varchar(50), code bytea, picture bytea,
    flags bit(5), day date, at timestamp(3), since timestamptz(6), length_ interval,
    color text, tags text[], doc jsonb);
  INSERT INTO bed.all_types VALUES
    (1, 18446744073709551615, 1, 2024, 12345678901234567890.0123456789, 16777218, 0.1, 'Zoë ☎',
     '\x61000000', '\x00ff27', B'10101', '2024-02-29', '2024-02-29 23:59:59.120',
     '2024-02-29 12:00:00.000001', '-838:59:58.000001', 'green', '{a,c}', '{"a": "é", "b": [1.5, null]}'),
    (2, 0, -5, 0, -1.5, -0.5, 1e308, '', '\x00000000', '', B'00000', '1000-01-01',
     '9999-12-31 23:59:59.999', '2038-01-19 03:14:07', '24:00:00', 'red', '{}', '[]'),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
  CREATE TABLE bed.keyless (a int, b varchar(10));
  INSERT INTO bed.keyless VALUES (NULL, 'y'), (1, 'x'), (1, 'x');
)";

// JSON of MariaDB is text, and arrives as it was written.
constexpr const char* kSqliteCopy = R"(
  CREATE TABLE all_types (
    id INTEGER PRIMARY KEY, big TEXT, small INTEGER, year_ INTEGER,
    price TEXT, f REAL, d REAL, name TEXT, code BLOB, picture BLOB,
    flags INTEGER, day TEXT, at TEXT, since TEXT, length_ TEXT,
    color TEXT, tags TEXT, doc TEXT) STRICT;
  INSERT INTO all_types VALUES
    (1, '18446744073709551615', 1, 2024, '12345678901234567890.0123456789', 16777218, 0.1, 'Zoë ☎',
     x'61000000', x'00ff27', 21, '2024-02-29', '2024-02-29 23:59:59.120',
     '2024-02-29 12:00:00.000001Z', '-838:59:58.000001', 'green', 'a,c', '{"b": [1.50, null], "a": "é"}'),
    (2, '0', -5, 0, '-1.5', -0.5, 1e308, '', x'00000000', x'', 0, '1000-01-01',
     '9999-12-31 23:59:59.999', '2038-01-19 03:14:07Z', '24:00:00', 'red', '', '[]'),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
  CREATE TABLE keyless (a INTEGER, b TEXT);
  INSERT INTO keyless VALUES (1, 'x'), (NULL, 'y'), (1, 'x');
)";

void expect_equal(const DatabaseServer& source, const std::string& target_url) {
  const auto report = compare_databases(source.url("bed"), target_url);
  EXPECT_EQ(report.tables.size(), 2U);
  EXPECT_EQ(report.source_rows(), 6U);
  EXPECT_TRUE(report.equal()) << describe(report);
}

void sqlite(const std::filesystem::path& file, const std::string& sql) {
  const auto result = run_command({.arguments = {"sqlite3", "-bail", file}}, sql);
  ASSERT_TRUE(result.ended.ok()) << result.error_output;
}

TEST(Compare, PostgresCopy) {
  if (bed_missing(MariadbServer::why_unavailable(true))) return;
  if (bed_missing(PostgresServer::why_unavailable(15, true))) return;
  const MariadbServer source({.private_instance = true});
  const PostgresServer target({.private_instance = true});
  source.sql(kSource);
  target.sql(kPostgresCopy);
  expect_equal(source, target.url("postgres"));

  target.sql(R"(
    UPDATE bed.all_types SET price = price + 0.0000000001, since = since + interval '1 us' WHERE id = 1;
    DELETE FROM bed.all_types WHERE id = 3;
    INSERT INTO bed.all_types (id) VALUES (4);
    UPDATE bed.keyless SET b = 'z' WHERE a IS NULL;)");
  const auto report = compare_databases(source.url("bed"), target.url("postgres"));
  ASSERT_EQ(report.tables.size(), 2U);
  const TableReport& table = report.tables[0];
  EXPECT_EQ(table.difference_count, 3U);
  ASSERT_EQ(table.differences.size(), 4U) << describe(report);
  EXPECT_EQ(table.differences[0].key, "id=1");
  EXPECT_EQ(table.differences[0].column, "price");
  EXPECT_EQ(table.differences[1].column, "since");
  EXPECT_EQ(table.differences[2].kind, DifferenceKind::only_at_source);
  EXPECT_EQ(table.differences[3].kind, DifferenceKind::only_at_target);
  EXPECT_EQ(report.tables[1].difference_count, 2U);
}

TEST(Compare, SqliteCopy) {
  if (bed_missing(MariadbServer::why_unavailable(true))) return;
  const MariadbServer source({.private_instance = true});
  const TempDir folder;
  const auto file = folder / "copy.db";
  source.sql(kSource);
  sqlite(file, kSqliteCopy);
  expect_equal(source, "sqlite://" + file.string());

  // A number that became text, bytes that became their own hexadecimal spelling, a lost table.
  sqlite(file, "UPDATE all_types SET code = x'61'; DROP TABLE keyless;");
  const auto report =
      compare_databases(source.url("bed"), "sqlite://" + file.string(), {.tables = {"bed.*"}});
  EXPECT_EQ(report.tables[0].difference_count, 3U);
  EXPECT_FALSE(report.tables[1].target_rows);
  EXPECT_FALSE(report.equal());
}

TEST(Compare, MysqlCopyInADatabaseOfAnotherName) {
  if (bed_missing(MariadbServer::why_unavailable(true))) return;
  if (bed_missing(MysqlServer::why_unavailable(true))) return;
  const MysqlServer source({.private_instance = true});
  const MariadbServer target({.private_instance = true});
  std::string sql = kSource;
  source.sql(sql);
  target.sql("SET sql_mode='';" + sql +
             "CREATE DATABASE copy; RENAME TABLE bed.all_types TO copy.all_types,"
             " bed.keyless TO copy.keyless; ALTER TABLE copy.all_types DROP small");
  const auto report = compare_databases(source.url("bed"), target.url("copy"));
  ASSERT_EQ(report.tables.size(), 2U);
  EXPECT_EQ(report.tables[0].missing_columns, std::vector<std::string>{"small"});
  EXPECT_EQ(report.tables[0].difference_count, 0U) << describe(report);
  EXPECT_TRUE(report.tables[1].equal()) << describe(report);
}

}  // namespace
}  // namespace tailrace::testing
