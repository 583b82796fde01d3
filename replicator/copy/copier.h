#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include <spdlog/fwd.h>

#include "extractors/extractor.h"
#include "replicator/copy/copy_jobs.h"
#include "replicator/copy/copy_ledger.h"
#include "replicator/copy/interrupts.h"
#include "replicator/copy/rate_limit.h"
#include "replicator/copy/rate_meter.h"
#include "replicator/options.h"
#include "replicator/routing.h"
#include "sinks/sink.h"

namespace tailrace {

// What is told of the copy while nothing is under way.
CopyProgress progress_of(const CopyLedger& ledger);

// The initial copy: brings all rows of the ledger's tables to the target while the stream stands
// still at the sink's checkpoint. One run goes on where the last one was ended, by an error, by
// stop, or by a kill.
//
// run() on the applier thread, which plans and looks on; workers have threads of their own, which
// have ended when it returns. Nothing needs to be undone after an error: chunks are whole or not
// there, and the ledger in the target tells which.
class Copier {
 public:
  struct Setup {
    const SinkPlan& plan;
    Source& source;
    Routing& routing;
    CopyTimes times;
    std::function<void(CopyProgress)> show;
    std::function<void()> on_progress;  // chunks have come to the target
    std::shared_ptr<spdlog::logger> log;
  };
  explicit Copier(Setup setup);

  // Until every table is `converging` in the ledger, the first error, or stop (`cancelled`).
  Status run(Sink& sink, const Lease& lease, const Checkpoint& held, CopyLedger& ledger,
             std::stop_token stop);
  // The table as the last run found it; nullptr: it had no work for it.
  const SnapshotTable* find_described(const TableName& name) const;

 private:
  Status work(const std::vector<TableWork>& tables, Snapshot& snapshot, const Lease& lease,
              const CopyLedger& ledger, Interrupts& interrupts, std::stop_token stop);
  void show(const CopyLedger& ledger, const CopyJobs& jobs);
  Status define_tables(Sink& sink, const CopyLedger& ledger);
  Status conclude(Sink& sink, const Checkpoint& held, CopyLedger& ledger, std::stop_token stop);

  const Setup setup_;
  RateLimit limit_;
  RateMeter rows_rate_;
  std::vector<SnapshotTable> described_;
};

}  // namespace tailrace
