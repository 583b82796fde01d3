// Every column type, copied and streamed: the same schema, and the same bytes.
#include <gmock/gmock.h>

#include "tests/integration/mysql_snapshot_bed.h"

namespace tailrace::testing {
namespace {

struct TypeCase {
  std::string type;
  std::vector<std::string> literals;  // inserted behind NULL
};

std::vector<TypeCase> number_cases() {
  const std::string nines(35, '9');
  const std::string fraction(30, '9');
  return {{"TINYINT", {"-128", "127", "0"}},
          {"TINYINT(1)", {"0", "1", "7"}},
          {"TINYINT UNSIGNED", {"0", "255"}},
          {"SMALLINT", {"-32768", "32767"}},
          {"MEDIUMINT", {"-8388608", "8388607", "-1"}},
          {"MEDIUMINT UNSIGNED", {"16777215"}},
          {"INT", {"-2147483648", "2147483647"}},
          {"INT(7) ZEROFILL", {"0", "42", "12345678"}},
          {"BIGINT", {"-9223372036854775808", "9223372036854775807"}},
          {"BIGINT UNSIGNED ZEROFILL", {"0", "18446744073709551615"}},
          {"DECIMAL(65,30)", {"0", "-1.5", nines + "." + fraction, "-" + nines + "." + fraction}},
          {"DECIMAL(10,0)", {"0", "-9999999999", "-0"}},
          {"DECIMAL(5,5)", {"0.00001", "-0.99999"}},
          {"DECIMAL(8,2) UNSIGNED ZEROFILL", {"7.5", "0"}},
          {"FLOAT",
           {"1.5", "-0.25", "0", "-0e0", "16777218", "0.1", "3.4028234e38", "1e-45", "1e-38",
            "1234567.8"}},
          {"FLOAT(7,3)", {"1.5", "1234.5678"}},
          {"FLOAT UNSIGNED", {"0.3"}},
          {"DOUBLE",
           {"1.5", "-0.1", "-0e0", "123456.789", "1.7976931348623157e308", "5e-324",
            "2.2250738585072014e-308", "0.1e0 + 0.2e0", "1e15", "123456789012345678",
            "9007199254740993e0 / 3", "PI()", "1e22", "1e23", "-1e-7"}},
          {"DOUBLE(20,3)", {"1.0005", "12345678901.2345", "1e15 / 3"}},
          {"BIT(1)", {"b'0'", "b'1'"}},
          {"BIT(10)", {"b'1'", "b'1111111111'"}},
          {"BIT(64)", {"b'101'", "18446744073709551615"}},
          {"YEAR", {"0", "1901", "2155"}}};
}

std::vector<TypeCase> text_cases() {
  std::vector<TypeCase> cases = {
      {"CHAR(10)", {"'abc'", "''", "'ä€😀'", "'ab   '"}},
      {"CHAR(255)", {"REPEAT('😀', 255)"}},
      {"CHAR(10) CHARACTER SET utf16", {"'ab   '", "'😀'"}},
      {"CHAR(10) CHARACTER SET ucs2", {"'ab '"}},
      {"CHAR(3) CHARACTER SET binary", {"x'6100'", "'ab '"}},
      {"VARCHAR(20)", {"'abc  '", "''", "'a\\0b'", "'\\n\\t\\\\'"}},
      {"VARCHAR(1000)", {"REPEAT('ß', 1000)"}},
      {"VARCHAR(20) CHARACTER SET latin1", {"'ä€ÿ'", "_latin1 x'818D8F909D'"}},
      {"VARCHAR(20) CHARACTER SET utf8mb3", {"'ä€'"}},
      {"VARCHAR(20) CHARACTER SET ascii", {"'plain'"}},
      {"VARCHAR(20) CHARACTER SET ucs2", {"'ä€'"}},
      {"VARCHAR(20) CHARACTER SET utf16", {"'ä€😀'"}},
      {"VARCHAR(20) CHARACTER SET utf16le", {"'ä€😀'"}},
      {"VARCHAR(20) CHARACTER SET utf32", {"'ä€😀'"}},
      {"VARCHAR(20) CHARACTER SET gbk", {"'中文'"}},
      {"VARCHAR(20) CHARACTER SET big5", {"'中文'"}},
      {"VARCHAR(20) CHARACTER SET sjis", {"'日本'", "_sjis x'815C'"}},
      {"VARCHAR(20) CHARACTER SET cp932", {"'日本'", "_cp932 x'8160'"}},
      {"VARCHAR(20) CHARACTER SET ujis", {"'日本'"}},
      {"VARCHAR(20) CHARACTER SET euckr", {"'한국'"}},
      {"VARCHAR(20) CHARACTER SET cp1251", {"'Привет'"}},
      {"VARCHAR(20) CHARACTER SET koi8r", {"'Привет'"}},
      {"VARCHAR(20) CHARACTER SET greek", {"'αβγ'"}},
      {"VARCHAR(20) CHARACTER SET swe7", {"'åäö'"}},
      {"TINYTEXT", {"'x'"}},
      {"TEXT", {"REPEAT('ü', 20000)"}},
      {"MEDIUMTEXT", {"REPEAT('y', 100000)"}},
      {"LONGTEXT", {"'z'"}},
      {"TEXT CHARACTER SET latin1", {"'ä€ÿ'"}},
      {"ENUM('a','b,c','ü','it''s','')", {"'a'", "'b,c'", "'ü'", "'it''s'", "'no such label'"}},
      {"ENUM('a','ü','why?') CHARACTER SET latin1", {"'ü'", "'why?'", "0"}},
      {"SET('x','y','ü')", {"''", "'x'", "'x,ü'"}},
      {"SET('x','y?','z') CHARACTER SET utf16", {"''", "'x'", "'x,y?'"}}};
  std::string many_labels;
  for (int i = 0; i < 300; ++i) many_labels += (i > 0 ? ",'l" : "'l") + std::to_string(i) + "'";
  cases.push_back({"ENUM(" + many_labels + ")", {"'l0'", "'l255'", "'l299'"}});
  std::string members;
  for (int i = 0; i < 64; ++i) members += (i > 0 ? ",'m" : "'m") + std::to_string(i) + "'";
  cases.push_back({"SET(" + members + ")", {"'m63'", "'m0,m62,m63'", "18446744073709551615"}});
  return cases;
}

std::vector<TypeCase> octet_cases() {
  return {{"BINARY(6)", {"x'010203'", "x'000000000000'", "x'FF00'", "'a '"}},
          {"VARBINARY(20)", {"x'00FF00'", "''"}},
          {"VARBINARY(1000)", {"REPEAT('a', 1000)"}},
          {"TINYBLOB", {"x'00'"}},
          {"BLOB", {"x'DEADBEEF'", "REPEAT('b', 60000)"}},
          {"MEDIUMBLOB", {"REPEAT(x'00', 70000)"}},
          {"LONGBLOB", {"x'01'", "REPEAT('c', 3000000)"}},
          {"GEOMETRY", {"ST_GeomFromText('POINT(1 2)')", "ST_GeomFromText('POINT(1 2)', 4326)"}},
          {"POINT", {"ST_GeomFromText('POINT(1 2)')"}},
          {"LINESTRING", {"ST_GeomFromText('LINESTRING(0 0,1 2,-3.5 4)')"}},
          {"POLYGON", {"ST_GeomFromText('POLYGON((0 0,4 0,4 4,0 0))')"}},
          {"MULTIPOINT", {"ST_GeomFromText('MULTIPOINT(0 0,1 2)')"}},
          {"MULTILINESTRING", {"ST_GeomFromText('MULTILINESTRING((0 0,1 2))')"}},
          {"MULTIPOLYGON", {"ST_GeomFromText('MULTIPOLYGON(((0 0,4 0,4 4,0 0)))')"}},
          {"GEOMETRYCOLLECTION", {"ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2))')"}}};
}

std::vector<TypeCase> temporal_cases() {
  return {
      {"DATE", {"'2024-02-29'", "'0000-00-00'", "'2024-00-10'", "'9999-12-31'", "'0001-01-01'"}},
      {"TIME", {"'00:00:00'", "'-838:59:59'", "'838:59:59'", "'-00:00:01'", "'100:00:00'"}},
      {"TIME(3)", {"'12:34:56.789'", "'-00:00:00.001'"}},
      {"TIME(6)", {"'-838:59:58.999999'", "'00:00:00.000001'"}},
      {"DATETIME", {"'2024-02-29 23:59:59'", "'0000-00-00 00:00:00'", "'2024-00-00 00:00:00'"}},
      {"DATETIME(1)", {"'2024-02-29 23:59:59.5'"}},
      {"DATETIME(6)", {"'9999-12-31 23:59:59.999999'", "'1000-01-01 00:00:00.000001'"}},
      {"TIMESTAMP NULL",
       {"'2038-01-19 03:14:07'", "'1970-01-01 00:00:01'", "'0000-00-00 00:00:00'"}},
      {"TIMESTAMP(6) NULL", {"'2024-02-29 12:00:00.000001'", "'0000-00-00 00:00:00'"}},
      {"TIMESTAMP(2) NULL", {"'2024-03-31 01:30:00.25'"}}};
}

std::vector<TypeCase> json_cases(bool mariadb) {
  std::vector<TypeCase> cases = {
      {"JSON",
       {"'null'", "'true'", "'1'", "'-1.5'", "'1.0'", "'\"a\\\\\"b\"'", "'[]'", "'{}'",
        "'{\"a\": [1, {\"b\": null}], \"ü\": 18446744073709551615}'",
        "'{\"b\":1,  \"a\":2,\"b\":3}'",
        "'[1e15, 1e14, 123456789012345678901234567890, 0.1, 1e-5, 1e-15, 1e-16, -0.0, 1e300]'",
        "'[\"\\\\u0000\\\\u001f\\\\/\\\\b\\\\f\\\\n\\\\r\\\\t\\\\u00e9\\\\ud83d\\\\ude00\"]'"}}};
  if (mariadb) return cases;
  cases[0].literals.insert(
      cases[0].literals.end(),
      {"CAST(CAST('2024-02-29 12:34:56.789' AS DATETIME(3)) AS JSON)",
       "CAST(CAST('-12:34:56' AS TIME) AS JSON)", "CAST(DATE'2024-02-29' AS JSON)",
       "CAST(CAST(1.50 AS DECIMAL(5,2)) AS JSON)", "CAST(x'DEADBEEF' AS JSON)",
       "JSON_ARRAY(REPEAT('x', 70000), 70000, -70000)", "JSON_OBJECT('k', CAST(b'101' AS JSON))",
       "JSON_ARRAY(x'00', 1.1, 3e0, CAST(18446744073709551615 AS UNSIGNED))",
       "CAST(ST_GeomFromText('POINT(1 2)') AS JSON)", "JSON_ARRAY(REPEAT(x'00FF', 60))"});
  return cases;
}

std::vector<TypeCase> cases_of_one_flavour(bool mariadb) {
  if (mariadb) {
    return {{"UUID",
             {"'3e11fa47-71ca-11e1-9e33-c80aa9429562'", "'00000000-0000-0000-0000-000000000000'"}},
            {"INET6",
             {"'::1'", "'::'", "'2001:db8::ff00:42:8329'", "'::ffff:192.0.2.1'", "'1:0:0:2::3'",
              "'2001:db8:0:1:1:1:1:1'", "'::192.0.2.1'"}},
            {"INET4", {"'192.0.2.0'", "'0.0.0.0'"}},
            {"VARCHAR(200) COMPRESSED", {"REPEAT('ä', 200)", "''", "'short'"}},
            {"VARCHAR(200) COMPRESSED CHARACTER SET latin1", {"REPEAT('ä', 200)"}},
            {"TEXT COMPRESSED", {"REPEAT('ä', 2000)"}},
            {"LONGBLOB COMPRESSED", {"REPEAT('ä', 2000)", "x'00'"}},
            {"VARBINARY(300) COMPRESSED", {"REPEAT('a', 300)"}}};
  }
  return {{"VECTOR(3)", {"STRING_TO_VECTOR('[1,2.5,-3e-10]')"}},
          {"VECTOR", {"STRING_TO_VECTOR('[0.1]')"}},
          {"VARCHAR(20) CHARACTER SET gb18030", {"'中文😀'"}},
          {"POINT SRID 4326", {"ST_GeomFromText('POINT(1 2)', 4326)"}}};
}

class MysqlSnapshotTypes : public MysqlSnapshotTest {
 protected:
  void create(const std::vector<TypeCase>& cases) {
    std::string statements =
        "USE shop; SET NAMES utf8mb4; SET time_zone='+02:00'; SET sql_mode='';";
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const std::string table = "t" + std::to_string(i);
      statements += "CREATE TABLE " + table + " (id INT PRIMARY KEY, v " + cases[i].type +
                    ") CHARACTER SET utf8mb4; INSERT INTO " + table + " VALUES (0, NULL);";
      for (std::size_t row = 0; row < cases[i].literals.size(); ++row) {
        statements += "INSERT INTO " + table + " VALUES (" + std::to_string(row + 1) + ", " +
                      cases[i].literals[row] + ");";
      }
    }
    sql(statements);
  }

  // What was streamed since `from` against what is copied now.
  void expect_equal(const Checkpoint& from, std::size_t tables) {
    const Captured captured = capture(*source_, from);
    ASSERT_FALSE(captured.error) << captured.error->to_string();
    const auto copied = copy_all(*source_, from);
    EXPECT_EQ(copied.size(), tables);
    for (const auto& [name, table] : copied) {
      EXPECT_EQ(table.rows, rows_made_by(captured, name))
          << table.table.schema->columns[1].native_type;
      EXPECT_FALSE(table.rows.empty()) << name;
    }
    for (const CapturedTransaction& transaction : captured.transactions) {
      for (const CapturedRow& row : transaction.rows) {
        const TableSchema& copied_as = *copied.at(row.schema->name.to_string()).table.schema;
        EXPECT_TRUE(*row.schema == copied_as)
            << row.what << ": " << copied_as.columns[1].native_type << " against "
            << row.schema->columns[1].native_type;
      }
    }
  }

  void check(const std::vector<TypeCase>& cases) {
    const Checkpoint from = resolve(*source_, StartPoint::Kind::now);
    create(cases);
    expect_equal(from, cases.size());
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, MysqlSnapshotTypes, ::testing::Values(Kind::mariadb, Kind::mysql),
                         kind_suffix);

TEST_P(MysqlSnapshotTypes, Numbers) {
  if (start()) check(number_cases());
}
TEST_P(MysqlSnapshotTypes, Text) {
  if (start()) check(text_cases());
}
TEST_P(MysqlSnapshotTypes, Octets) {
  if (start()) check(octet_cases());
}
TEST_P(MysqlSnapshotTypes, Temporals) {
  if (start()) check(temporal_cases());
}
TEST_P(MysqlSnapshotTypes, Json) {
  if (start()) check(json_cases(is_mariadb()));
}
TEST_P(MysqlSnapshotTypes, OfOneFlavourOnly) {
  if (start()) check(cases_of_one_flavour(is_mariadb()));
}

// Generated, hidden and oddly named columns; keys in another order than the columns.
TEST_P(MysqlSnapshotTypes, Shapes) {
  if (!start()) return;
  const Checkpoint from = resolve(*source_, StartPoint::Kind::now);
  sql("USE shop;"
      "CREATE TABLE computed (id INT PRIMARY KEY, a INT, s INT AS (a + 1) STORED, "
      "  v VARCHAR(20) AS (CONCAT('x', a)) VIRTUAL);"
      "INSERT INTO computed (id, a) VALUES (1, 5), (2, NULL);"
      "CREATE TABLE hidden (id INT PRIMARY KEY, secret VARCHAR(10) DEFAULT 'x' INVISIBLE, b INT);"
      "INSERT INTO hidden (id, b) VALUES (1, 2); INSERT INTO hidden (id, secret) VALUES (2, 'y');"
      "CREATE TABLE `a ``b` (`select` INT, `c d` VARCHAR(10), `é` DATE, "
      "  PRIMARY KEY (`c d`, `select`));"
      "INSERT INTO `a ``b` VALUES (1, 'k', NULL), (2, 'k', '2024-01-01');"
      "CREATE TABLE prefixed (c VARCHAR(20), d BLOB, v INT NOT NULL, PRIMARY KEY (c(5), d(3)));"
      "INSERT INTO prefixed VALUES ('abcdefg', 'xyz1', 1);"
      "CREATE TABLE keyless (a INT UNIQUE, b VARCHAR(20) NOT NULL, UNIQUE KEY (b(5)), KEY (a, b));"
      "INSERT INTO keyless VALUES (1, 'x'), (NULL, 'y');"
      "CREATE TABLE promoted (a INT UNIQUE, b INT, c INT NOT NULL, d INT NOT NULL, "
      "  KEY (c), UNIQUE KEY z (d, b), UNIQUE KEY y (d, c), UNIQUE KEY x (c));"
      "INSERT INTO promoted VALUES (1, 1, 2, 3), (NULL, NULL, 3, 4);"
      "CREATE TABLE parted (id INT PRIMARY KEY, v INT) PARTITION BY HASH (id) PARTITIONS 3;"
      "INSERT INTO parted VALUES (1, 1), (2, 2), (3, 3), (4, 4);"
      "CREATE TABLE myisam (id INT PRIMARY KEY, v INT) ENGINE=MyISAM;"
      "INSERT INTO myisam VALUES (1, 1);"
      "CREATE VIEW a_view AS SELECT 1 AS one;");
  if (is_mariadb()) {
    sql("CREATE SEQUENCE shop.numbers");
  } else {
    sql("SET SESSION sql_generate_invisible_primary_key=ON; CREATE TABLE shop.gipk (v INT, w INT);"
        "INSERT INTO shop.gipk VALUES (1, 1), (1, 2);"
        "CREATE TABLE shop.functional (id INT PRIMARY KEY, v VARCHAR(20), KEY f ((LOWER(v))));"
        "INSERT INTO shop.functional VALUES (1, 'A')");
  }
  expect_equal(from, is_mariadb() ? 8 : 10);
}

// Names and the rest from the catalogue alone: the copy does not depend on the log's metadata.
TEST_P(MysqlSnapshotTypes, WithoutMetadata) {
  if (!start()) return;
  sql(is_mariadb() ? "SET GLOBAL binlog_row_metadata='NO_LOG'"
                   : "SET GLOBAL binlog_row_metadata='MINIMAL'");
  check({{"INT UNSIGNED", {"1"}},
         {"VARCHAR(20) CHARACTER SET utf8mb3", {"'ä'"}},
         {"ENUM('a','ü')", {"'ü'"}},
         {"DATETIME(3)", {"'2024-02-29 23:59:59.5'"}}});
  sql("SET GLOBAL binlog_row_metadata='FULL'");
}

}  // namespace
}  // namespace tailrace::testing
