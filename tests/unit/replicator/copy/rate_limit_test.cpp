#include "replicator/copy/rate_limit.h"

#include <thread>

#include <gtest/gtest.h>

namespace tailrace {
namespace {

using namespace std::chrono_literals;

TEST(RateLimit, WorkersTogetherGetWhatIsAllowed) {
  RateLimit limit(1000, 0);
  const RateLimit::Clock::time_point start{1h};
  EXPECT_EQ(limit.book(100, 1 << 30, start), start) << "a moment's worth is free";
  EXPECT_EQ(limit.book(500, 0, start), start + 500ms);
  EXPECT_EQ(limit.book(500, 0, start), start + 1s);
  EXPECT_EQ(limit.book(1000, 0, start + 1s), start + 2s);
}

TEST(RateLimit, AnIdleTimeIsNotSavedUp) {
  RateLimit limit(0, 1000);
  const RateLimit::Clock::time_point start{1h};
  EXPECT_EQ(limit.book(0, 100, start), start);
  EXPECT_EQ(limit.book(0, 1100, start + 1h), start + 1h + 1s);
}

TEST(RateLimit, WithoutLimitNobodyWaits) {
  RateLimit limit(0, 0);
  const RateLimit::Clock::time_point start{1h};
  EXPECT_EQ(limit.book(1 << 30, 1 << 30, start), start);
}

TEST(RateLimit, ASleepEndsOnStop) {
  RateLimit limit(1, 0);
  std::stop_source stop;
  std::jthread sleeper([&] { limit.pay(1'000'000, 0, stop.get_token()); });
  stop.request_stop();
  sleeper.join();  // hangs otherwise
}

}  // namespace
}  // namespace tailrace
