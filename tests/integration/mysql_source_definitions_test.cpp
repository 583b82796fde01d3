// What servers log of statements that define tables, and what it becomes: nothing that changes a
// captured table, or rows that are not logged, is passed over.
#include <gmock/gmock.h>

#include "tests/integration/mysql_source_bed.h"

namespace tailrace::testing {
namespace {

using ::testing::ElementsAre;

class MysqlSourceDefinitions : public MysqlSourceTest {
 protected:
  // What the statements are announced as, "; " between two.
  void expect_announced(const std::string& statements, const std::string& expected) {
    const Checkpoint now = resolve(*source_, StartPoint::Kind::now);
    sql("USE shop; " + statements);
    const Captured captured = capture(*source_, now);
    EXPECT_FALSE(captured.error) << statements << ": " << captured.error->to_string();
    std::string text;
    for (const std::string& change : captured.changes()) {
      text += (text.empty() ? "" : "; ") + change;
    }
    EXPECT_EQ(text, expected) << statements;
  }
  // That many are announced, each as a change of the table that leaves columns and rows alone.
  void expect_alterations(const std::vector<std::string>& statements, std::size_t count) {
    std::string all;
    for (const std::string& statement : statements) all += "; " + statement;
    std::string expected = "alter table shop.t";
    for (std::size_t i = 1; i < count; ++i) expected += "; alter table shop.t";
    expect_announced(all.substr(2), expected);
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, MysqlSourceDefinitions,
                         ::testing::Values(Kind::mariadb, Kind::mysql), kind_suffix);

TEST_P(MysqlSourceDefinitions, DetailsOfATable) {
  if (!start()) return;
  sql("CREATE TABLE shop.t (id INT PRIMARY KEY, a INT, b VARCHAR(9)) ENGINE=InnoDB;"
      "CREATE TABLE shop.u (id INT PRIMARY KEY) ENGINE=InnoDB");
  expect_alterations(
      {"CREATE INDEX i ON t (a)", "CREATE UNIQUE INDEX `on` USING BTREE ON shop.t (b)",
       "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u (id)",
       "ALTER TABLE t DROP FOREIGN KEY f", "ALTER TABLE t ADD UNIQUE KEY `a``b` (a, b)",
       "DROP INDEX i ON t", "DROP INDEX `on` ON t", "ALTER TABLE t DROP KEY `a``b`, ALGORITHM=COPY",
       "ALTER TABLE t COMMENT 'DROP a'", "ALTER TABLE t ALTER a SET DEFAULT 5",
       "ALTER TABLE t ALTER COLUMN a DROP DEFAULT", "ALTER TABLE t AUTO_INCREMENT=100",
       "ALTER TABLE t ENGINE=InnoDB", "ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (id)",
       "ALTER TABLE t ORDER BY a, b DESC", "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4",
       "/* x */ ALTER /* y */ TABLE `t` FORCE", "USE mysql", "ALTER TABLE shop.t ADD INDEX (b)"},
      18);
  expect_announced("ALTER /*!40000 TABLE t ADD c INT */", "alter table shop.t +c");
  expect_announced("SET sql_mode='ANSI_QUOTES'; ALTER TABLE \"t\" DROP c", "alter table shop.t -c");
  // MySQL logs it where the table is there already.
  expect_announced("CREATE TABLE IF NOT EXISTS t (id INT)",
                   is_mariadb() ? "" : "alter table shop.t");
  expect_announced("ALTER DATABASE shop CHARACTER SET latin1", "");
  expect_announced("CREATE VIEW v AS SELECT 1; DROP VIEW v", "");
}

TEST_P(MysqlSourceDefinitions, Tables) {
  if (!start()) return;
  sql("CREATE TABLE shop.t (id INT PRIMARY KEY, a INT); INSERT INTO shop.t VALUES (1, 2);"
      "CREATE TABLE shop.u LIKE shop.t; CREATE DATABASE crm");
  expect_announced("CREATE TABLE v LIKE t", "create table shop.v");
  expect_announced("CREATE TABLE w AS SELECT id FROM t", "insert shop.w 1; create table shop.w");
  expect_announced("RENAME TABLE t TO x, u TO t, x TO u",
                   "rename table shop.t shop.x shop.u shop.t shop.x shop.u");
  expect_announced("ALTER TABLE w RENAME TO x, ADD b INT",
                   "rename table shop.w shop.x; alter table shop.x +b");
  expect_announced("ALTER TABLE x RENAME crm.x", "drop table shop.x");
  expect_announced("RENAME TABLE crm.x TO x", "alter table shop.x (rows)");
  // MySQL logs them in an order of its own.
  expect_announced("DROP TABLE IF EXISTS x, v, nothing", "drop table shop.x shop.v shop.nothing");
  expect_announced(
      "CREATE TEMPORARY TABLE t (z INT); ALTER TABLE t ADD y INT;"
      "CREATE INDEX i ON t (y); TRUNCATE t; DROP TEMPORARY TABLE t",
      "");
}

// Rows go and come without an event of theirs.
TEST_P(MysqlSourceDefinitions, PartitionsAndTablespaces) {
  if (!start()) return;
  sql("CREATE TABLE shop.p (id INT PRIMARY KEY) PARTITION BY RANGE (id) "
      "(PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20),"
      " PARTITION p2 VALUES LESS THAN MAXVALUE); CREATE TABLE shop.e (id INT PRIMARY KEY);"
      "CREATE TABLE shop.h (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 4;"
      "INSERT INTO shop.p VALUES (1), (11), (21); INSERT INTO shop.e VALUES (5)");
  expect_announced("ALTER TABLE p EXCHANGE PARTITION p0 WITH TABLE e",
                   "alter table shop.p (rows); alter table shop.e (rows)");
  expect_announced("ALTER TABLE p TRUNCATE PARTITION p0", "alter table shop.p (rows)");
  expect_announced("ALTER TABLE p DROP PARTITION p0", "alter table shop.p (rows)");
  expect_announced(
      "ALTER TABLE p REORGANIZE PARTITION p1, p2 INTO "
      "(PARTITION p3 VALUES LESS THAN MAXVALUE)",
      "alter table shop.p");
  expect_announced("ALTER TABLE h COALESCE PARTITION 2", "alter table shop.h");
  expect_announced("ALTER TABLE h ADD PARTITION PARTITIONS 1", "alter table shop.h");
  expect_announced("ALTER TABLE h REMOVE PARTITIONING", "alter table shop.h");
  expect_announced("ALTER TABLE e DISCARD TABLESPACE", "alter table shop.e (rows)");
}

// A comment for another version is no part of the statement, and not read as one.
TEST_P(MysqlSourceDefinitions, CommentsForOtherServers) {
  if (!start()) return;
  sql("CREATE TABLE shop.t (id INT PRIMARY KEY, a INT)");
  const Checkpoint now = resolve(*source_, StartPoint::Kind::now);
  const std::string foreign = is_mariadb() ? "/*!90000 DROP a, */" : "/*M! DROP a, */";
  sql("ALTER TABLE shop.t /*!999999 DROP a, */ " + foreign +
      " ADD b INT;"
      "INSERT INTO shop.t VALUES (1, 2, 3)");
  const Captured captured = capture(*source_, now);
  EXPECT_FALSE(captured.error) << captured.error->to_string();
  EXPECT_THAT(captured.changes(), ElementsAre("alter table shop.t +b", "insert shop.t 1 2 3"));
}

TEST_P(MysqlSourceDefinitions, OfMariadbAlone) {
  if (!is_mariadb()) return;
  if (!start()) return;
  sql("CREATE TABLE shop.t (id INT PRIMARY KEY, a INT, INDEX i (a));"
      "CREATE TABLE shop.p (id INT PRIMARY KEY) PARTITION BY RANGE (id) "
      "(PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)");
  expect_announced("ALTER TABLE IF EXISTS t DROP INDEX IF EXISTS i, ADD INDEX IF NOT EXISTS j (a)",
                   "alter table shop.t");
  expect_announced("CREATE INDEX IF NOT EXISTS j ON t (a)", "alter table shop.t");
  expect_announced("DROP INDEX IF EXISTS j ON t", "alter table shop.t");
  expect_announced("CREATE OR REPLACE TABLE t (id INT PRIMARY KEY)",
                   "drop table shop.t; create table shop.t");
  expect_announced("SET STATEMENT lock_wait_timeout=9 FOR ALTER TABLE t COMMENT 'x'",
                   "alter table shop.t");
  expect_announced("RENAME TABLE IF EXISTS t NOWAIT TO u", "rename table shop.t shop.u");
  expect_announced("ALTER TABLE p CONVERT PARTITION p0 TO TABLE q",
                   "alter table shop.p (rows); alter table shop.q (rows)");
  sql("SET GLOBAL binlog_alter_two_phase=ON");
  expect_announced("ALTER TABLE u ADD b INT, ALGORITHM=COPY", "alter table shop.u +b");
  sql("INSERT INTO shop.u VALUES (1, 1), (2, 1)");
  const Checkpoint now = resolve(*source_, StartPoint::Kind::now);
  try {
    sql("ALTER TABLE shop.u ADD UNIQUE (b), ALGORITHM=COPY");
  } catch (const std::exception&) {  // rows are equal in it
  }
  EXPECT_THAT(capture(*source_, now).changes(), ElementsAre());
}

// Rows come under names in lower case, statements as they were written.
TEST_P(MysqlSourceDefinitions, NamesThatTheServerKeepsInLowerCase) {
  if (!is_mariadb()) return;  // the same in MySQL, which must be made so
  if (!start({"--lower-case-table-names=1"})) return;
  sql("CREATE TABLE shop.Töne (id INT PRIMARY KEY); CREATE TABLE shop.u (id INT PRIMARY KEY)");
  expect_announced("INSERT INTO TÖNE VALUES (1); ALTER TABLE Shop.TÖNE ADD A INT",
                   "insert shop.töne 1; alter table shop.töne +A");
  expect_announced("RENAME TABLE TÖNE TO Klang, U TO tÖne",
                   "rename table shop.töne shop.klang shop.u shop.töne");
  expect_announced("DROP TABLE KLANG", "drop table shop.klang");
  expect_announced("DROP DATABASE SHOP; CREATE DATABASE shop", "drop schema shop.");
}

}  // namespace
}  // namespace tailrace::testing
