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

TEST(MySqlColumnAttributes, QuotesHideWhatIsInside) {
  EXPECT_EQ(find_unquoted("'a\\' b' b", " b"), 7U);
  EXPECT_EQ(find_unquoted("`a b` 'c b'", " b"), std::string::npos);
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
