#include "extractors/mysql/mariadb_gtid.h"

#include <gtest/gtest.h>

namespace tailrace::mysql {
namespace {

MariadbPosition position_of(std::string_view text) {
  auto position = MariadbPosition::parse(text);
  EXPECT_TRUE(position) << text;
  return position ? *position : MariadbPosition();
}

TEST(MariadbPosition, ParsesAndPrints) {
  EXPECT_EQ(position_of("").to_string(), "");
  EXPECT_EQ(position_of("1-7-3, 0-1-100").to_string(), "0-1-100,1-7-3");
  EXPECT_EQ(position_of("4294967295-4294967295-18446744073709551615").to_string(),
            "4294967295-4294967295-18446744073709551615");
  for (const std::string_view text : {"0-1", "0-1-", "a", "0-1-1-1", "-1-1-1", "4294967296-1-1"}) {
    EXPECT_FALSE(MariadbPosition::parse(text)) << text;
  }
}

TEST(MariadbPosition, AdvancesWithinADomainWhateverTheServer) {
  MariadbPosition position = position_of("0-1-100");
  position.advance({0, 2, 101});
  position.advance({5, 1, 1});
  EXPECT_EQ(position.to_string(), "0-2-101,5-1-1");
  EXPECT_TRUE(position.contains({0, 1, 100}));
  EXPECT_FALSE(position.contains({0, 1, 102}));
  EXPECT_FALSE(position.contains({1, 1, 1}));
}

TEST(MariadbPosition, OrderAndMeet) {
  const MariadbPosition left = position_of("0-1-100,1-1-5");
  const MariadbPosition right = position_of("0-2-90,1-1-7,2-1-1");
  EXPECT_EQ(left <=> right, std::partial_ordering::unordered);
  EXPECT_EQ(left.meet(right).to_string(), "0-2-90,1-1-5");
  EXPECT_EQ(left.meet(right) <=> left, std::partial_ordering::less);
  EXPECT_EQ(right <=> left.meet(right), std::partial_ordering::greater);
  EXPECT_EQ(left <=> left, std::partial_ordering::equivalent);
  EXPECT_EQ(MariadbPosition() <=> left, std::partial_ordering::less);
}

}  // namespace
}  // namespace tailrace::mysql
