#include "extractors/mysql/helper_table.h"

#include <gtest/gtest.h>

namespace tailrace::mysql {
namespace {

using Names = std::vector<std::string>;

Names bases(std::string_view table) {
  return parse_helper_name(table).bases;
}

TEST(HelperTable, NamesOfBothTools) {
  EXPECT_EQ(bases("_orders_gho"), Names{"orders"});
  EXPECT_EQ(bases("_orders_ghc"), Names{"orders"});
  EXPECT_EQ(bases("_orders_ghk"), Names{"orders"});
  EXPECT_EQ(bases("_orders_del"), Names{"orders"});
  EXPECT_EQ(bases("_orders_20240102030405_del"), (Names{"orders", "orders_20240102030405"}));
  EXPECT_EQ(bases("__orders_gho"), Names{"_orders"});
  EXPECT_EQ(bases("_orders_new"), Names{"orders"});
  EXPECT_EQ(bases("___orders_new"), (Names{"__orders", "_orders", "orders"}));
  EXPECT_EQ(bases("__orders_old"), (Names{"_orders", "orders"}));
}

TEST(HelperTable, OnlyTheNewTableTakesOver) {
  EXPECT_TRUE(parse_helper_name("_orders_gho").takes_over);
  EXPECT_TRUE(parse_helper_name("__orders_new").takes_over);
  for (const std::string_view name :
       {"_orders_ghc", "_orders_ghk", "_orders_del", "_orders_20240102030405_del", "_orders_old"}) {
    EXPECT_FALSE(parse_helper_name(name).takes_over) << name;
  }
}

TEST(HelperTable, OtherNames) {
  for (const std::string_view name : {"orders", "orders_gho", "orders_new", "orders_old", "_gho",
                                      "_new", "__new_", "", "_", "_orders_GHO"}) {
    EXPECT_EQ(bases(name), Names()) << name;
  }
  EXPECT_EQ(bases("_orders_2024_del"), Names{"orders_2024"});
  EXPECT_EQ(bases("__20240102030405_del"), Names{"_20240102030405"});
  // Underscores alone are no more than a name.
  EXPECT_EQ(bases("___new"), Names{"_"});
}

}  // namespace
}  // namespace tailrace::mysql
