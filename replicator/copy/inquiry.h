#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include <spdlog/spdlog.h>

#include "core/result.h"

namespace tailrace {

// A question to the source, asked on a thread of its own: who asks waits as long as it likes, and
// goes on with the stream meanwhile. One at a time. A source that does not answer for two seconds
// is told in the log, once, until it answers sooner again.
//
// Threads: that of the owner, and the one that asks, which makes its own connections. mutex_ guards
// the answer. A question ends on stop, and with the inquiry.
template <typename T>
class Inquiry {
 public:
  using Clock = std::chrono::steady_clock;
  using Question = std::function<Result<T>(std::stop_token)>;

  static constexpr std::chrono::milliseconds kLookAgain{20};

  // what: "the source's end", for the log.
  Inquiry(std::string what, std::shared_ptr<spdlog::logger> log,
          Clock::duration slow = std::chrono::seconds(2))
      : what_(std::move(what)), log_(std::move(log)), slow_(slow) {}

  bool open() const { return open_; }  // asked, and not answered yet

  // Not while it is open.
  void ask(Question question, std::stop_token stop) {
    thread_ = {};  // of one that was dropped
    answer_.reset();
    open_ = true;
    asked_at_ = Clock::now();
    thread_ = std::jthread([this, question = std::move(question), stop = std::move(stop)](
                               const std::stop_token& own) { run(question, stop, own); });
  }

  // The answer, once; nothing: it is not there, although it was waited for so long.
  std::optional<Result<T>> take(Clock::duration patience, const std::stop_token& stop) {
    if (!open_) return std::nullopt;
    std::unique_lock lock(mutex_);
    const auto until = Clock::now() + patience;
    const auto answered = [this] { return answer_.has_value(); };
    const auto wait = [&](Clock::time_point end) {
      return answered_.wait_until(lock, stop, end, answered);
    };
    if (!wait(std::min(until, asked_at_ + slow_)) && Clock::now() >= asked_at_ + slow_) {
      say_slow();
      wait(until);
    }
    if (!answer_) return std::nullopt;
    if (Clock::now() < asked_at_ + slow_) say_quick();
    open_ = false;
    return std::exchange(answer_, std::nullopt);
  }

  // However long it takes.
  Result<T> wait(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (auto answer = take(std::chrono::minutes(1), stop)) return *std::move(answer);
    }
    return Error(ErrorKind::cancelled, "stopped");
  }

  // Nobody wants to know any more.
  void drop() {
    thread_.request_stop();
    open_ = false;
    const std::scoped_lock lock(mutex_);
    answer_.reset();
  }

 private:
  void run(const Question& question, const std::stop_token& stop, const std::stop_token& own) {
    std::stop_source either;
    const auto relay = [&] { either.request_stop(); };
    const std::stop_callback on_stop(stop, relay);
    const std::stop_callback on_own(own, relay);
    std::optional<Result<T>> answer;
    try {
      answer = question(either.get_token());
    } catch (const std::exception& e) {
      answer = Error(ErrorKind::internal, std::string("unexpected exception: ") + e.what());
    }
    {
      const std::scoped_lock lock(mutex_);
      if (own.stop_requested()) return;
      answer_ = std::move(answer);
    }
    answered_.notify_all();
  }

  void say_slow() {
    if (said_) return;
    said_ = true;
    log_->warn("the source takes long to answer: {} seconds={}", what_, seconds());
  }

  void say_quick() {
    if (std::exchange(said_, false)) log_->info("the source answers quickly again: {}", what_);
  }

  std::int64_t seconds() const {
    return std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - asked_at_).count();
  }

  const std::string what_;
  const std::shared_ptr<spdlog::logger> log_;
  const Clock::duration slow_;

  // of the owner's thread
  bool open_ = false;
  bool said_ = false;
  Clock::time_point asked_at_{};

  std::mutex mutex_;
  std::condition_variable_any answered_;
  std::optional<Result<T>> answer_;  // guarded by mutex_

  std::jthread thread_;  // last: it ends first
};

}  // namespace tailrace
