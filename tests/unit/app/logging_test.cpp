#include "app/logging.h"

#include <gtest/gtest.h>

#include "app/timestamp.h"

namespace tailrace::app {
namespace {

constexpr std::int64_t kTime = 1'767'225'600'123'456;  // 2026-01-01

TEST(Logging, TextLines) {
  EXPECT_EQ(text_line(kTime, "info", "pipeline=shop sink=mail", "a \"b\"\nc"),
            "time=2026-01-01T00:00:00.123Z level=info pipeline=shop sink=mail "
            "msg=\"a \\\"b\\\"\\nc\"");
  EXPECT_EQ(text_line(kTime, "warning", "", "x"),
            "time=2026-01-01T00:00:00.123Z level=warning msg=\"x\"");
}

TEST(Logging, JsonLines) {
  EXPECT_EQ(json_line(kTime, "info", "pipeline=shop sink=mail", "a \"b\""),
            R"({"time":"2026-01-01T00:00:00.123Z","level":"info","pipeline":"shop",)"
            R"("sink":"mail","msg":"a \"b\""})");
  EXPECT_EQ(json_line(kTime, "info", "", "x"),
            R"({"time":"2026-01-01T00:00:00.123Z","level":"info","msg":"x"})");
}

TEST(Timestamp, IsUtcAndRoundsTowardsThePast) {
  EXPECT_EQ(utc_microseconds(kTime), "2026-01-01T00:00:00.123456Z");
  EXPECT_EQ(utc_microseconds(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(utc_microseconds(-1), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(utc_milliseconds(-1), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace tailrace::app
