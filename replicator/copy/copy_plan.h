#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "replicator/copy/copy_jobs.h"
#include "replicator/copy/copy_ledger.h"
#include "replicator/copy/interrupts.h"
#include "replicator/options.h"
#include "replicator/routing.h"

namespace tailrace {

// About how many rows a chunk should have: what was asked for, but no giant of wide rows.
std::uint64_t rows_per_chunk(const SnapshotTable& table, std::uint64_t asked);

// Makes the ledger ready for a run of the initial copy: writes down which tables there are, makes
// them at the target, cuts them into chunks, and finds out what became of those that an earlier run
// has begun; one whose definition has changed begins anew. Used by the applier thread, before the
// workers begin.
class CopyPlanner {
 public:
  struct Setup {
    const SinkPlan& plan;
    const Lease& lease;
    Sink& sink;
    const Checkpoint& held;
    Routing& routing;
    CopyLedger& ledger;
    Snapshot& snapshot;
    Interrupts& interrupts;
  };
  explicit CopyPlanner(const Setup& setup) : setup_(setup) {}

  // The tables that have chunks, the largest first. A table of the ledger that is gone from the
  // source has none any more.
  Result<std::vector<TableWork>> plan();

 private:
  Status note_tables(const std::vector<SnapshotTable>& tables);
  Result<std::vector<TableWork>> match(std::vector<SnapshotTable> tables);
  Status plan_table(TableWork& work);
  Status prepare(const TableWork& work, bool& clear, bool& upsert);
  Status begin_anew(const TableWork& work);
  Status define(const TableWork& work);
  Status write(TableCopy& copy, TableCopy next, const std::function<Status()>& before = {});

  const Setup setup_;
  std::optional<Interruptible<Loader>> loader_;
};

}  // namespace tailrace
