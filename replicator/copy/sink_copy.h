#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include <spdlog/fwd.h>

#include "extractors/extractor.h"
#include "replicator/copy/copier.h"
#include "replicator/copy/copy_ledger.h"
#include "replicator/copy/copy_request.h"
#include "replicator/copy/definition_follower.h"
#include "replicator/copy/definition_ledger.h"
#include "replicator/copy/interrupts.h"
#include "replicator/copy/ledger_changes.h"
#include "replicator/copy/recopier.h"
#include "replicator/copy/table_event.h"
#include "replicator/copy/table_finisher.h"
#include "replicator/copy/table_gate.h"
#include "replicator/failure_report.h"
#include "replicator/options.h"
#include "replicator/progress_board.h"
#include "replicator/retry_policy.h"
#include "replicator/routing.h"
#include "sinks/sink.h"

namespace tailrace {

// Everything of one sink's copy, for its applier: which tables are how far, what has to be done for
// them now, and what of the stream is dropped. The truth is the ledger in the target, which every
// session reads anew. Owned by the applier thread.
class SinkCopy {
 public:
  using Clock = std::chrono::steady_clock;

  struct Setup {
    std::size_t index = 0;  // of the sink in the pipeline
    const SinkPlan& plan;
    Source& source;
    Routing& routing;
    ProgressBoard& board;
    RetryTimes retry;
    CopyTimes times;
    std::uint32_t seed = 0;
    bool copy_first = false;              // a sink without a checkpoint begins with a copy
    std::filesystem::path requests;       // folder
    std::vector<std::string> sink_names;  // of the pipeline
    std::function<void()> on_progress;    // something has come to the target
    std::shared_ptr<spdlog::logger> log;
  };
  explicit SinkCopy(Setup setup);
  ~SinkCopy();

  // The applier begins; what waits ends on stop.
  void start(std::stop_token stop);

  // A session with the target has begun.
  Status join(Sink& sink, const Lease& lease);
  // What the first unit of a new sink has to write down, so that a restart knows.
  const std::vector<LedgerEntry>& first_entries() const { return first_entries_; }

  // Rows have to be read before the stream goes on. The sink stands at `held`.
  bool rows_pending() const { return ledger_.initial_copy_pending(); }
  Status copy_rows(Sink& sink, const Checkpoint& held, std::stop_token stop);

  TableGate& gate() { return gate_; }

  // At the end of a unit of the stream: what has to be written down with it, because tables changed
  // their definition, or have to be copied again. Then, once it is committed, noted().
  std::vector<LedgerEntry> note(const std::vector<StaleTable>& stale,
                                const std::vector<TableEvent>& events);
  Status noted(Sink& sink);

  // Between two units, with nothing of the stream under way: does what is due now, at most one step
  // of a copy at a time. backlog: the stream has work waiting.
  Status between_units(Sink& sink, const Checkpoint& held, bool backlog, std::stop_token stop);
  // When between_units() has to be called again at the latest.
  Clock::time_point wake_at() const;
  // An error of between_units() that concerns a table's copy alone: the sink goes on at once with a
  // new session. Asked once.
  bool take_own_failure();

  // The sink's position is waited for: it should be stored without delay.
  bool wants_position() const;
  bool settled() const {
    return ledger_.settled() && !definition_follower_.pending(ledger_, definitions_);
  }

 private:
  Status learn(Sink& sink);
  Result<bool> can_copy(const Lease& lease);
  Status changed(Sink& sink);
  Status advance(Sink& sink, const Checkpoint& held);
  bool any_converging() const;
  bool finish_due() const;
  Status finish(Sink& sink, const Checkpoint& held, std::stop_token stop);
  Result<std::vector<TableToFinish>> tables_to_finish(LedgerChanges& changes,
                                                      std::map<TableName, TableName>& targets);
  Status follow_definitions(Sink& sink, const Checkpoint& held, bool backlog, std::stop_token stop);
  Status look_for_requests(Sink& sink, const Checkpoint& held, const std::stop_token& stop);
  Status accept(Sink& sink, const Checkpoint& held, const CopyRequest& request,
                const std::stop_token& stop);
  Status step(Sink& sink, const Checkpoint& held, bool backlog, std::stop_token stop);
  Status step_failed(Sink& sink, const Checkpoint& held, Error error);
  Status give_up(Sink& sink, const Checkpoint& held, const Error& error);
  void show();
  void show_copy(CopyProgress progress);

  const Setup setup_;
  std::optional<Interrupts> interrupts_;
  const Lease* lease_ = nullptr;
  CopyLedger ledger_;
  DefinitionLedger definitions_;
  // What they become with the unit that is being committed.
  struct Noted {
    CopyLedger ledger;
    DefinitionLedger definitions;
    std::vector<TableName> changed;
    std::vector<StaleTable> stale;
  };
  std::optional<Noted> noted_;
  std::optional<bool> can_copy_;  // nothing: not known yet
  std::optional<Error> why_not_;
  std::vector<LedgerEntry> first_entries_;
  TableGate gate_;
  Copier copier_;
  Recopier recopier_;
  DefinitionFollower definition_follower_;
  RateMeter again_rate_;
  FailureReport failure_;  // of the copy that runs beside the stream
  Backoff backoff_;
  int failures_ = 0;  // in a row
  bool own_failure_ = false;
  bool accepting_ = false;         // a request waits for the source's tables
  bool worked_ = false;            // the last between_units() changed something
  Clock::time_point next_step_{};  // of the recopier
  Clock::time_point next_look_{};  // for requests
};

}  // namespace tailrace
