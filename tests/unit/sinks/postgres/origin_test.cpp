#include "sinks/postgres/origin.h"

#include <gtest/gtest.h>

#include "sinks/postgres/options.h"

namespace tailrace::postgres {
namespace {

TEST(PostgresOrigin, PositionsThatBeginWithAnLsn) {
  EXPECT_EQ(lsn_of({"0/16B3748@1"}), "0/16B3748");
  EXPECT_EQ(lsn_of({"FF/00000010"}), "FF/00000010");
  for (const char* other : {"", "binlog.000003:4567", "0-1-100", "/1", "1/", "1/2/3", "x/1",
                            "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5", "123456789/1"}) {
    EXPECT_EQ(lsn_of({other}), "0/0") << other;
  }
}

TEST(PostgresOrigin, NamesFit) {
  EXPECT_EQ(Origin::name_for("accounts", "mail"), "tailrace_accounts_mail");
  const std::string one = Origin::name_for(std::string(600, 'p'), "a");
  EXPECT_EQ(one.size(), 512U);
  EXPECT_NE(one, Origin::name_for(std::string(600, 'p'), "b"));
}

TEST(PostgresOrigin, OptionOfTheUrl) {
  const auto mode = [](const std::string& query) {
    auto url = Url::parse("postgresql://u@h/d" + query);
    return TargetOptions::from_url(*url);
  };
  EXPECT_EQ(mode("")->origin, OriginMode::automatic);
  EXPECT_EQ(mode("?origin=on")->origin, OriginMode::on);
  EXPECT_EQ(mode("?origin=off&schema=x")->origin, OriginMode::off);
  EXPECT_EQ(mode("?origin=maybe").error().kind(), ErrorKind::invalid_config);
}

}  // namespace
}  // namespace tailrace::postgres
