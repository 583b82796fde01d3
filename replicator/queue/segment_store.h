#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "core/block.h"
#include "core/result.h"

namespace tailrace {

// Blocks on disk: files of about 64 MiB in one folder, each block as its header and payload
// (core/block.h). They hold what memory has no room for while tailrace runs; a restart reads from
// the source again, so opening a store empties its folder, and nothing is fsynced.
//
// Threads: append by the queue's producer; read and release by any. mutex_ guards the file table.
class SegmentStore {
 public:
  // Where a block lies. Given out by append, valid until released.
  struct Location {
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;  // header and payload
  };

  static constexpr std::uint64_t kSegmentBytes = std::uint64_t{64} << 20;

  // Creates the folder if need be and removes the segments of an earlier run.
  static Result<std::unique_ptr<SegmentStore>> open(std::filesystem::path folder);
  ~SegmentStore();
  SegmentStore(const SegmentStore&) = delete;
  SegmentStore& operator=(const SegmentStore&) = delete;

  // `disk_full` when the file system has no room: nothing was kept, and a later try may work.
  Result<Location> append(const Block& block);
  // Checks the CRC. known: schemas to reuse (see Block::decode).
  Result<BlockPtr> read(const Location& location, std::span<const SchemaPtr> known) const;
  // The block is not needed any more: its disk space is given back (where the file system can punch
  // holes; else with the last block of its segment, whose file is then deleted).
  void release(const Location& location);

  // Of the blocks that are not released.
  std::uint64_t disk_bytes() const;

 private:
  struct Segment {
    int descriptor = -1;
    std::uint64_t size = 0;
    std::uint64_t block_count = 0;
  };

  explicit SegmentStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path path_of(std::uint64_t segment) const;
  Result<Segment*> writable_segment();
  void remove_if_unused(std::uint64_t number);

  const std::filesystem::path folder_;

  mutable std::mutex mutex_;
  std::map<std::uint64_t, Segment> segments_;  // guarded by mutex_
  std::uint64_t current_ = 0;                  // guarded by mutex_; number of the last segment
  std::uint64_t live_bytes_ = 0;               // guarded by mutex_
};

}  // namespace tailrace
