#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <vector>

#include "extractors/snapshot/snapshot.h"
#include "replicator/copy/copy_jobs.h"
#include "replicator/copy/interrupts.h"
#include "replicator/copy/rate_limit.h"
#include "replicator/copy/row_batch.h"
#include "sinks/sink.h"

namespace tailrace {

// Copies one chunk after the other until none is left: reads it from the source and loads it into
// the target as it comes, block by block. run() on a thread of its own; connections are made there
// when they are needed, and dropped after any error.
class ChunkWorker {
 public:
  // What all workers of a run share.
  struct Shared {
    CopyJobs& jobs;
    Snapshot& snapshot;
    std::mutex& snapshot_mutex;  // one thread at a time uses the snapshot
    Target& target;
    const Lease& lease;
    RateLimit& limit;
    Interrupts& interrupts;
    std::stop_token stop;
  };

  explicit ChunkWorker(const Shared& shared) : shared_(shared) {}

  void run();

 private:
  // Whose error it is.
  enum class Side : std::uint8_t { source, target };

  Status copy(const CopyJobs::Job& job);
  Status connect();
  Status begin(const CopyJobs::Job& job);
  void finish_rows(const TableWork& work);
  Result<RowsAsOf> read(const CopyJobs::Job& job);
  Status load(const Block& block);
  void recover(const CopyJobs::Job& job, Error error);
  void drop_connections();

  const Shared shared_;
  std::optional<Interruptible<TableReader>> reader_;
  std::optional<Interruptible<Loader>> loader_;
  std::set<const TableWork*> prepared_;  // by this loader
  RowBatch batch_;
  Side side_ = Side::source;  // being asked now
  std::uint64_t rows_ = 0;    // of the chunk under way
  std::uint64_t bytes_ = 0;
};

}  // namespace tailrace
