#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "core/position.h"
#include "core/result.h"
#include "replicator/queue/queue.h"

namespace tailrace {

// One run of the queue: where its stream starts, and from where each sink takes part.
struct Stream {
  Checkpoint start;
  std::vector<Checkpoint> from;  // per sink: what it already holds (or was told to begin at)
  std::unique_ptr<Queue> queue;
  std::vector<std::unique_ptr<Queue::Cursor>> cursors;  // per sink; taken by its applier
};

// Brings the sinks and the source together. Each applier announces what its target holds; the
// coordinator chooses a start that serves them all and publishes a stream. A sink that turns out to
// be behind the stream's start (its target was restored, or was down when the start was chosen)
// asks for a new one.
//
// Threads: one coordinator, one applier per sink. mutex_ guards everything.
class Feed {
 public:
  struct Announcement {
    enum class State : std::uint8_t { unknown, unavailable, empty, holds, gone };
    State state = State::unknown;
    Checkpoint held;  // State::holds
  };

  explicit Feed(std::size_t sink_count) : announcements_(sink_count) {}

  // Applier.
  void announce(std::size_t sink, Announcement announcement);
  // The published stream of a generation newer than `after`; waits. `cancelled` on stop.
  struct Published {
    std::shared_ptr<Stream> stream;
    std::uint64_t generation = 0;
  };
  Result<Published> wait_for_stream(std::uint64_t after, std::stop_token stop);
  // The sink holds less than the stream gives: the coordinator must start over.
  void request_realign(std::size_t sink, Checkpoint held);

  // Coordinator.
  // Once every sink has announced something.
  Result<std::vector<Announcement>> wait_for_announcements(std::stop_token stop);
  void publish(std::shared_ptr<Stream> stream);
  bool realign_requested() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Announcement> announcements_;
  std::shared_ptr<Stream> stream_;
  std::uint64_t generation_ = 0;
  bool realign_ = false;
};

}  // namespace tailrace
