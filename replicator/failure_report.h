#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <spdlog/fwd.h>

#include "core/error.h"
#include "replicator/retry_policy.h"
#include "replicator/status.h"

namespace tailrace {

std::int64_t now_us();  // microseconds since 1970 UTC

// Tells of a failure that repeats: logged when it begins, when it has another text, and every ten
// minutes with the number of attempts; its end is logged once. Texts that keep changing do not
// flood the log: only so many are told in ten minutes. Owned by one thread.
class FailureReport {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::minutes kRepeat{10};
  static constexpr std::size_t kMostTexts = 8;

  explicit FailureReport(std::shared_ptr<spdlog::logger> log,
                         std::function<Clock::time_point()> clock = Clock::now)
      : log_(std::move(log)), clock_(std::move(clock)) {}

  void failed(const Error& error, Verdict verdict);
  void recovered();
  const std::optional<ErrorReport>& current() const { return current_; }

 private:
  bool is_worth_telling(const std::string& text);

  std::shared_ptr<spdlog::logger> log_;
  std::function<Clock::time_point()> clock_;
  std::optional<ErrorReport> current_;
  std::map<std::string, Clock::time_point> told_;  // texts of the last ten minutes
};

}  // namespace tailrace
