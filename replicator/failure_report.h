#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <spdlog/fwd.h>

#include "core/error.h"
#include "replicator/retry_policy.h"
#include "replicator/status.h"

namespace tailrace {

std::int64_t now_us();  // microseconds since 1970 UTC

// Tells of a failure that repeats: logged when it begins or changes, then every ten minutes with
// the number of attempts; its end is logged once. Owned by one thread.
class FailureReport {
 public:
  explicit FailureReport(std::shared_ptr<spdlog::logger> log) : log_(std::move(log)) {}

  void failed(const Error& error, Verdict verdict);
  void recovered();
  const std::optional<ErrorReport>& current() const { return current_; }

 private:
  std::shared_ptr<spdlog::logger> log_;
  std::optional<ErrorReport> current_;
  std::chrono::steady_clock::time_point logged_at_{};
};

}  // namespace tailrace
