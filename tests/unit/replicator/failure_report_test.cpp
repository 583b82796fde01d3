#include "replicator/failure_report.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/spdlog.h>

namespace tailrace {
namespace {

using namespace std::chrono_literals;

class FailureReports : public ::testing::Test {
 protected:
  void fail(const std::string& text, ErrorKind kind = ErrorKind::unreachable) {
    report_.failed(Error(kind, text), verdict_on(kind));
  }
  std::size_t lines() { return log_->last_formatted().size(); }
  std::string last() { return log_->last_formatted().back(); }

  std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> log_ =
      std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(100);
  FailureReport::Clock::time_point now_{1h};
  FailureReport report_{std::make_shared<spdlog::logger>("test", log_), [this] { return now_; }};
};

TEST_F(FailureReports, ARepetitionIsToldEveryTenMinutes) {
  for (int i = 0; i < 100; ++i) fail("no route");
  EXPECT_EQ(lines(), 1U);
  now_ += 10min;
  fail("no route");
  EXPECT_EQ(lines(), 2U);
  EXPECT_NE(last().find("attempts=101"), std::string::npos);
}

TEST_F(FailureReports, AnotherTextIsAnotherFailure) {
  fail("no route");
  fail("the disk is full");
  ASSERT_EQ(lines(), 2U);
  EXPECT_NE(last().find("the disk is full"), std::string::npos);
  fail("no route");
  EXPECT_EQ(lines(), 2U) << "told already";
  fail("no route", ErrorKind::timeout);
  EXPECT_EQ(lines(), 3U);
}

TEST_F(FailureReports, TextsThatKeepChangingDoNotFlood) {
  for (int i = 0; i < 1000; ++i) fail("at position " + std::to_string(i));
  EXPECT_EQ(lines(), FailureReport::kMostTexts);
  EXPECT_EQ(report_.current()->message.find("at position 999") != std::string::npos, true);
  now_ += 10min;
  fail("at position 1000");
  EXPECT_EQ(lines(), FailureReport::kMostTexts + 1);
}

TEST_F(FailureReports, ItsEndIsToldOnce) {
  report_.recovered();
  EXPECT_EQ(lines(), 0U);
  fail("no route");
  report_.recovered();
  report_.recovered();
  EXPECT_EQ(lines(), 2U);
  EXPECT_FALSE(report_.current());
  fail("no route");
  EXPECT_EQ(lines(), 3U);
}

}  // namespace
}  // namespace tailrace
