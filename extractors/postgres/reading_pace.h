#pragma once

#include <chrono>
#include <cstdint>

namespace tailrace::postgres {

// How a stream is read that is busy. A walsender sends every message by itself; a reader that waits
// in poll() is woken for each handful, and that costs both sides more than the messages do. So
// while they come fast, the reader sleeps for a moment and then finds many; otherwise it waits, and
// has each one at once. Pure: the caller brings the time.
class ReadingPace {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // To sleep while the stream is busy. In this time it brings less than a socket holds.
  static constexpr std::chrono::milliseconds kPause{1};

  void took_message() { ++messages_; }
  // Nothing more is at hand. True: it is worth a pause.
  bool is_busy(Time now);

 private:
  std::uint64_t messages_ = 0;  // since then
  Time since_;
  bool busy_ = false;
};

}  // namespace tailrace::postgres
