#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/fwd.h>

#include "extractors/extractor.h"
#include "replicator/copy/copy_ledger.h"
#include "replicator/copy/inquiry.h"
#include "replicator/copy/interrupts.h"
#include "replicator/copy/long_wait.h"
#include "replicator/copy/rate_limit.h"
#include "replicator/copy/row_batch.h"
#include "replicator/copy/source_moment.h"
#include "replicator/options.h"
#include "replicator/routing.h"
#include "sinks/sink.h"

namespace tailrace {

// Copies tables of a running sink again, a chunk at a time, between units of the stream and through
// the sink's own session: read, applied as upserts, and committed with its ledger entry. The first
// chunk takes the table's rows away in the same target transaction.
//
// A chunk is kept only if it was read at a moment behind the sink's position; everything the stream
// brings from there on is then applied over it. The stream stands still while a snapshot is opened
// and a chunk is read, so that the one is behind the other; but only for a while: a source that
// takes longer is waited for beside the stream. Owned by the applier thread.
class Recopier {
 public:
  using Clock = SourceMoment::Clock;

  struct Setup {
    const SinkPlan& plan;
    Source& source;
    Routing& routing;
    CopyTimes times;
    std::shared_ptr<spdlog::logger> log;
  };
  // Whose error ended a step: after one of the target the session has to be dropped.
  enum class Side : std::uint8_t { source, target };

  explicit Recopier(Setup setup);

  // The captured tables as they are now; nullptr: it is waited for.
  Result<const std::vector<SnapshotTable>*> describe(const Checkpoint& held, Interrupts& interrupts,
                                                     const std::stop_token& stop);
  // One thing that has to be done for the table: cut into chunks, copy one, or find its end. Moves
  // the table on in the ledger, at the target and here. `busy`: the source is not there yet where
  // the sink is. waits(): nothing could be done, because the source has not answered yet, or the
  // stream has not brought the definition yet that the rows would be read with.
  Status step(Sink& sink, const Checkpoint& held, TableCopy& table, Interrupts& interrupts,
              std::stop_token stop);
  bool waits() const { return wake_at_.has_value(); }
  bool waits_for_position() const { return moment_.waits_for_position(); }
  Clock::time_point wake_at() const { return wake_at_.value_or(Clock::time_point::max()); }
  Side failed_side() const { return side_; }
  // After an error of the source: what is held there goes.
  void drop_snapshot();
  // Nothing is to be copied.
  void rest();

 private:
  struct Opened {
    std::unique_ptr<Snapshot> snapshot;
    std::vector<SnapshotTable> tables;
  };
  static Result<Opened> open(Source& source, const Checkpoint& held, const std::stop_token& stop);
  Result<bool> covers(const Checkpoint& held) const;
  void adopt(Opened opened, Interrupts& interrupts);
  Result<bool> settled(const Checkpoint& held, const TableName& table, const std::stop_token& stop);
  bool is_settled(const SnapshotTable& source);
  Status plan(Sink& sink, const Checkpoint& held, TableCopy& table, const SnapshotTable& source);
  Status copy_chunk(Sink& sink, const Checkpoint& held, TableCopy& table,
                    const SnapshotTable& source, Interrupts& interrupts, std::stop_token stop);
  Result<CopyChunk> fill_unit(Sink& sink, const Checkpoint& held, const TableCopy& table,
                              std::size_t index, const SnapshotTable& source, std::stop_token stop);
  Status apply(Sink& sink, const Block& block, const SnapshotTable& source,
               const TableName& target);
  Status conclude(Sink& sink, const Checkpoint& held, TableCopy& table, TableCopy next,
                  const std::stop_token& stop);
  Status conclude_gone(Sink& sink, const Checkpoint& held, TableCopy& table,
                       const std::stop_token& stop);
  Result<Position> end_of(const TableCopy& table, const std::stop_token& stop);
  void say_copied(const TableCopy& table) const;
  Status open_reader(Interrupts& interrupts);
  const SnapshotTable* find(const TableName& name) const;

  const Setup setup_;
  RateLimit limit_;
  RowBatch batch_;
  Side side_ = Side::source;
  std::optional<Clock::time_point> wake_at_;  // the last step() could do nothing
  Inquiry<Opened> opening_;
  Clock::duration patience_;  // how long the stream stands still for it
  Checkpoint opened_at_;      // where the sink was when it was asked for
  std::optional<Interruptible<Snapshot>> snapshot_;
  std::optional<Interruptible<TableReader>> reader_;
  std::vector<SnapshotTable> tables_;
  // The definition that the rows of a table may be read with: the stream has brought it.
  std::map<TableName, std::string> settled_;  // definitions
  SourceMoment moment_;  // when a definition was found that is not one of these
  std::pair<TableName, std::string> unsettled_;
  LongWait unsettled_wait_;
  SourceMoment end_;  // of the table that is concluded
  TableName concluded_;
  bool concluded_gone_ = false;
  Position exact_at_;  // of the snapshot, when its readers see one moment; empty: not known
  std::uint64_t chunk_bytes_ = 0;
  std::uint64_t chunk_rows_ = 0;
};

}  // namespace tailrace
