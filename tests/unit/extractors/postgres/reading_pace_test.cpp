#include "extractors/postgres/reading_pace.h"

#include <gtest/gtest.h>

namespace tailrace::postgres {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

class ReadingPaceTest : public ::testing::Test {
 protected:
  // Nothing more is at hand after this many messages, and this long after the last time.
  bool busy_after(microseconds passed, int messages) {
    now_ += passed;
    for (int i = 0; i < messages; ++i) pace_.took_message();
    return pace_.is_busy(now_);
  }

  ReadingPace pace_;
  ReadingPace::Time now_{std::chrono::hours(1)};
};

TEST_F(ReadingPaceTest, HandfulsInQuickSuccessionAreABusyStream) {
  EXPECT_FALSE(busy_after(seconds(1), 10));
  for (int i = 0; i < 99; ++i) EXPECT_FALSE(busy_after(microseconds(50), 10)) << i;
  EXPECT_TRUE(busy_after(microseconds(50), 10));
}

TEST_F(ReadingPaceTest, StaysBusyOverPauses) {
  EXPECT_FALSE(busy_after(seconds(1), 0));
  EXPECT_TRUE(busy_after(milliseconds(5), 1000));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(busy_after(milliseconds(1), 200)) << i;
}

// What is left then is sent on without a second pause.
TEST_F(ReadingPaceTest, OnePauseWithoutMessagesEndsIt) {
  EXPECT_FALSE(busy_after(seconds(1), 0));
  EXPECT_TRUE(busy_after(milliseconds(5), 1000));
  EXPECT_FALSE(busy_after(milliseconds(1), 0));
}

TEST_F(ReadingPaceTest, OneTransactionOfManyRowsIsNoBusyStream) {
  EXPECT_FALSE(busy_after(seconds(1), 0));
  EXPECT_FALSE(busy_after(milliseconds(40), 700));
  EXPECT_FALSE(busy_after(milliseconds(1), 99));
}

TEST_F(ReadingPaceTest, AClockThatStandsStillTellsNothing) {
  EXPECT_FALSE(busy_after(seconds(1), 0));
  EXPECT_FALSE(busy_after(microseconds(0), 100'000));
}

}  // namespace
}  // namespace tailrace::postgres
