#include "replicator/copy/inquiry.h"

#include <atomic>

#include <gtest/gtest.h>
#include <spdlog/sinks/ringbuffer_sink.h>

namespace tailrace {
namespace {

using namespace std::chrono_literals;

// A question that is answered when the test says so, or stop is asked for.
class InquiryTest : public ::testing::Test {
 protected:
  void ask(Inquiry<int>& inquiry, int answer) {
    inquiry.ask(
        [this, answer](const std::stop_token& stop) -> Result<int> {
          while (!answer_now_ && !stop.stop_requested()) std::this_thread::sleep_for(1ms);
          if (stop.stop_requested()) {
            ++stopped_;
            return Error(ErrorKind::cancelled, "stopped");
          }
          return answer;
        },
        stop_.get_token());
  }
  Inquiry<int> make(Inquiry<int>::Clock::duration slow) {
    return Inquiry<int>("the answer", std::make_shared<spdlog::logger>("test", log_), slow);
  }

  std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> log_ =
      std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(100);
  std::stop_source stop_;
  std::atomic<bool> answer_now_ = false;
  std::atomic<int> stopped_ = 0;
};

TEST_F(InquiryTest, GoesOnWithoutTheAnswer) {
  auto inquiry = make(1h);
  EXPECT_FALSE(inquiry.open());
  ask(inquiry, 7);
  EXPECT_FALSE(inquiry.take(0s, stop_.get_token()));
  EXPECT_TRUE(inquiry.open());
  answer_now_ = true;
  auto answer = inquiry.take(1min, stop_.get_token());
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ(**answer, 7);
  EXPECT_FALSE(inquiry.open());
  EXPECT_FALSE(inquiry.take(0s, stop_.get_token())) << "once";
  EXPECT_TRUE(log_->last_formatted().empty());
}

TEST_F(InquiryTest, TellsOnceOfASlowSource) {
  auto inquiry = make(200ms);
  ask(inquiry, 7);
  EXPECT_FALSE(inquiry.take(250ms, stop_.get_token()));
  EXPECT_FALSE(inquiry.take(5ms, stop_.get_token()));
  ASSERT_EQ(log_->last_formatted().size(), 1U);
  EXPECT_NE(log_->last_formatted()[0].find("takes long to answer: the answer"), std::string::npos);
  answer_now_ = true;
  ASSERT_TRUE(inquiry.wait(stop_.get_token()));
  EXPECT_EQ(log_->last_formatted().size(), 1U) << "it was slow";
  ask(inquiry, 8);
  ASSERT_TRUE(inquiry.wait(stop_.get_token()));
  ASSERT_EQ(log_->last_formatted().size(), 2U);
  EXPECT_NE(log_->last_formatted()[1].find("quickly again: the answer"), std::string::npos);
}

TEST_F(InquiryTest, StopEndsTheWaitAndTheQuestion) {
  {
    auto inquiry = make(1h);
    ask(inquiry, 7);
    std::jthread stopper([this] { stop_.request_stop(); });
    const auto answer = inquiry.wait(stop_.get_token());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::cancelled);
  }
  EXPECT_EQ(stopped_, 1);
}

TEST_F(InquiryTest, WhatWasDroppedIsNeverTheAnswer) {
  auto inquiry = make(1h);
  ask(inquiry, 7);
  inquiry.drop();
  EXPECT_FALSE(inquiry.open());
  ask(inquiry, 8);
  EXPECT_EQ(stopped_, 1);
  answer_now_ = true;
  const auto answer = inquiry.wait(stop_.get_token());
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, 8);
}

TEST_F(InquiryTest, AnExceptionIsAnAnswer) {
  auto inquiry = make(1h);
  inquiry.ask([](const std::stop_token&) -> Result<int> { throw std::runtime_error("oops"); },
              stop_.get_token());
  const auto answer = inquiry.wait(stop_.get_token());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind(), ErrorKind::internal);
}

}  // namespace
}  // namespace tailrace
