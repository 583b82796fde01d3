#include "core/secret.h"

#include <sstream>

#include <gtest/gtest.h>

namespace tailrace {
namespace {

TEST(Secret, PrintsStarsEverywhere) {
  const Secret secret("swordfish");
  std::ostringstream out;
  out << secret;
  EXPECT_EQ(out.str(), "***");
  EXPECT_EQ(fmt::format("password={}", secret), "password=***");
  EXPECT_EQ(to_string(secret), "***");
}

TEST(Secret, IsRevealedOnRequestOnly) {
  const Secret secret("swordfish");
  EXPECT_EQ(secret.reveal(), "swordfish");
  EXPECT_FALSE(secret.empty());
  EXPECT_TRUE(Secret().empty());
}

TEST(Secret, LeavesNothingBehindWhenMoved) {
  Secret from("swordfish");
  const Secret to(std::move(from));
  EXPECT_EQ(to.reveal(), "swordfish");
  EXPECT_TRUE(from.empty());  // NOLINT: that is the point
}

}  // namespace
}  // namespace tailrace
