#include "extractors/mysql/alterations.h"

#include <string>

#include <gmock/gmock.h>

#include "extractors/mysql/event.h"
#include "extractors/mysql/one_by_one.h"
#include "extractors/mysql/statement.h"

namespace tailrace::mysql {
namespace {

std::string shown(const ColumnFill& fill) {
  switch (fill.kind) {
    case ColumnFill::Kind::unknown:
      return "?";
    case ColumnFill::Kind::null:
      return "NULL";
    case ColumnFill::Kind::value:
      return "<" + fill.text + ">";
    case ColumnFill::Kind::zero:
      return "zero";
    case ColumnFill::Kind::canonical:
      return "=" + fill.text;
  }
  return "";
}

// "+a=NULL -b c>d ~e", "unknown", and what the whole does to rows.
std::string done(std::string_view clauses, std::uint64_t sql_mode = Query::kStrict) {
  const std::string sql = "ALTER TABLE t " + std::string(clauses);
  const Alterations found = classify_statement(sql, "db", sql_mode).alterations;
  std::string text;
  for (const ColumnChange& change : found.columns) {
    if (!text.empty()) text += " ";
    switch (change.kind) {
      case ColumnChange::Kind::add:
        text += "+" + change.name + "=" + shown(change.fill);
        break;
      case ColumnChange::Kind::drop:
        text += "-" + change.name;
        break;
      case ColumnChange::Kind::rename:
        text += change.name + ">" + change.new_name;
        break;
      case ColumnChange::Kind::modify:
        text += "~" + change.name;
        break;
    }
  }
  if (!found.known) text += "unknown";
  if (found.adds_unique) text += " unique";
  if (found.changes_values) text += " values";
  return text;
}

TEST(Alterations, AddedColumns) {
  EXPECT_EQ(done("ADD a INT"), "+a=NULL");
  EXPECT_EQ(done("ADD COLUMN IF NOT EXISTS `a b` INT NOT NULL FIRST"), "+a b=zero");
  EXPECT_EQ(done("ADD COLUMN a INT DEFAULT 5 AFTER `not`"), "+a=<5>");
  EXPECT_EQ(done("ADD a INT DEFAULT -5, ADD b DECIMAL(5,2) NOT NULL DEFAULT +1.50"),
            "+a=<-5> +b=<1.50>");
  EXPECT_EQ(done("ADD a VARCHAR(9) NOT NULL DEFAULT 'it''s\\n\\%' COMMENT 'NULL, DEFAULT 7'"),
            "+a=<it's\n\\%>");
  EXPECT_EQ(done("ADD a VARCHAR(9) DEFAULT 'a\\n'", Query::kNoBackslashEscapes), "+a=<a\\n>");
  EXPECT_EQ(done("ADD a BOOL DEFAULT TRUE, ADD b BOOL DEFAULT false"), "+a=<1> +b=<0>");
  EXPECT_EQ(done("ADD (a INT, b ENUM('x','y') NOT NULL DEFAULT 'y', UNIQUE KEY (a))"),
            "+a=NULL +b=<y> unique");
  EXPECT_EQ(done("ADD a INT DEFAULT NULL, ADD b INT NULL"), "+a=NULL +b=NULL");
  EXPECT_EQ(done("ADD period INT, ADD system INT, ADD vector INT"),
            "+period=NULL +system=NULL +vector=NULL");
}

// Each row has its own value, or one that only the server knows.
TEST(Alterations, ValuesThatTheStatementDoesNotTell) {
  for (const std::string_view definition :
       {"BIGINT NOT NULL AUTO_INCREMENT", "DATETIME DEFAULT CURRENT_TIMESTAMP",
        "DATETIME(6) NOT NULL DEFAULT NOW(6) ON UPDATE NOW(6)", "CHAR(36) DEFAULT (UUID())",
        "INT GENERATED ALWAYS AS (b + 1) STORED", "INT AS (b) VIRTUAL", "SERIAL", "TIMESTAMP",
        "BIT(3) DEFAULT b'101'", "BINARY(2) DEFAULT 0x4142", "DOUBLE DEFAULT 1e5",
        "DOUBLE DEFAULT .5", "VARCHAR(9) DEFAULT 'a' 'b'", "VARCHAR(9) DEFAULT _latin1'a'",
        "INT DEFAULT (5)", "INT DEFAULT NEXTVAL(s)"}) {
    EXPECT_EQ(done("ADD a " + std::string(definition)).substr(0, 4), "+a=?") << definition;
  }
  EXPECT_EQ(done("ADD a TIMESTAMP NULL"), "+a=NULL");
}

TEST(Alterations, OtherColumns) {
  EXPECT_EQ(done("DROP a, DROP COLUMN IF EXISTS `b` CASCADE"), "-a -b");
  EXPECT_EQ(done("RENAME COLUMN a TO `b,c`, RENAME COLUMN d TO e"), "a>b,c d>e");
  EXPECT_EQ(done("CHANGE a b BIGINT NOT NULL DEFAULT 3"), "a>b ~b");
  EXPECT_EQ(done("CHANGE COLUMN a a BIGINT FIRST, MODIFY COLUMN b TEXT AFTER a"), "~a ~b");
  EXPECT_EQ(done("MODIFY a INT UNIQUE"), "~a unique");
  EXPECT_EQ(done("MODIFY id BIGINT NOT NULL AUTO_INCREMENT"), "~id");
  EXPECT_EQ(done("MODIFY a INT AS (b) STORED"), "~a values");
  EXPECT_EQ(done("DROP SYSTEM VERSIONING"), " values");
  EXPECT_EQ(done("DROP period, DROP COLUMN system"), "-period -system");
}

// All clauses mean the names before the statement, and are told one after the other.
TEST(Alterations, NamesAreThoseBeforeTheStatement) {
  EXPECT_EQ(done("ADD a INT DEFAULT 1, DROP a"), "-a +a=<1>");
  EXPECT_EQ(done("RENAME COLUMN a TO b, DROP b"), "-b a>b");
  EXPECT_EQ(done("ADD a INT, RENAME COLUMN a TO b"), "a>b +a=NULL");
  EXPECT_EQ(done("RENAME COLUMN a TO b, RENAME COLUMN c TO d"), "a>b c>d");
  EXPECT_EQ(done("CHANGE A a INT"), "A>a ~a");
}

// What a column holds cannot be told by its name then.
TEST(Alterations, ColumnsThatPassTheirNamesOn) {
  EXPECT_EQ(done("RENAME COLUMN a TO b, RENAME COLUMN b TO a"), "~b ~a values");
  EXPECT_EQ(done("CHANGE a B INT, CHANGE b C INT, CHANGE c A INT"), "~B ~C ~A ~B ~C ~A values");
  EXPECT_EQ(done("CHANGE a b INT, CHANGE b c INT"), "-a ~b ~c ~b +c=? values");
  EXPECT_EQ(done("RENAME COLUMN a TO b, RENAME COLUMN b TO c, DROP c"), "-c -a ~b +c=? values");
}

TEST(Alterations, NamesAsTheTableHasThem) {
  std::vector<ColumnChange> columns = {{ColumnChange::Kind::drop, "TOTAL", {}, {}},
                                       {ColumnChange::Kind::rename, "a", "Total", {}},
                                       {ColumnChange::Kind::modify, "gone", {}, {}},
                                       {ColumnChange::Kind::add, "A", {}, {}}};
  respell(columns, {"A", "a", "Total"});
  std::string names;
  for (const ColumnChange& change : columns) names += change.name + " ";
  EXPECT_EQ(names, "Total a gone A ");
}

// Names of columns are the same in any case: the dropped one may have either spelling.
TEST(Alterations, AColumnThatIsMadeAnewUnderAnotherSpelling) {
  EXPECT_EQ(done("DROP Total, ADD total INT DEFAULT 5"), "-Total -total +total=<5>");
  EXPECT_EQ(done("DROP total, ADD total INT DEFAULT 5"), "-total +total=<5>");
}

// Then the servers put something else where NULL was, and log nothing of it.
TEST(Alterations, NullThatIsForbiddenWithoutStrictMode) {
  constexpr std::uint64_t kStrictAllTables = 0x400000;
  for (const std::string_view clause :
       {"MODIFY a INT NOT NULL", "CHANGE a b INT NOT NULL DEFAULT 3", "MODIFY a INT PRIMARY KEY",
        "MODIFY a INT KEY", "ADD PRIMARY KEY (a)", "ADD CONSTRAINT PRIMARY KEY (a)"}) {
    EXPECT_THAT(done(clause, 0), ::testing::EndsWith(" values")) << clause;
    EXPECT_THAT(done(clause), ::testing::Not(::testing::HasSubstr("values"))) << clause;
    EXPECT_EQ(done(clause, kStrictAllTables), done(clause)) << clause;
  }
  for (const std::string_view clause :
       {"MODIFY a INT", "ADD a INT NOT NULL", "MODIFY a INT UNIQUE KEY", "ADD KEY (a)"}) {
    EXPECT_EQ(done(clause, 0), done(clause)) << clause;
  }
}

TEST(Alterations, TimestampsThatMariadbFillsInAnyMode) {
  const auto changes_values = [](std::string_view clause, bool mariadb) {
    const std::string sql = "ALTER TABLE t " + std::string(clause);
    return classify_statement(sql, "db", Query::kStrict, mariadb).alterations.changes_values;
  };
  for (const std::string_view clause :
       {"MODIFY a TIMESTAMP NOT NULL", "CHANGE a b TIMESTAMP(3) NOT NULL DEFAULT NOW(3)",
        "MODIFY a TIMESTAMP"}) {
    EXPECT_TRUE(changes_values(clause, true)) << clause;
    EXPECT_FALSE(changes_values(clause, false)) << clause;
  }
  EXPECT_FALSE(changes_values("MODIFY a TIMESTAMP NULL", true));
  EXPECT_FALSE(changes_values("MODIFY a DATETIME NOT NULL", true));
}

TEST(Alterations, NumbersAsTheServersWriteThem) {
  EXPECT_EQ(done("ADD a VARCHAR(9) DEFAULT 007, ADD b VARCHAR(9) DEFAULT -0"), "+a=<7> +b=<0>");
  EXPECT_EQ(done("ADD a VARCHAR(9) DEFAULT 00.50, ADD b VARCHAR(9) DEFAULT -0.0"),
            "+a=<0.50> +b=<0.0>");
  EXPECT_EQ(done("ADD a VARCHAR(9) DEFAULT '007'"), "+a=<007>");
}

TEST(Alterations, ClausesThatLeaveColumnsAlone) {
  for (const std::string_view clause :
       {"ENGINE=InnoDB",
        "COMMENT 'a, ADD b INT'",
        "ADD INDEX (a, b(3)), ADD KEY k (c)",
        "ADD FULLTEXT (a)",
        "ADD VECTOR INDEX (v)",
        "ADD PERIOD FOR SYSTEM_TIME (a, b)",
        "ADD CONSTRAINT c CHECK (a > 1)",
        "ADD FOREIGN KEY (a) REFERENCES u (id)",
        "DROP PRIMARY KEY, DROP INDEX i, DROP FOREIGN KEY f, DROP CONSTRAINT c, DROP CHECK c",
        "ALTER a SET DEFAULT 5, ALTER COLUMN b DROP DEFAULT, ALTER INDEX i INVISIBLE",
        "RENAME INDEX a TO b, RENAME KEY c TO d",
        "RENAME TO u",
        "AUTO_INCREMENT=7, ALGORITHM=COPY",
        "ORDER BY a, b",
        "DISABLE KEYS",
        "FORCE",
        "CONVERT TO CHARACTER SET utf8mb4 COLLATE x",
        "CONVERT TO CHARSET 'utf8mb4'",
        "DEFAULT CHARACTER SET latin1",
        "ROW_FORMAT=DYNAMIC",
        "PARTITION BY HASH (a) PARTITIONS 4",
        "REORGANIZE PARTITION p, q INTO (PARTITION r VALUES LESS THAN (9))",
        "REBUILD PARTITION p, q",
        "REMOVE PARTITIONING"}) {
    EXPECT_EQ(done(clause), "") << clause;
  }
  EXPECT_EQ(done("ENGINE = Blackhole"), " values");
  EXPECT_EQ(done("ENGINE 'BLACKHOLE'"), " values");
  EXPECT_EQ(done("COMMENT 'x' ENGINE=BLACKHOLE"), " values");
  EXPECT_EQ(done("ADD PRIMARY KEY (a)"), " unique");
  EXPECT_EQ(done("ADD CONSTRAINT `u` UNIQUE (a)"), " unique");
  EXPECT_EQ(done("CONVERT TO CHARACTER SET latin1"), " values");
  EXPECT_TRUE(
      classify_statement("ALTER IGNORE TABLE t ADD a INT", "db", 0).alterations.changes_values);
  EXPECT_TRUE(
      classify_statement("CREATE UNIQUE INDEX i ON t (a)", "db", 0).alterations.adds_unique);
  EXPECT_FALSE(classify_statement("CREATE INDEX i ON t (a)", "db", 0).alterations.adds_unique);
}

TEST(Alterations, ANewNameAloneAltersNothing) {
  const auto alters = [](const std::string& clauses) {
    return classify_statement("ALTER TABLE t " + clauses, "db", 0).alterations.alters;
  };
  EXPECT_FALSE(alters("RENAME TO u"));
  EXPECT_FALSE(alters("RENAME AS o.u"));
  EXPECT_TRUE(alters("RENAME INDEX a TO b"));
  EXPECT_TRUE(alters("RENAME COLUMN a TO b"));
  EXPECT_TRUE(alters("RENAME u, ADD INDEX (a)"));
}

TEST(Alterations, WhatIsNotUnderstoodIsUnknown) {
  EXPECT_EQ(done("FROBNICATE a"), "unknown");
  EXPECT_EQ(done("ADD a INT, FROBNICATE"), "unknown");
  EXPECT_EQ(done("ADD (a INT"), "unknown");
  EXPECT_EQ(done("ADD a INT)"), "unknown");
  EXPECT_EQ(done("RENAME COLUMN a b"), "unknown");
  EXPECT_EQ(done("DROP"), "unknown");
  EXPECT_EQ(done("ADD"), "unknown");
}

}  // namespace
}  // namespace tailrace::mysql
