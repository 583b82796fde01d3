#include "extractors/mysql/helper_table.h"

#include <gtest/gtest.h>

namespace tailrace::mysql {
namespace {

using Names = std::vector<std::string>;

TEST(HelperTable, NamesOfBothTools) {
  EXPECT_EQ(bases_of_helper("_orders_gho"), Names{"orders"});
  EXPECT_EQ(bases_of_helper("_orders_ghc"), Names{"orders"});
  EXPECT_EQ(bases_of_helper("_orders_ghk"), Names{"orders"});
  EXPECT_EQ(bases_of_helper("__orders_gho"), Names{"_orders"});
  EXPECT_EQ(bases_of_helper("_orders_new"), Names{"orders"});
  EXPECT_EQ(bases_of_helper("___orders_new"), (Names{"__orders", "_orders", "orders"}));
}

TEST(HelperTable, OtherNames) {
  for (const std::string_view name :
       {"orders", "orders_gho", "orders_new", "_orders_old", "_orders_del",
        "_orders_20240102030405_del", "_gho", "_new", "__new_", "", "_", "_orders_GHO"}) {
    EXPECT_EQ(bases_of_helper(name), Names()) << name;
  }
  // Underscores alone are no more than a name.
  EXPECT_EQ(bases_of_helper("___new"), Names{"_"});
}

}  // namespace
}  // namespace tailrace::mysql
