#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <utility>

namespace tailrace {

// How fast something that is counted grows, over the last ten seconds. Owned by one thread.
class RateMeter {
 public:
  using Clock = std::chrono::steady_clock;

  double per_second(std::uint64_t total, Clock::time_point now) {
    samples_.emplace_back(now, total);
    while (samples_.size() > 2 && now - samples_[1].first > kWindow) samples_.pop_front();
    const auto& [start, first] = samples_.front();
    const std::chrono::duration<double> time = now - start;
    if (time.count() <= 0 || total <= first) return 0;
    return static_cast<double>(total - first) / time.count();
  }

 private:
  static constexpr auto kWindow = std::chrono::seconds(10);
  std::deque<std::pair<Clock::time_point, std::uint64_t>> samples_;
};

}  // namespace tailrace
