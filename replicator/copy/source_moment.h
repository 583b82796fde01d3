#pragma once

#include <chrono>
#include <memory>
#include <stop_token>

#include <spdlog/fwd.h>

#include "extractors/extractor.h"
#include "replicator/copy/inquiry.h"

namespace tailrace {

// A moment at the source, and whether a sink has come to it: what the catalogue said then belongs
// to rows that the sink has, unless the stream has brought another change meanwhile. Owned by the
// applier thread, which it never holds up.
class SourceMoment {
 public:
  using Clock = std::chrono::steady_clock;

  // counted_late: see CopyTimes.
  SourceMoment(Source& source, std::chrono::milliseconds counted_late,
               std::shared_ptr<spdlog::logger> log)
      : source_(source), counted_late_(counted_late), end_("the end of its log", std::move(log)) {}

  void begin();  // it is now
  void forget();
  bool begun() const { return begun_; }

  // Where the source was a little later; empty: not known yet. Errors are the source's, and the
  // next call asks again.
  Result<Position> behind(const std::stop_token& stop);
  // Whether a sink at `held` has everything that was there.
  Result<bool> reached(const Position& held, const std::stop_token& stop);
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
  Inquiry<Checkpoint> end_;
};

}  // namespace tailrace
