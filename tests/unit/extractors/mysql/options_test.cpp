#include "extractors/mysql/options.h"

#include <gtest/gtest.h>

namespace tailrace::mysql {
namespace {

// Servers know a pipeline by these: they must be the same in every version of tailrace.
TEST(Options, DerivedIdentityIsStable) {
  EXPECT_EQ(derived_server_id("accounts"), derived_server_id("accounts"));
  EXPECT_NE(derived_server_id("accounts"), derived_server_id("account"));
  EXPECT_GE(derived_server_id("accounts"), 0x80000000U);
  EXPECT_EQ(derived_server_id("accounts"), 3754390767U);
  EXPECT_EQ(derived_replica_uuid("accounts"), "75c5cc45-96f4-83da-9aa7-ff00b1fcc83f");
}

TEST(Options, GivenServerIdWins) {
  MySqlSourceOptions options;
  options.pipeline = "accounts";
  EXPECT_EQ(effective_server_id(options), derived_server_id("accounts"));
  options.server_id = 77;
  EXPECT_EQ(effective_server_id(options), 77U);
}

}  // namespace
}  // namespace tailrace::mysql
