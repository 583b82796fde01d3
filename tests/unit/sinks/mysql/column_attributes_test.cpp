#include "sinks/mysql/column_attributes.h"

#include <gtest/gtest.h>

#include "sinks/mysql/catalogue_details.h"

namespace tailrace::mysql {
namespace {

TEST(MySqlColumnAttributes, TakeThePlaceOfNoDefault) {
  EXPECT_EQ(with_attributes(" int DEFAULT NULL", {.default_value = "5"}), " int DEFAULT 5");
  EXPECT_EQ(with_attributes(" timestamp NULL DEFAULT NULL", {.on_update = "CURRENT_TIMESTAMP(0)"}),
            " timestamp NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP(0)");
  EXPECT_EQ(with_attributes(" bigint NOT NULL", {.auto_increment = true}),
            " bigint NOT NULL AUTO_INCREMENT");
  EXPECT_EQ(with_attributes(" enum(' DEFAULT NULL','b') NOT NULL", {.default_value = "'b'"}),
            " enum(' DEFAULT NULL','b') NOT NULL DEFAULT 'b'");
}

TEST(MySqlColumnAttributes, StandBeforeACondition) {
  EXPECT_EQ(with_attributes(" longtext DEFAULT NULL CHECK (json_valid(`j`))",
                            {.default_value = "('{}')", .comment = "'it''s'"}),
            " longtext DEFAULT ('{}') COMMENT 'it''s' CHECK (json_valid(`j`))");
}

// MODIFY names all that a column is to have: what it does not name is lost.
TEST(MySqlColumnTypes, AttributesStayWithAnotherType) {
  EXPECT_EQ(with_type(" int NOT NULL DEFAULT '5' COMMENT 'DEFAULT NULL'", "int", "BIGINT", true),
            " BIGINT NOT NULL DEFAULT '5' COMMENT 'DEFAULT NULL'");
  EXPECT_EQ(with_type(" int NOT NULL AUTO_INCREMENT", "int", "BIGINT", true),
            " BIGINT NOT NULL AUTO_INCREMENT");
  EXPECT_EQ(with_type(" datetime DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP", "datetime",
                      "DATETIME(6)", false),
            " DATETIME(6) NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP");
  EXPECT_EQ(with_type(" int DEFAULT NULL COMMENT 'c'", "int", "BIGINT", true),
            " BIGINT NOT NULL COMMENT 'c'");
  EXPECT_EQ(with_type(" varchar(5) NOT NULL DEFAULT 'it''s (' COMMENT 'c'", "varchar(5)",
                      "LONGTEXT", true),
            " LONGTEXT NOT NULL DEFAULT ('it''s (') COMMENT 'c'");
}

TEST(MySqlColumnTypes, OnlyWhatTheNewTypeCanHave) {
  EXPECT_EQ(with_type(" varchar(5) NOT NULL DEFAULT 'x' COMMENT 'c'", "varchar(5)", "INT", true),
            " INT NOT NULL COMMENT 'c'");
  EXPECT_EQ(with_type(" int NOT NULL AUTO_INCREMENT COMMENT 'c'", "int", "DECIMAL(12,2)", true),
            " DECIMAL(12,2) NOT NULL COMMENT 'c'");
  EXPECT_EQ(with_type(" int DEFAULT 7", "int", "DECIMAL(12,2)", false),
            " DECIMAL(12,2) NULL DEFAULT 7");
  EXPECT_EQ(with_type(" longtext DEFAULT NULL COMMENT 'c' CHECK (json_valid(`j`))", "longtext",
                      "INT", false),
            " INT NULL COMMENT 'c'");
}

TEST(MySqlColumnTypes, TheSameTypeKeepsItsCollation) {
  EXPECT_EQ(
      with_type(" varchar(5) COLLATE utf8mb4_bin DEFAULT 'x'", "varchar(5)", "varchar(5)", true),
      " varchar(5) COLLATE utf8mb4_bin NOT NULL DEFAULT 'x'");
  EXPECT_EQ(with_type(" timestamp NULL DEFAULT NULL", "timestamp", "timestamp", false),
            " timestamp NULL DEFAULT NULL");
  EXPECT_EQ(
      with_type(" enum('a NOT NULL') NOT NULL", "enum('a NOT NULL')", "enum('a NOT NULL')", false),
      " enum('a NOT NULL') NULL");
  EXPECT_EQ(with_type(" int", "int", "INT", false), " INT NULL");
}

TEST(MySqlColumnAttributes, QuotesHideWhatIsInside) {
  EXPECT_EQ(find_unquoted("'a\\' b' b", " b"), 7U);
  EXPECT_EQ(find_unquoted("`a b` 'c b'", " b"), std::string::npos);
}

TEST(MySqlColumnAttributes, ACommentIsTakenOutWhole) {
  EXPECT_EQ(without_comment(" int NOT NULL"), " int NOT NULL");
  EXPECT_EQ(without_comment(" int DEFAULT '1 COMMENT ''x' COMMENT 'it''s \\\\' CHECK (`a` > 1)"),
            " int DEFAULT '1 COMMENT ''x' CHECK (`a` > 1)");
  EXPECT_EQ(without_comment(" text COMMENT 'last'"), " text");
}

TEST(MySqlColumnDefinitions, AreFoundByName) {
  const auto found = column_definitions(
      "CREATE TABLE `t` (\n  `id` bigint NOT NULL,\n  `a``b` varchar(5) DEFAULT 'x,',\n"
      "  PRIMARY KEY (`id`),\n  KEY `k` (`a``b`)\n) ENGINE=InnoDB");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found.at("id"), " bigint NOT NULL");
  EXPECT_EQ(found.at("a`b"), " varchar(5) DEFAULT 'x,'");
}

}  // namespace
}  // namespace tailrace::mysql
