#pragma once

#include <mutex>
#include <utility>

#include "replicator/status.h"

namespace tailrace {

// What the threads of a pipeline show the outside: written by each for its own part, read by
// status(). One mutex; nothing but plain values.
class ProgressBoard {
 public:
  explicit ProgressBoard(PipelineStatus initial) : status_(std::move(initial)) {}

  PipelineStatus read() const {
    const std::scoped_lock lock(mutex_);
    return status_;
  }
  template <typename Change>
  void update(Change&& change) {
    const std::scoped_lock lock(mutex_);
    change(status_);
  }
  template <typename Change>
  void update_sink(std::size_t index, Change&& change) {
    const std::scoped_lock lock(mutex_);
    change(status_.sinks[index]);
  }

 private:
  mutable std::mutex mutex_;
  PipelineStatus status_;
};

}  // namespace tailrace
