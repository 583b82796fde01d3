#include "config/glob.h"

#include <gtest/gtest.h>

namespace tailrace {
namespace {

TEST(Glob, Matches) {
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("*", "anything"));
  EXPECT_TRUE(glob_matches("order_*", "order_lines"));
  EXPECT_TRUE(glob_matches("*_log", "a_log_log"));
  EXPECT_TRUE(glob_matches("a*b*c", "a-b-b-c"));
  EXPECT_TRUE(glob_matches("t?", "t1"));
  EXPECT_TRUE(glob_matches("t?", "t\xC3\xA4"));  // one character of two bytes
  EXPECT_FALSE(glob_matches("t?", "t"));
  EXPECT_FALSE(glob_matches("t?", "t12"));
  EXPECT_FALSE(glob_matches("Orders", "orders"));
  EXPECT_FALSE(glob_matches("", "x"));
  EXPECT_TRUE(glob_matches("", ""));
}

TEST(Glob, NoPatternIsSlow) {
  const std::string text(100'000, 'a');
  EXPECT_FALSE(glob_matches("*a*a*a*a*a*a*a*a*b", text));
}

TEST(TablePattern, DividesAtTheFirstDot) {
  const auto pattern = TablePattern::parse("shop.a.*");
  ASSERT_TRUE(pattern);
  EXPECT_TRUE(pattern->matches({"shop", "a.b"}));
  EXPECT_FALSE(pattern->matches({"shop", "b"}));
  EXPECT_FALSE(TablePattern::parse("shop"));
  EXPECT_FALSE(TablePattern::parse("shop."));
  EXPECT_FALSE(TablePattern::parse(".orders"));
}

TableFilter filter(std::vector<std::string> patterns) {
  auto result = TableFilter::parse(patterns);
  EXPECT_TRUE(result);
  return std::move(*result);
}

TEST(TableFilter, EmptySelectsEverything) {
  EXPECT_TRUE(filter({}).selects_all());
  EXPECT_TRUE(filter({}).matches({"shop", "orders"}));
}

TEST(TableFilter, ExclusionsTakeOut) {
  const TableFilter shop = filter({"!shop.tmp_*", "shop.*", "crm.users"});
  EXPECT_TRUE(shop.matches({"shop", "orders"}));
  EXPECT_TRUE(shop.matches({"crm", "users"}));
  EXPECT_FALSE(shop.matches({"shop", "tmp_1"}));
  EXPECT_FALSE(shop.matches({"crm", "orders"}));
  const TableFilter all_but = filter({"!shop.tmp_*"});
  EXPECT_TRUE(all_but.matches({"crm", "orders"}));
  EXPECT_FALSE(all_but.matches({"shop", "tmp_1"}));
}

TEST(TableFilter, NamesTheBadPattern) {
  const std::vector<std::string> patterns{"shop.*", "orders"};
  const auto refused = TableFilter::parse(patterns);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("\"orders\""), std::string::npos);
}

}  // namespace
}  // namespace tailrace
