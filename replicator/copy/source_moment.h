#pragma once

#include <chrono>

#include "extractors/extractor.h"

namespace tailrace {

// A moment at the source, and whether a sink has come to it: what the catalogue said then belongs
// to rows that the sink has, unless the stream has brought another change meanwhile. Owned by the
// applier thread, which it never holds up.
class SourceMoment {
 public:
  using Clock = std::chrono::steady_clock;

  // counted_late: see CopyTimes.
  SourceMoment(Source& source, std::chrono::milliseconds counted_late)
      : source_(source), counted_late_(counted_late) {}

  void begin() { began_ = Clock::now(), behind_ = {}, begun_ = true; }  // it is now
  void forget() { begun_ = false; }
  bool begun() const { return begun_; }

  // Whether a sink at `held` has everything that was there. Errors are the source's.
  Result<bool> reached(const Position& held);
  // Only the sink's position is waited for.
  bool waits_for_position() const { return begun_ && !behind_.empty(); }
  // When to ask again at the latest.
  Clock::time_point wake_at() const;

 private:
  Source& source_;
  const std::chrono::milliseconds counted_late_;
  bool begun_ = false;
  Clock::time_point began_{};
  Position behind_;  // empty: not known yet
};

}  // namespace tailrace
