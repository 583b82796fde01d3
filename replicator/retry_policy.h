#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <stop_token>
#include <string_view>

#include "core/error.h"

namespace tailrace {

enum class Verdict : std::uint8_t {
  retry,  // transient: back off, for ever
  block,  // needs a person: state `blocked`, retried slowly so that a repair is picked up
  fail,   // stop this pipeline or sink, keep its checkpoint
  leave,  // not an error: stopping
};

// The one table that decides; components only classify.
Verdict verdict_on(ErrorKind kind);

struct RetryTimes {
  std::chrono::milliseconds first{100};
  std::chrono::milliseconds longest = std::chrono::seconds(30);
  std::chrono::milliseconds blocked = std::chrono::seconds(60);
};

// Doubling delays with jitter: each is between half and all of its step, so that many sinks of one
// dead server do not knock at the same moment.
class Backoff {
 public:
  Backoff(RetryTimes times, std::uint32_t seed)
      : times_(times), step_(times.first), random_(seed) {}

  std::chrono::milliseconds next(Verdict verdict);
  void reset() { step_ = times_.first; }

 private:
  const RetryTimes times_;
  std::chrono::milliseconds step_;
  std::minstd_rand random_;
};

// Sleeps that long, or until stop is asked for.
void wait_for(std::stop_token stop, std::chrono::milliseconds time);

}  // namespace tailrace
