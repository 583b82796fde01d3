#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <spdlog/spdlog.h>

namespace tailrace {

// Tells in the log of what is waited for without an error: when it takes ten seconds, then every
// ten minutes; its end is told once as well. Owned by one thread.
class LongWait {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kLong{10};
  static constexpr std::chrono::minutes kRepeat{10};

  explicit LongWait(std::shared_ptr<spdlog::logger> log) : log_(std::move(log)) {}

  // It is waited for at this moment; another text is another wait.
  void goes_on(const std::string& what, Clock::time_point now = Clock::now()) {
    if (what_ != what) ended(now);
    if (what_.empty()) {
      what_ = what;
      since_ = now;
      next_ = now + kLong;
    }
    if (now < next_) return;
    next_ = now + kRepeat;
    said_ = true;
    log_->warn("waiting: {} seconds={}", what_, seconds(now));
  }
  void ended(Clock::time_point now = Clock::now()) {
    if (said_) log_->info("no longer waiting: {} seconds={}", what_, seconds(now));
    what_.clear();
    said_ = false;
  }

 private:
  std::int64_t seconds(Clock::time_point now) const {
    return std::chrono::duration_cast<std::chrono::seconds>(now - since_).count();
  }

  std::shared_ptr<spdlog::logger> log_;
  std::string what_;  // empty: nothing
  Clock::time_point since_{};
  Clock::time_point next_{};
  bool said_ = false;
};

}  // namespace tailrace
