#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace tailrace {

// Holds all workers of a copy together to so many rows and bytes in a second. What was idle is not
// saved up for longer than a moment. Threads: any; mutex_ guards the bookings.
class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;

  // 0: no limit.
  RateLimit(std::uint64_t rows_per_second, std::uint64_t bytes_per_second)
      : rows_per_second_(rows_per_second), bytes_per_second_(bytes_per_second) {}

  // Books what was copied, and answers when to go on. Pure but for the bookings.
  Clock::time_point book(std::uint64_t rows, std::uint64_t bytes, Clock::time_point now);
  // Books, and sleeps until then or until stop is asked for.
  void pay(std::uint64_t rows, std::uint64_t bytes, std::stop_token stop);

 private:
  static void add(Clock::time_point& paid_until, std::uint64_t amount, std::uint64_t per_second,
                  Clock::time_point now);

  const std::uint64_t rows_per_second_;
  const std::uint64_t bytes_per_second_;

  std::mutex mutex_;
  // guarded by mutex_: what is copied now was due then
  Clock::time_point rows_paid_until_{};
  Clock::time_point bytes_paid_until_{};
};

}  // namespace tailrace
