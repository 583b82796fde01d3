#include "config/capture_filter.h"

#include <array>

#include <gtest/gtest.h>

namespace tailrace {
namespace {

constexpr std::array<std::string_view, 5> kReserved = {"mysql", "sys", "information_schema",
                                                       "performance_schema", "tailrace"};

CaptureFilter filter(const std::vector<std::string>& patterns) {
  return CaptureFilter::create(patterns, kReserved).value();
}

TEST(CaptureFilter, MatchesBothPartsOfThePattern) {
  const CaptureFilter shop = filter({"shop.*", "crm.cust?mer"});
  EXPECT_TRUE(shop.captures("shop", "orders"));
  EXPECT_TRUE(shop.captures("crm", "customer"));
  EXPECT_FALSE(shop.captures("crm", "customers"));
  EXPECT_FALSE(shop.captures("shop2", "orders"));
  EXPECT_TRUE(shop.captures_schema("crm"));
  EXPECT_FALSE(shop.captures_schema("other"));
}

TEST(CaptureFilter, ReservedSchemasNeedTheirName) {
  const CaptureFilter all = filter({});
  for (const char* schema :
       {"mysql", "sys", "information_schema", "performance_schema", "tailrace", "MySQL"}) {
    EXPECT_FALSE(all.captures(schema, "t")) << schema;
    EXPECT_FALSE(all.captures_schema(schema)) << schema;
  }
  EXPECT_TRUE(all.captures("shop", "orders"));
  EXPECT_FALSE(filter({"my*.user"}).captures("mysql", "user"));
  EXPECT_TRUE(filter({"mysql.user"}).captures("mysql", "user"));
}

TEST(CaptureFilter, TakesTablesOutAgain) {
  const CaptureFilter shop = filter({"shop.*", "!shop.log_*"});
  EXPECT_TRUE(shop.captures("shop", "orders"));
  EXPECT_FALSE(shop.captures("shop", "log_2024"));
  EXPECT_TRUE(filter({"!shop.log"}).captures("crm", "log"));
}

TEST(CaptureFilter, IgnoresCaseWhereTheServerDoes) {
  CaptureFilter shop = filter({"Shop.Orders"});
  EXPECT_FALSE(shop.captures("shop", "orders"));
  shop.ignore_case(true);
  EXPECT_TRUE(shop.captures("shop", "orders"));
}

TEST(CaptureFilter, RefusesAPatternWithoutTable) {
  EXPECT_EQ(CaptureFilter::create({"shop"}, kReserved).error().kind(), ErrorKind::invalid_config);
}

}  // namespace
}  // namespace tailrace
