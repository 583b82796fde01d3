// Every column type, decoded from the log, against what the server itself answers to a SELECT.
#include <gmock/gmock.h>

#include "tests/integration/mysql_source_bed.h"

namespace tailrace::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct TypeCase {
  std::string type;
  std::string canonical;              // SQL for the canonical text of column v
  std::vector<std::string> literals;  // inserted one by one, behind NULL
};

std::vector<TypeCase> integer_cases() {
  return {{"TINYINT", "v", {"-128", "127", "0"}},
          {"TINYINT UNSIGNED", "v", {"0", "255"}},
          {"SMALLINT", "v", {"-32768", "32767"}},
          {"SMALLINT UNSIGNED", "v", {"65535"}},
          {"MEDIUMINT", "v", {"-8388608", "8388607", "-1"}},
          {"MEDIUMINT UNSIGNED", "v", {"16777215"}},
          {"INT", "v", {"-2147483648", "2147483647"}},
          {"INT UNSIGNED", "v", {"4294967295"}},
          {"BIGINT", "v", {"-9223372036854775808", "9223372036854775807"}},
          {"BIGINT UNSIGNED", "v", {"18446744073709551615"}},
          {"BIT(1)", "LPAD(BIN(v), 1, '0')", {"b'0'", "b'1'"}},
          {"BIT(10)", "LPAD(BIN(v), 10, '0')", {"b'1'", "b'1111111111'"}},
          {"BIT(64)", "LPAD(BIN(v), 64, '0')", {"b'101'", "18446744073709551615"}}};
}

std::vector<TypeCase> number_cases() {
  const std::string nines(35, '9');
  return {
      {"DECIMAL(65,30)",
       "v",
       {"0", "-1.5", nines + "." + std::string(30, '9'), "-" + nines + "." + std::string(30, '9')}},
      {"DECIMAL(10,0)", "v", {"0", "-9999999999"}},
      {"DECIMAL(5,5)", "v", {"0.00001", "-0.99999"}},
      {"FLOAT", "v", {"1.5", "-0.25", "0", "3"}},
      {"DOUBLE", "v", {"1.5", "-0.1", "123456.789"}}};
}

std::vector<TypeCase> text_cases() {
  return {{"CHAR(10)", "v", {"'abc'", "''", "'ä€😀'"}},
          {"CHAR(255)", "v", {"REPEAT('😀', 255)"}},
          {"VARCHAR(20)", "v", {"'abc  '", "''"}},
          {"VARCHAR(1000)", "v", {"REPEAT('ß', 1000)"}},
          {"VARCHAR(20) CHARACTER SET latin1", "v", {"'ä€ÿ'"}},
          {"VARCHAR(20) CHARACTER SET utf8mb3", "v", {"'ä€'"}},
          {"VARCHAR(20) CHARACTER SET ucs2", "v", {"'ä€'"}},
          {"VARCHAR(20) CHARACTER SET utf16", "v", {"'ä€😀'"}},
          {"VARCHAR(20) CHARACTER SET utf32", "v", {"'ä€😀'"}},
          {"VARCHAR(20) CHARACTER SET gbk", "v", {"'中文'"}},
          {"VARCHAR(20) CHARACTER SET sjis", "v", {"'日本'"}},
          {"VARCHAR(20) CHARACTER SET cp1251", "v", {"'Привет'"}},
          {"VARCHAR(20) CHARACTER SET koi8r", "v", {"'Привет'"}},
          {"TINYTEXT", "v", {"'x'"}},
          {"TEXT", "v", {"REPEAT('ü', 20000)"}},
          {"MEDIUMTEXT", "v", {"REPEAT('y', 100000)"}},
          {"LONGTEXT", "v", {"'z'"}},
          {"TEXT CHARACTER SET latin1", "v", {"'ä€ÿ'"}},
          {"ENUM('a','b,c','ü')", "v", {"'a'", "'b,c'", "'ü'"}},
          {"SET('x','y','ü')", "v", {"''", "'x'", "'x,ü'"}},
          {"ENUM('a','ü') CHARACTER SET latin1", "v", {"'ü'"}}};
}

std::vector<TypeCase> octet_cases() {
  return {{"BINARY(6)", "v", {"x'010203'", "x'000000000000'", "x'FF00'"}},
          {"VARBINARY(20)", "v", {"x'00FF00'", "''"}},
          {"VARBINARY(1000)", "v", {"REPEAT('a', 1000)"}},
          {"TINYBLOB", "v", {"x'00'"}},
          {"BLOB", "v", {"x'DEADBEEF'", "REPEAT('b', 60000)"}},
          {"MEDIUMBLOB", "v", {"REPEAT(x'00', 70000)"}},
          {"LONGBLOB", "v", {"x'01'"}},
          {"GEOMETRY", "v", {"ST_GeomFromText('POINT(1 2)')"}}};
}

std::vector<TypeCase> temporal_cases() {
  return {{"DATE",
           "v",
           {"'2024-02-29'", "'0000-00-00'", "'2024-00-10'", "'9999-12-31'", "'0001-01-01'"}},
          {"TIME", "v", {"'00:00:00'", "'-838:59:59'", "'838:59:59'", "'-00:00:01'"}},
          {"TIME(3)", "v", {"'12:34:56.789'", "'-00:00:00.001'"}},
          {"TIME(6)", "v", {"'-838:59:58.999999'", "'00:00:00.000001'"}},
          {"DATETIME", "v", {"'2024-02-29 23:59:59'", "'0000-00-00 00:00:00'"}},
          {"DATETIME(1)", "v", {"'2024-02-29 23:59:59.5'"}},
          {"DATETIME(6)", "v", {"'9999-12-31 23:59:59.999999'", "'1000-01-01 00:00:00.000001'"}},
          {"TIMESTAMP NULL",
           "CONCAT(v, 'Z')",
           {"'2038-01-19 03:14:07'", "'1970-01-01 00:00:01'", "'0000-00-00 00:00:00'"}},
          {"TIMESTAMP(6) NULL", "CONCAT(v, 'Z')", {"'2024-02-29 12:00:00.000001'"}},
          {"TIMESTAMP(2) NULL", "CONCAT(v, 'Z')", {"'2024-02-29 12:00:00.25'"}}};
}

std::vector<TypeCase> json_cases() {
  return {{"JSON",
           "v",
           {"'null'", "'true'", "'1'", "'-1.5'", "'1.0'", "'\"a\\\\\"b\"'", "'[]'", "'{}'",
            "'{\"a\": [1, {\"b\": null}], \"ü\": 18446744073709551615}'"}}};
}

class MysqlSourceTypes : public MysqlSourceTest {
 protected:
  // One table per case; the rows of the log against those of a SELECT.
  void expect_equal(const std::vector<TypeCase>& cases) {
    const Checkpoint now = resolve(*source_, StartPoint::Kind::now);
    std::string statements = "SET NAMES utf8mb4; SET time_zone='+00:00'; SET sql_mode='';";
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const std::string table = "shop.t" + std::to_string(i);
      statements += "CREATE TABLE " + table + " (id INT PRIMARY KEY, v " + cases[i].type +
                    ") CHARACTER SET utf8mb4;";
      statements += "INSERT INTO " + table + " VALUES (0, NULL);";
      for (std::size_t row = 0; row < cases[i].literals.size(); ++row) {
        statements += "INSERT INTO " + table + " VALUES (" + std::to_string(row + 1) + ", " +
                      cases[i].literals[row] + ");";
      }
    }
    sql(statements);
    Captured captured = capture(*source_, now);
    ASSERT_FALSE(captured.error) << captured.error->to_string();
    std::erase_if(captured.transactions, [](const auto& one) { return one.rows.empty(); });
    std::size_t next = 0;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const auto expected = select(*server_, "SELECT id, " + cases[i].canonical + " FROM shop.t" +
                                                 std::to_string(i) + " ORDER BY id");
      ASSERT_EQ(expected.size(), cases[i].literals.size() + 1);
      for (const auto& row : expected) {
        ASSERT_LT(next, captured.transactions.size());
        EXPECT_EQ(captured.transactions[next].rows.at(0).after, row) << cases[i].type;
        ++next;
      }
    }
    EXPECT_EQ(next, captured.transactions.size());
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, MysqlSourceTypes, ::testing::Values(Kind::mariadb, Kind::mysql),
                         kind_suffix);

TEST_P(MysqlSourceTypes, Integers) {
  if (start()) expect_equal(integer_cases());
}
TEST_P(MysqlSourceTypes, Numbers) {
  if (start()) expect_equal(number_cases());
}
TEST_P(MysqlSourceTypes, Text) {
  if (start()) expect_equal(text_cases());
}
TEST_P(MysqlSourceTypes, Octets) {
  if (start()) expect_equal(octet_cases());
}
TEST_P(MysqlSourceTypes, Temporals) {
  if (start()) expect_equal(temporal_cases());
}
TEST_P(MysqlSourceTypes, Json) {
  if (start()) expect_equal(json_cases());
}

TEST_P(MysqlSourceTypes, OfOneFlavourOnly) {
  if (!start()) return;
  if (is_mariadb()) {
    expect_equal({{"UUID", "v", {"'3e11fa47-71ca-11e1-9e33-c80aa9429562'", "UUID()"}},
                  {"INET6", "v", {"'::1'", "'2001:db8::ff00:42:8329'", "'::ffff:192.0.2.1'"}},
                  {"INET4", "v", {"'192.0.2.0'", "'0.0.0.0'"}}});
  } else {
    expect_equal({{"VECTOR(3)",
                   "REPLACE(REPLACE(REPLACE(VECTOR_TO_STRING(v), '.00000', ''), "
                   "'e+00', ''), '00000', '')",
                   {"STRING_TO_VECTOR('[1,2,-3]')"}}});
  }
}

// Names and everything else from information_schema, checked against the log.
TEST_P(MysqlSourceTypes, WithoutMetadata) {
  if (!start()) return;
  sql(is_mariadb() ? "SET GLOBAL binlog_row_metadata='NO_LOG'"
                   : "SET GLOBAL binlog_row_metadata='MINIMAL'");
  for (const auto& cases : {integer_cases(), text_cases(), temporal_cases()}) {
    expect_equal(cases);
    sql("DROP DATABASE shop; CREATE DATABASE shop");
  }
}

TEST_P(MysqlSourceTypes, DriftWithoutMetadataStopsTheTable) {
  if (!start()) return;
  sql(is_mariadb() ? "SET GLOBAL binlog_row_metadata='NO_LOG'"
                   : "SET GLOBAL binlog_row_metadata='MINIMAL'");
  const Checkpoint now = resolve(*source_, StartPoint::Kind::now);
  sql("INSERT INTO shop.orders VALUES (1, 'a'); ALTER TABLE shop.orders DROP COLUMN v");
  const Captured stopped = capture(*source_, now);
  ASSERT_TRUE(stopped.error);
  EXPECT_EQ(stopped.error->kind(), ErrorKind::schema_mismatch) << stopped.error->to_string();
  EXPECT_THAT(stopped.error->to_string(), HasSubstr("shop.orders"));
}

TEST_P(MysqlSourceTypes, OlderRowsKeepTheirOldShape) {
  if (!start()) return;
  const Checkpoint now = resolve(*source_, StartPoint::Kind::now);
  sql("INSERT INTO shop.orders VALUES (1, 'a');"
      "ALTER TABLE shop.orders ADD COLUMN n INT FIRST;"
      "INSERT INTO shop.orders VALUES (7, 2, 'b');"
      "ALTER TABLE shop.orders DROP COLUMN v; INSERT INTO shop.orders VALUES (8, 3)");
  const Captured captured = capture(*source_, now);
  EXPECT_FALSE(captured.error) << captured.error->to_string();
  EXPECT_THAT(captured.changes(),
              ElementsAre("insert shop.orders 1 a", "alter table shop.orders +n",
                          "insert shop.orders 7 2 b", "alter table shop.orders -v",
                          "insert shop.orders 8 3"));
}

}  // namespace
}  // namespace tailrace::testing
