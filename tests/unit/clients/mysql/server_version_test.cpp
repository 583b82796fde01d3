#include "clients/mysql/server_version.h"

#include <gtest/gtest.h>

namespace tailrace::mysql {
namespace {

TEST(ServerVersion, TellsTheFlavourByTheTextAlone) {
  EXPECT_EQ(ServerVersion::parse("9.7.4-2").to_string(), "MySQL 9.7.4");
  EXPECT_EQ(ServerVersion::parse("10.11.19-MariaDB-0+deb12u1-log").to_string(), "MariaDB 10.11.19");
  EXPECT_EQ(ServerVersion::parse("26.7.0").to_string(), "MySQL 26.7.0");
  EXPECT_EQ(ServerVersion::parse("11.4.2", "mariadb.org binary distribution").to_string(),
            "MariaDB 11.4.2");
  EXPECT_EQ(ServerVersion::parse("5.5.5-10.6.1-MariaDB").to_string(), "MariaDB 10.6.1");
}

TEST(ServerVersion, ComparesNumbers) {
  const ServerVersion version = ServerVersion::parse("8.0.26-log");
  EXPECT_TRUE(version.at_least(8, 0, 26));
  EXPECT_TRUE(version.at_least(5, 7, 99));
  EXPECT_FALSE(version.at_least(8, 0, 27));
  EXPECT_FALSE(version.at_least(10, 0));
}

}  // namespace
}  // namespace tailrace::mysql
