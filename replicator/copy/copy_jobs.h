#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "extractors/snapshot/snapshot.h"
#include "replicator/copy/copy_ledger.h"

namespace tailrace {

// A table whose rows are being copied: as the source has it, where it goes, and its place in the
// ledger.
struct TableWork {
  SnapshotTable table;
  TableName target;
  TableCopy* copy = nullptr;
};

// The chunks that are left to be copied, and how it goes: what the workers of one run share. After
// the first error chunks that are under way are finished, and no other is begun.
//
// Threads: the workers, and the applier's, which looks on. mutex_ guards what is below it, and the
// chunks of TableWork::copy; what does not change of these (names, ranges) is read without.
class CopyJobs {
 public:
  struct Job {
    const TableWork* work = nullptr;
    std::size_t chunk = 0;
    bool upsert = false;
    int attempts = 0;
  };

  // Jobs in the order of the tables; the tables must outlive them.
  CopyJobs(const std::vector<TableWork>& tables, std::size_t workers);

  // Workers.
  std::optional<Job> take();
  // Answers whether it was the last one of its table.
  bool done(const Job& job, const RowsAsOf& read, std::uint64_t bytes);
  // Tried again at once, as upsert; or after all others. False: nothing else is left to be done
  // meanwhile, or it was tried too often.
  void again_as_upsert(Job job);
  bool again_later(Job job);
  void fail(const Job& job, Error error);
  void fail(Error error);  // of no job
  void leave();            // the worker ends
  // Rows on their way; negative when their chunk came to nothing.
  void count(std::int64_t rows, std::int64_t bytes);

  // The applier's thread.
  // Answers whether all workers have left.
  bool wait_for_end(std::chrono::milliseconds time);
  // Calls with the lock held.
  template <typename Look>
  void look(Look&& look) const {
    const std::scoped_lock lock(mutex_);
    look();
  }
  std::uint64_t rows_under_way() const { return std::uint64_t(std::max<std::int64_t>(0, rows_)); }
  std::uint64_t bytes_under_way() const { return std::uint64_t(std::max<std::int64_t>(0, bytes_)); }
  std::vector<std::string> tables_in_work() const;
  std::size_t chunks_done() const;
  // Of the first worker that failed.
  Status outcome() const;

 private:
  void release(const Job& job);

  std::atomic<std::int64_t> rows_ = 0;
  std::atomic<std::int64_t> bytes_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // guarded by mutex_
  std::deque<Job> waiting_;
  std::vector<const TableWork*> in_work_;  // once per job
  std::size_t workers_;
  std::size_t chunks_done_ = 0;
  std::optional<Error> error_;
};

}  // namespace tailrace
