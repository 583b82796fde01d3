#include "sinks/sqlite/table_text.h"

#include <gtest/gtest.h>

namespace tailrace::sqlite {
namespace {

TableText parsed(std::string_view sql) {
  auto text = TableText::parse(sql);
  EXPECT_TRUE(text) << sql;
  return text ? *std::move(text) : TableText();
}

TEST(TableText, IsWrittenAsItWas) {
  EXPECT_EQ(parsed("CREATE TABLE t(a INT, b TEXT CHECK (b IN ('x,', \")\")), UNIQUE (a, b)) STRICT")
                .statement("\"n\""),
            "CREATE TABLE \"n\" (a INT, b TEXT CHECK (b IN ('x,', \")\")), UNIQUE (a, b)) STRICT");
  EXPECT_FALSE(TableText::parse("CREATE VIRTUAL TABLE t USING fts5(a)"));
  EXPECT_FALSE(TableText::parse("CREATE VIEW v AS SELECT 1"));
}

TEST(TableText, Types) {
  TableText text = parsed("CREATE TABLE t (\"a\" INTEGER NOT NULL DEFAULT 5, b DECIMAL(10, 2), c)");
  EXPECT_TRUE(text.set_type("A", "TEXT"));
  EXPECT_TRUE(text.set_type("b", "BLOB"));
  EXPECT_TRUE(text.set_type("c", "ANY"));
  EXPECT_FALSE(text.set_type("d", "ANY"));
  EXPECT_EQ(text.statement("n"), "CREATE TABLE n (\"a\" TEXT NOT NULL DEFAULT 5, b BLOB, c ANY)");
}

TEST(TableText, Nullability) {
  TableText text = parsed(
      "CREATE TABLE t (a INTEGER CONSTRAINT needed NOT NULL ON CONFLICT ABORT CHECK (a NOT NULL), "
      "b TEXT DEFAULT NULL, [not null] TEXT)");
  EXPECT_TRUE(text.set_not_null("a", false));
  EXPECT_TRUE(text.set_not_null("b", true));
  EXPECT_TRUE(text.set_not_null("not null", false));
  EXPECT_EQ(text.statement("n"),
            "CREATE TABLE n (a INTEGER CHECK (a NOT NULL), b TEXT NOT NULL DEFAULT NULL, "
            "[not null] TEXT)");
  EXPECT_TRUE(text.set_not_null("b", true));
  EXPECT_EQ(text.statement("n").find("NOT NULL NOT NULL"), std::string::npos);
}

TEST(TableText, ADroppedColumnTakesItsKeysAlong) {
  TableText text = parsed(
      "CREATE TABLE t (a INT, b INT, -- the second, not the third\n c INT, UNIQUE (a, b), "
      "CONSTRAINT k UNIQUE (c), CHECK (a > 0))");
  EXPECT_TRUE(text.drop_column("B"));
  EXPECT_FALSE(text.drop_column("b"));
  const std::string statement = text.statement("n");
  EXPECT_EQ(statement.find("UNIQUE (a"), std::string::npos) << statement;
  EXPECT_NE(statement.find("CONSTRAINT k UNIQUE (c)"), std::string::npos) << statement;
  EXPECT_NE(statement.find("CHECK (a > 0)"), std::string::npos) << statement;
}

// They could not be made again, and would keep the table from being made.
TEST(TableText, ADroppedColumnTakesItsConditionsAlong) {
  TableText text = parsed(
      "CREATE TABLE t (a INT CHECK (a > 'b') CONSTRAINT c CHECK (a < b) NOT NULL, b INT, c INT, "
      "CHECK (c > b(a)), CONSTRAINT d CHECK (\"B\" + 1 > 0), FOREIGN KEY (c, b) REFERENCES p (x, "
      "y), "
      "FOREIGN KEY (c) REFERENCES p (b))");
  EXPECT_TRUE(text.drop_column("b"));
  EXPECT_EQ(text.statement("n"),
            "CREATE TABLE n (a INT CHECK (a > 'b') NOT NULL, c INT, CHECK (c > b(a)), "
            "FOREIGN KEY (c) REFERENCES p (b))");
}

TEST(TableText, WhatIsComputedFromAColumn) {
  const TableText text = parsed(
      "CREATE TABLE t (a INT, b TEXT, g INT GENERATED ALWAYS AS (a + 1) STORED, h AS (b || 'a'))");
  EXPECT_EQ(text.computed_from("A"), (std::vector<std::string>{"g"}));
  EXPECT_EQ(text.computed_from("b"), (std::vector<std::string>{"h"}));
  EXPECT_EQ(text.type_of("b"), "TEXT");
  EXPECT_FALSE(text.counts());
  EXPECT_TRUE(parsed("CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b)").counts());
}

TEST(TableText, IndexesThatNameAColumn) {
  EXPECT_TRUE(TableText::index_names("CREATE INDEX i ON t (lower(a))", "a"));
  EXPECT_TRUE(TableText::index_names("CREATE UNIQUE INDEX i ON t (b) WHERE a > 0", "a"));
  EXPECT_FALSE(TableText::index_names("CREATE INDEX a ON t (b) WHERE b <> 'a'", "a"));
  EXPECT_FALSE(TableText::index_names("CREATE TRIGGER i AFTER INSERT ON t (a)", "a"));
}

TEST(TableText, Keys) {
  const std::vector<std::string> two = {"b", "a"};
  TableText text = parsed("CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT) STRICT");
  text.set_key(two);
  EXPECT_EQ(text.statement("n"),
            "CREATE TABLE n (a INTEGER NOT NULL, b TEXT NOT NULL, PRIMARY KEY (\"b\", \"a\")) "
            "STRICT");
  text.set_key({});
  EXPECT_EQ(text.statement("n"), "CREATE TABLE n (a INTEGER NOT NULL, b TEXT NOT NULL) STRICT");
  text = parsed("CREATE TABLE t (a INT, CONSTRAINT p PRIMARY KEY (a), UNIQUE (a)) WITHOUT ROWID");
  text.set_key({});
  EXPECT_EQ(text.statement("n"), "CREATE TABLE n (a INT, UNIQUE (a))");
}

}  // namespace
}  // namespace tailrace::sqlite
