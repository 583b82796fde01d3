#include "tests/support/server_url.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace tailrace::testing {
namespace {

TEST(ServerUrl, TakesPartsAndPutsThemTogetherAgain) {
  const std::string text = "mysql://cdc:p%40ss%2Fword@db1:3307/shop";
  const ServerUrl url = parse_url(text);
  EXPECT_EQ(url.user, "cdc");
  EXPECT_EQ(url.password, "p@ss/word");
  EXPECT_EQ(url.host, "db1");
  EXPECT_EQ(url.port, 3307);
  EXPECT_EQ(url.database, "shop");
  EXPECT_EQ(to_string(url), text);
}

TEST(ServerUrl, FillsInTheUsualPort) {
  EXPECT_EQ(parse_url("postgresql://postgres@host").port, 5432);
  EXPECT_EQ(parse_url("mariadb://host/").port, 3306);
}

TEST(ServerUrl, RefusesWhatItDoesNotUnderstand) {
  for (const char* bad : {"", "host", "mysql://", "mysql://host:port", "mysql://a%zz@host"}) {
    EXPECT_THROW(parse_url(bad), std::invalid_argument) << bad;
  }
}

}  // namespace
}  // namespace tailrace::testing
