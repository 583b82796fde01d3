#include "extractors/postgres/feedback.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tailrace::postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class FeedbackTest : public ::testing::Test {
 protected:
  // Whether a status is due now; if so it is taken.
  bool sent() {
    if (feedback_.due() > now_) return false;
    last_ = feedback_.take(now_);
    return true;
  }

  Feedback::Time now_{std::chrono::hours(1)};
  Feedback feedback_{{.start = Lsn{1000}, .interval = seconds(10), .longest_hold = seconds(30)},
                     now_};
  StatusUpdate last_;
};

TEST_F(FeedbackTest, SaysAtOnceWhereWeAreButConfirmsNothing) {
  ASSERT_TRUE(sent());
  EXPECT_EQ(last_.written, Lsn{1000});
  EXPECT_EQ(last_.flushed, Lsn{0});
  EXPECT_EQ(last_.applied, Lsn{0});
  EXPECT_FALSE(last_.reply_requested);
}

TEST_F(FeedbackTest, NeverConfirmsWhatWasNotReceived) {
  feedback_.confirm(Lsn{5000});
  ASSERT_TRUE(sent());
  EXPECT_EQ(last_.flushed, Lsn{1000});
  feedback_.received(Lsn{2000});
  feedback_.confirm(Lsn{2001});
  now_ += seconds(10);
  ASSERT_TRUE(sent());
  EXPECT_EQ(last_.flushed, Lsn{2000});
  EXPECT_EQ(last_.written, Lsn{2000});
}

TEST_F(FeedbackTest, NeverGoesBack) {
  feedback_.received(Lsn{3000});
  feedback_.received(Lsn{2000});
  feedback_.confirm(Lsn{2500});
  feedback_.confirm(Lsn{1500});
  ASSERT_TRUE(sent());
  EXPECT_EQ(last_.written, Lsn{3000});
  EXPECT_EQ(last_.flushed, Lsn{2500});
}

TEST_F(FeedbackTest, EveryIntervalWhateverHappens) {
  ASSERT_TRUE(sent());
  now_ += milliseconds(9999);
  feedback_.received(Lsn{2000});
  EXPECT_FALSE(sent());
  now_ += milliseconds(1);
  EXPECT_TRUE(sent());
}

TEST_F(FeedbackTest, ProgressAFewTimesASecond) {
  ASSERT_TRUE(sent());
  feedback_.received(Lsn{9000});
  now_ += milliseconds(50);
  feedback_.confirm(Lsn{2000});
  EXPECT_FALSE(sent());
  now_ += milliseconds(150);
  EXPECT_TRUE(sent());
  now_ += seconds(1);
  EXPECT_FALSE(sent());  // nothing new
}

TEST_F(FeedbackTest, RequestsAreAnsweredAtOnceButNotAllOfThem) {
  ASSERT_TRUE(sent());
  now_ += seconds(1);
  feedback_.requested(now_);
  EXPECT_TRUE(sent());
  feedback_.requested(now_);
  EXPECT_FALSE(sent());
  now_ += milliseconds(100);
  EXPECT_TRUE(sent());
  EXPECT_FALSE(sent());
}

TEST_F(FeedbackTest, AsksOnce) {
  ASSERT_TRUE(sent());
  feedback_.ask();
  ASSERT_TRUE(sent());
  EXPECT_TRUE(last_.reply_requested);
  EXPECT_FALSE(sent());
  now_ += seconds(10);
  ASSERT_TRUE(sent());
  EXPECT_FALSE(last_.reply_requested);
}

TEST_F(FeedbackTest, AServerThatWaitsForUsIsHeldOnlySoLong) {
  feedback_.received(Lsn{2000});
  for (int i = 0; i <= 300; ++i, now_ += milliseconds(100)) {
    feedback_.requested(now_);
    EXPECT_FALSE(feedback_.held_too_long(now_)) << i;
  }
  feedback_.requested(now_);
  EXPECT_TRUE(feedback_.held_too_long(now_));
  // Something was confirmed: it is worth the wait.
  feedback_.confirm(Lsn{1500});
  feedback_.requested(now_);
  EXPECT_FALSE(feedback_.held_too_long(now_));
}

TEST_F(FeedbackTest, RequestsThatAreFarApartOnlyAskWhetherWeLive) {
  feedback_.received(Lsn{2000});
  for (int i = 0; i < 100; ++i, now_ += seconds(5)) {
    feedback_.requested(now_);
    EXPECT_FALSE(feedback_.held_too_long(now_)) << i;
  }
}

TEST_F(FeedbackTest, AServerThatHasEverythingConfirmedIsNotHeldByUs) {
  feedback_.confirm(Lsn{1000});
  for (int i = 0; i < 1000; ++i, now_ += milliseconds(100)) {
    feedback_.requested(now_);
    EXPECT_FALSE(feedback_.held_too_long(now_)) << i;
  }
}

}  // namespace
}  // namespace tailrace::postgres
