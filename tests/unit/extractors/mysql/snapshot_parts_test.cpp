// The pure parts of the copy: what is selected, how it is read, what defaults mean.

#include <gtest/gtest.h>

#include "extractors/mysql/default_text.h"
#include "extractors/mysql/expected_table_map.h"
#include "extractors/mysql/snapshot.h"
#include "extractors/mysql/table_details_reader.h"
#include "extractors/mysql/text_column.h"
#include "extractors/mysql/visibility.h"

namespace tailrace::mysql {
namespace {

using namespace std::string_literals;

struct Planned {
  ExpectedTable table;
  TextColumn column;
};

// One column `v` of that type.
Planned plan(const std::string& column_type, const std::string& charset = "") {
  CatalogueColumn column;
  column.name = "v";
  column.column_type = column_type;
  column.data_type = column_type.substr(0, column_type.find_first_of("( "));
  column.charset = charset;
  auto table = expect_table({.name = {"s", "t"}, .columns = {column}, .key_index = ""}, true);
  EXPECT_TRUE(table) << table.error().to_string();
  Planned planned{std::move(*table), {}};
  auto how = plan_column(planned.table.map.columns[0], planned.table.schema->columns[0]);
  EXPECT_TRUE(how);
  planned.column = plan_text_column(*how, planned.table.schema->columns[0]);
  return planned;
}

std::string read(const Planned& planned, std::string_view cell) {
  TextValueReader reader;
  ByteWriter out;
  const ReadOutcome outcome = reader.read(planned.column, cell, out);
  if (outcome == ReadOutcome::bad_text) return "bad text at " + std::to_string(reader.bad_offset());
  return outcome == ReadOutcome::good ? std::string(out.text()) : "bad value";
}

TEST(TextColumn, TheErrorValueIsNotTheEmptyLabel) {
  EXPECT_EQ(read(plan("enum('a','')", "utf8mb4"), "2"), "");
  EXPECT_EQ(read(plan("enum('a','')", "utf8mb4"), "0"), "\0"s);
  EXPECT_EQ(read(plan("enum('a')", "utf8mb4"), "0"), "");
  // Labels that the catalogue may not show whole are read as text.
  const Planned hidden = plan("enum('a?','')", "utf8mb4");
  EXPECT_EQ(hidden.column.expression, "IF(`v` + 0 = 0, X'00', CAST(`v` AS BINARY))");
  EXPECT_EQ(read(hidden, ""), "");
  EXPECT_EQ(read(hidden, "a?"), "a?");
  EXPECT_EQ(read(hidden, "\0"s), "\0"s);
  EXPECT_EQ(plan("enum('a?')", "utf8mb4").column.expression, "`v`");
}

TEST(TextColumn, Numbers) {
  EXPECT_EQ(read(plan("int(5) unsigned zerofill"), "00042"), "42");
  EXPECT_EQ(read(plan("decimal(8,2) unsigned zerofill"), "000007.50"), "7.50");
  EXPECT_EQ(read(plan("decimal(2,2)"), "0.50"), "0.50");
  EXPECT_EQ(read(plan("year(4)"), "0000"), "0");
  EXPECT_EQ(read(plan("int(11)"), "-7"), "-7");
  EXPECT_EQ(read(plan("int(11)"), ""), "bad value");
  EXPECT_EQ(plan("float").column.expression, "`v` * 1e0");
  EXPECT_EQ(read(plan("float"), "0.10000000149011612"), "0.1");
  EXPECT_EQ(read(plan("float"), "-0"), "-0");
  EXPECT_EQ(read(plan("double"), "1e15"), "1e+15");
  EXPECT_EQ(read(plan("double"), "1,5"), "bad value");
  EXPECT_EQ(read(plan("bit(10)"), "\x02\x01"), "1000000001");
  EXPECT_EQ(read(plan("bit(10)"), "\x01"), "bad value");
}

TEST(TextColumn, TextGoesThroughOurOwnTables) {
  EXPECT_EQ(read(plan("varchar(5)", "latin1"), "\x80\x81"), "€\xC2\x81");
  EXPECT_EQ(read(plan("varchar(5)", "utf8mb4"), "a\xFF"), "bad text at 1");
  EXPECT_EQ(read(plan("varchar(5)", "utf16"), "\0a"s), "a");
  EXPECT_EQ(read(plan("varchar(5) /*M!100301 COMPRESSED*/", "latin1"), "\xE4"), "ä");
}

TEST(TextColumn, Labels) {
  const Planned choice = plan("enum('a','b')", "utf8mb4");
  EXPECT_EQ(choice.column.expression, "CAST(`v` AS UNSIGNED)");
  EXPECT_EQ(read(choice, "2"), "b");
  EXPECT_EQ(read(choice, "0"), "");
  EXPECT_EQ(read(choice, "3"), "bad value");
  const Planned members = plan("set('a','b','c')", "utf8mb4");
  EXPECT_EQ(read(members, "5"), "a,c");
  EXPECT_EQ(read(members, "8"), "bad value");
}

// A question mark may stand for a character that information_schema does not show.
TEST(TextColumn, LabelsThatMayBeHidden) {
  const Planned choice = plan("enum('why?','?')", "utf8mb4");
  EXPECT_EQ(choice.column.expression, "`v`");
  EXPECT_EQ(read(choice, "why?"), "why?");
  EXPECT_EQ(read(choice, ""), "");
  EXPECT_EQ(read(choice, "😀"), "bad value");
  const Planned members = plan("set('?','b')", "utf8mb4");
  EXPECT_EQ(read(members, "?,b"), "?,b");
  EXPECT_EQ(read(members, "😀,b"), "bad value");
}

TEST(ExpectedTableMap, UnknownTypesAreNamed) {
  CatalogueColumn column;
  column.name = "v";
  column.data_type = column.column_type = "hologram";
  const auto table = expect_table({.name = {"s", "t"}, .columns = {column}, .key_index = ""}, true);
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind(), ErrorKind::unsupported_protocol);
  EXPECT_NE(table.error().to_string().find("\"v\""), std::string::npos);
}

std::string default_of(std::optional<std::string_view> text, bool mariadb,
                       LogicalType type = LogicalType::string, std::string_view extra = "") {
  Column column;
  column.type = type;
  const DefaultText written{text, extra, mariadb};
  switch (classify_default(written, column)) {
    case DefaultWritten::none:
      return "none";
    case DefaultWritten::literal:
      return "literal";
    case DefaultWritten::current_timestamp:
      return "now";
    case DefaultWritten::expression:
      return default_expression(written);
  }
  return "?";
}

TEST(DefaultText, MariadbWritesSql) {
  for (const char* literal : {"'NULL'", "''", "'it''s \\\\ \\''", "5", "-1.5", "b'101'", "x'00'"}) {
    EXPECT_EQ(default_of(literal, true), "literal") << literal;
  }
  for (const char* expression : {"concat('a','b')", "'a' + 'b'", "(1 + 2)", "'open", "uuid()"}) {
    EXPECT_EQ(default_of(expression, true), expression);
  }
  EXPECT_EQ(default_of("NULL", true), "none");
  EXPECT_EQ(default_of(std::nullopt, true), "none");
  EXPECT_EQ(default_of("current_timestamp(3)", true, LogicalType::timestamp), "now");
  EXPECT_EQ(default_of("current_timestamp()", true), "current_timestamp()");
}

TEST(DefaultText, MysqlWritesValues) {
  EXPECT_EQ(default_of("NULL", false), "literal");
  EXPECT_EQ(default_of(std::nullopt, false), "none");
  EXPECT_EQ(default_of("it's", false), "literal");
  EXPECT_EQ(default_of("concat(_utf8mb4\\'it\\\\\\'s\\')", false, LogicalType::string,
                       "DEFAULT_GENERATED"),
            "concat(_utf8mb4'it\\'s')");
  EXPECT_EQ(default_of("CURRENT_TIMESTAMP", false, LogicalType::timestamp, "DEFAULT_GENERATED"),
            "now");
  EXPECT_EQ(default_of("CURRENT_TIMESTAMP", false, LogicalType::timestamptz), "now");  // 5.7
}

TEST(IndexDefinition, TheLineOfTheIndex) {
  constexpr std::string_view kCreate =
      "CREATE TABLE `t` (\n  `KEY a (` int,\n  PRIMARY KEY (`id`),\n  KEY `a` (`x`),\n"
      "  FULLTEXT KEY `f` (`b`) /*!50100 WITH PARSER `ngram` */ ,\n  UNIQUE KEY `u``n` "
      "((lower(`v`)))\n"
      ") ENGINE=InnoDB";
  EXPECT_EQ(index_definition(kCreate, "a"), "KEY `a` (`x`)");
  EXPECT_EQ(index_definition(kCreate, "u`n"), "UNIQUE KEY `u``n` ((lower(`v`)))");
  EXPECT_EQ(index_definition(kCreate, "f"),
            "FULLTEXT KEY `f` (`b`) /*!50100 WITH PARSER `ngram` */");
  EXPECT_EQ(index_definition(kCreate, "none"), "");
}

TEST(ForeignKeyDefinition, Rules) {
  constexpr std::string_view kCreate =
      "CREATE TABLE `t` (\n  CONSTRAINT `f` FOREIGN KEY (`a`) REFERENCES `p ON DELETE CASCADE` "
      "(`b`) "
      "ON UPDATE SET NULL,\n  CONSTRAINT `g` FOREIGN KEY (`a`) REFERENCES `p` (`b`) ON DELETE "
      "CASCADE ON UPDATE NO ACTION\n)";
  const std::string first = foreign_key_definition(kCreate, "f");
  EXPECT_EQ(rule_of(first, " ON DELETE "), "NO ACTION");
  EXPECT_EQ(rule_of(first, " ON UPDATE "), "SET NULL");
  EXPECT_EQ(rule_of(foreign_key_definition(kCreate, "g"), " ON DELETE "), "CASCADE");
  EXPECT_EQ(foreign_key_definition(kCreate, "h"), "");
}

TEST(OwnedGtids, WithTheirThreads) {
  using Set = std::set<std::string>;
  EXPECT_EQ(owned_gtids(""), Set());
  EXPECT_EQ(owned_gtids("3e11fa47-71ca-11e1-9e33-c80aa9429562:5#31:6#32,\n"
                        "4e11fa47-71ca-11e1-9e33-c80aa9429562:tag:7#33"),
            (Set{"3e11fa47-71ca-11e1-9e33-c80aa9429562:5", "3e11fa47-71ca-11e1-9e33-c80aa9429562:6",
                 "4e11fa47-71ca-11e1-9e33-c80aa9429562:tag:7"}));
}

TEST(NamedTable, OnlyWithoutWildcards) {
  EXPECT_EQ(named_table("shop.orders"), (TableName{"shop", "orders"}));
  EXPECT_FALSE(named_table("shop.*"));
  EXPECT_FALSE(named_table("sh?p.orders"));
  EXPECT_FALSE(named_table("!shop.orders"));
}

}  // namespace
}  // namespace tailrace::mysql
