#include "replicator/copy/rate_limit.h"

#include <algorithm>

#include "replicator/retry_policy.h"

namespace tailrace {
namespace {

constexpr auto kBurst = std::chrono::milliseconds(100);

}  // namespace

void RateLimit::add(Clock::time_point& paid_until, std::uint64_t amount, std::uint64_t per_second,
                    Clock::time_point now) {
  if (per_second == 0) return;
  const std::chrono::duration<double> costs(static_cast<double>(amount) /
                                            static_cast<double>(per_second));
  paid_until =
      std::max(paid_until, now - kBurst) + std::chrono::duration_cast<Clock::duration>(costs);
}

RateLimit::Clock::time_point RateLimit::book(std::uint64_t rows, std::uint64_t bytes,
                                             Clock::time_point now) {
  const std::scoped_lock lock(mutex_);
  add(rows_paid_until_, rows, rows_per_second_, now);
  add(bytes_paid_until_, bytes, bytes_per_second_, now);
  return std::max({now, rows_paid_until_, bytes_paid_until_});
}

void RateLimit::pay(std::uint64_t rows, std::uint64_t bytes, std::stop_token stop) {
  if (rows_per_second_ == 0 && bytes_per_second_ == 0) return;
  const auto now = Clock::now();
  const auto until = book(rows, bytes, now);
  if (until > now) {
    wait_for(stop, std::chrono::ceil<std::chrono::milliseconds>(until - now));
  }
}

}  // namespace tailrace
