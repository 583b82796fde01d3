#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <vector>

#include <spdlog/fwd.h>

#include "extractors/extractor.h"
#include "replicator/copy/copy_ledger.h"
#include "replicator/copy/definition_ledger.h"
#include "replicator/copy/inquiry.h"
#include "replicator/copy/source_moment.h"
#include "replicator/copy/table_finisher.h"
#include "replicator/failure_report.h"
#include "replicator/options.h"
#include "replicator/retry_policy.h"
#include "replicator/routing.h"

namespace tailrace {

// Brings tables whose definition changed to what the source's catalogue says, although no row may
// follow: columns, the table itself, then indexes, defaults and the like.
//
// The catalogue is read, then the sink's stream has to come to where the source was at that moment.
// A change that it brings meanwhile makes what was read worthless, and it is read anew; else it is
// the definition that the rows have there. What the target refuses is shown and tried again later;
// rows never wait for it. Owned by the applier thread.
class DefinitionFollower {
 public:
  using Clock = std::chrono::steady_clock;

  struct Setup {
    const SinkPlan& plan;
    Source& source;
    Routing& routing;
    RetryTimes retry;
    CopyTimes times;
    std::uint32_t seed = 0;
    std::shared_ptr<spdlog::logger> log;
  };
  explicit DefinitionFollower(Setup setup);

  // Another one was announced, or the table is gone.
  void changed(const TableName& table);

  // Between two units: the next thing that is due; moves the ledgers on, at the target and here.
  struct Turn {
    Sink& sink;
    const Lease& lease;
    const Checkpoint& held;
    bool backlog = false;  // the stream has work waiting
    std::stop_token stop;
  };
  Status step(const Turn& turn, CopyLedger& copies, DefinitionLedger& definitions);
  // The last step() moved the ledgers on.
  bool worked() const { return worked_; }
  // The error of the last step() is of a table alone: the sink goes on with a new session.
  bool own_failure() const { return own_failure_; }

  bool waits_for_position() const { return moment_.waits_for_position(); }
  Clock::time_point wake_at() const { return wake_at_; }
  // Something is due that was not refused.
  bool pending(const CopyLedger& copies, const DefinitionLedger& definitions) const;
  const std::optional<ErrorReport>& error() const { return failure_.current(); }

 private:
  std::set<TableName> due(const CopyLedger& copies, const DefinitionLedger& definitions) const;
  // False: nothing can be done about them now.
  Result<bool> described(const Turn& turn, const std::set<TableName>& names);
  void ask(const Turn& turn, const std::set<TableName>& names);
  void adopt(std::vector<SnapshotTable> tables);
  void forget();
  Status bring(const Turn& turn, CopyLedger& copies, DefinitionLedger& definitions);
  Result<bool> bring_columns(const Turn& turn, const SnapshotTable& table, const TableName& target,
                             CopyLedger& copies, DefinitionLedger& definitions);
  Status finish(const Turn& turn, std::vector<TableToFinish>& tables);
  Status conclude(const Turn& turn, const std::vector<TableToFinish>& tables,
                  const std::vector<TableName>& gone, CopyLedger& copies,
                  DefinitionLedger& definitions);
  const SnapshotTable* find(const TableName& name) const;
  Status source_failed(const std::set<TableName>& names, const Error& error);
  Status target_failed(const TableName& name, Error error);
  void refused(const TableName& name, const Error& error);

  const Setup setup_;
  Inquiry<std::vector<SnapshotTable>> asking_;
  SourceMoment moment_;
  std::vector<SnapshotTable> tables_;  // as they were at the moment
  // Those of them that count: asked for, and not changed since.
  std::set<TableName> described_;
  std::map<TableName, Clock::time_point> retry_at_;
  std::optional<Clock::time_point> due_since_;
  Clock::time_point wake_at_ = Clock::time_point::max();
  FailureReport failure_;
  Backoff backoff_;
  bool worked_ = false;
  bool own_failure_ = false;
};

}  // namespace tailrace
