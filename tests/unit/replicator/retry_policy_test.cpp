#include "replicator/retry_policy.h"

#include <gtest/gtest.h>

namespace tailrace {
namespace {

using namespace std::chrono_literals;

TEST(RetryPolicy, DecidesByKind) {
  EXPECT_EQ(verdict_on(ErrorKind::unreachable), Verdict::retry);
  EXPECT_EQ(verdict_on(ErrorKind::commit_in_doubt), Verdict::retry);
  EXPECT_EQ(verdict_on(ErrorKind::row_rejected), Verdict::block);
  EXPECT_EQ(verdict_on(ErrorKind::disk_full), Verdict::block);
  EXPECT_EQ(verdict_on(ErrorKind::fenced), Verdict::fail);
  EXPECT_EQ(verdict_on(ErrorKind::position_lost), Verdict::fail);
  EXPECT_EQ(verdict_on(ErrorKind::cancelled), Verdict::leave);
}

TEST(Backoff, DoublesWithJitterUpToItsLimit) {
  Backoff backoff({100ms, 30s, 60s}, 1);
  auto step = 100ms;
  for (int i = 0; i < 20; ++i) {
    const auto delay = backoff.next(Verdict::retry);
    EXPECT_GE(delay, step / 2);
    EXPECT_LE(delay, step);
    step = std::min<std::chrono::milliseconds>(step * 2, 30s);
  }
  EXPECT_EQ(backoff.next(Verdict::block), 60s);
  backoff.reset();
  EXPECT_LE(backoff.next(Verdict::retry), 100ms);
}

}  // namespace
}  // namespace tailrace
