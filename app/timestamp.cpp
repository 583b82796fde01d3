#include "app/timestamp.h"

#include <chrono>
#include <ctime>

#include <fmt/core.h>

namespace tailrace::app {
namespace {

constexpr std::int64_t kMicroseconds = 1'000'000;

// Rounds towards the past, so that the fraction is never negative.
std::int64_t whole_seconds(std::int64_t time_us) {
  return (time_us - (time_us % kMicroseconds + kMicroseconds) % kMicroseconds) / kMicroseconds;
}

std::string utc_seconds(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace

std::string utc_milliseconds(std::int64_t time_us) {
  const std::int64_t seconds = whole_seconds(time_us);
  return fmt::format("{}.{:03}Z", utc_seconds(seconds), (time_us - seconds * kMicroseconds) / 1000);
}

std::string utc_microseconds(std::int64_t time_us) {
  const std::int64_t seconds = whole_seconds(time_us);
  return fmt::format("{}.{:06}Z", utc_seconds(seconds), time_us - seconds * kMicroseconds);
}

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace tailrace::app
