#include "extractors/mysql/name_case.h"

#include <gtest/gtest.h>

namespace tailrace::mysql {
namespace {

TEST(NameCase, LettersAsTheServersKeepThem) {
  EXPECT_EQ(lower_case_name("Order_Lines2"), "order_lines2");
  EXPECT_EQ(lower_case_name("ÜBERSICHT ß ÅÉ"), "übersicht ß åé");
  EXPECT_EQ(lower_case_name("ЗАКАЗЫ ΣΑΣ Ĳ"), "заказы σασ ĳ");
  EXPECT_EQ(lower_case_name("表 ！Ａ"), "表 ！Ａ");
  EXPECT_EQ(lower_case_name("torn \xC3"), "torn \xC3");
}

TEST(NameCase, AllNamesOfAStatement) {
  Statement renamed = classify_statement("RENAME TABLE A TO `B`, Shop.C TO d", "Shop", 0);
  lower_case_names(renamed);
  const std::vector<TableName> expected = {
      {"shop", "a"}, {"shop", "b"}, {"shop", "c"}, {"shop", "d"}};
  EXPECT_EQ(renamed.tables, expected);
  Statement dropped = classify_statement("DROP DATABASE Shop", "", 0);
  lower_case_names(dropped);
  EXPECT_EQ(dropped.identifier, "shop");
}

}  // namespace
}  // namespace tailrace::mysql
