#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

#include "core/block.h"
#include "core/result.h"
#include "replicator/queue/segment_store.h"

namespace tailrace {

struct QueueLimits {
  std::uint64_t memory_bytes = std::uint64_t{64} << 20;
  std::uint64_t disk_bytes = std::uint64_t{20} << 30;
};

// The chain of blocks between one extractor and its sinks. Each sink reads through its own cursor;
// a block stays until every cursor has released it, so that a unit can be read again after an
// error.
//
// Memory is bounded: while blocks in memory exceed the limit, the producer waits as long as every
// cursor still has blocks to read (nothing is gained by running ahead of all of them); when a
// cursor would starve for the sake of a slower one, or for a unit larger than the memory, the
// oldest blocks go to the segment store instead. When that is full too, the producer waits:
// back-pressure. Only a unit that is larger than both goes beyond the disk budget, said loudly:
// waiting would never end.
//
// Threads: one producer; per cursor one consumer; anyone may ask for figures. mutex_ guards all but
// the limits. Files are read and written outside the lock.
class Queue {
 public:
  enum class Pressure {
    none,
    disk,      // the producer waits for disk room (why: the budget, or the system's error)
    overdraft  // one unit needs more than the disk budget, and gets it
  };
  // Called by the producer, unlocked, when this changes.
  using OnPressure = std::function<void(Pressure, std::string_view why)>;

  class Cursor;

  Queue(QueueLimits limits, std::unique_ptr<SegmentStore> store, OnPressure on_pressure = {});
  ~Queue();

  // Producer. Waits for room; `cancelled` when stopped or closed meanwhile. While it waits,
  // meanwhile() is called about once a second, unlocked.
  Status push(BlockPtr block, std::stop_token stop, const std::function<void()>& meanwhile = {});
  // Sequence number of the next block to push; ascending by one.
  std::uint64_t next_sequence() const;
  // No more blocks will come: cursors end with this error once they have read the rest; `cancelled`
  // means without reading the rest. The first call counts.
  void close(Error reason);

  // A new consumer, which starts at the oldest block that is still there. Every cursor must be made
  // before the first push, or it may miss blocks that the others have released.
  std::unique_ptr<Cursor> add_cursor();

  std::uint64_t memory_bytes() const;
  std::uint64_t disk_bytes() const;

 private:
  struct Entry {
    BlockPtr block;  // empty: on disk only
    std::optional<SegmentStore::Location> location;
    std::uint64_t payload_bytes = 0;
    std::uint64_t end_bytes = 0;     // payload bytes pushed so far, this block included
    std::vector<SchemaPtr> schemas;  // kept so that reading back gives the same pointers
  };

  bool producer_may_go_on(std::uint64_t incoming_bytes) const;
  bool some_cursor_starves() const;
  bool slowest_cursor_starves() const;
  Status make_room(std::uint64_t incoming_bytes, std::stop_token stop,
                   const std::function<void()>& meanwhile);
  Status spill_oldest(std::unique_lock<std::mutex>& lock);
  void drop_released();
  Entry& entry(std::uint64_t sequence) { return entries_[sequence - first_sequence_]; }

  const QueueLimits limits_;
  const std::unique_ptr<SegmentStore> store_;
  const OnPressure on_pressure_;
  Pressure pressure_ = Pressure::none;  // as reported; the producer's

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  // guarded by mutex_
  std::deque<Entry> entries_;
  std::uint64_t first_sequence_ = 1;  // of entries_.front()
  std::uint64_t memory_bytes_ = 0;
  std::uint64_t pushed_bytes_ = 0;
  std::vector<Cursor*> cursors_;
  std::optional<Error> closed_;
};

// One sink's place in the queue. Used by one thread. The queue must outlive it.
class Queue::Cursor {
 public:
  ~Cursor();  // releases everything
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  // The next block; waits until one is there, the deadline passes (empty pointer), or stop is asked
  // for (`cancelled`). Errors: the queue was closed, or a segment file is damaged.
  Result<BlockPtr> next(std::stop_token stop,
                        std::optional<std::chrono::steady_clock::time_point> deadline = {});
  // Whether next() would answer at once.
  bool ready() const;
  // Blocks before this sequence will not be asked for again.
  void release_before(std::uint64_t sequence);
  // Reads again from this block on, which must not be released.
  void rewind_to(std::uint64_t sequence);

  struct Backlog {
    std::uint64_t blocks = 0;
    std::uint64_t bytes = 0;
  };
  Backlog backlog() const;  // not read yet

 private:
  friend class Queue;
  explicit Cursor(Queue& queue) : queue_(queue) {}

  Queue& queue_;
  // guarded by queue_.mutex_
  std::uint64_t next_ = 1;
  std::uint64_t released_ = 1;  // everything before it
};

}  // namespace tailrace
