#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <variant>

#include "core/block.h"
#include "replicator/queue/queue.h"

namespace tailrace {

// A place between two records of the queue.
struct QueuePlace {
  std::uint64_t block_sequence = 1;
  std::size_t offset = 0;
  friend bool operator==(const QueuePlace&, const QueuePlace&) = default;
};

// Reads records one by one through a queue cursor, and can go back to a place that has not been
// released. Owned by one applier thread.
class RecordReader {
 public:
  explicit RecordReader(Queue::Cursor& cursor) : cursor_(cursor) {}

  // The next record, or nothing when the deadline passed first. Errors as Queue::Cursor::next.
  Result<std::optional<Record>> next(
      std::stop_token stop, std::optional<std::chrono::steady_clock::time_point> deadline = {});
  // Whether next() would answer without waiting.
  bool ready() const;
  // The block that the last record lies in.
  const BlockPtr& block() const { return block_; }

  QueuePlace place() const;  // before the record that next() will answer
  QueuePlace last_place() const { return last_place_; }  // before the record it answered last
  // Nothing before this place will be read again.
  void release(QueuePlace place) { cursor_.release_before(place.block_sequence); }
  void go_back(QueuePlace place);

 private:
  Queue::Cursor& cursor_;
  BlockPtr block_;
  std::optional<BlockCursor> records_;
  std::uint64_t next_sequence_ = 1;  // of the block after block_
  bool any_block_ = false;
  std::optional<QueuePlace> resume_;
  QueuePlace last_place_;
};

}  // namespace tailrace
