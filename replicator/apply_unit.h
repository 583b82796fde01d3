#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/block.h"
#include "replicator/copy/table_event.h"
#include "replicator/net_effect.h"
#include "replicator/options.h"
#include "replicator/routing.h"
#include "sinks/sink.h"

namespace tailrace {

// What is on its way to a target in one target transaction: changes of one or more source
// transactions, gathered to their net effect, and the checkpoint that goes with them. The target's
// transaction is begun by the first thing that needs it. Lives as long as a session with the sink,
// and is used again after commit() or rollback(). Owned by the applier thread.
class ApplyUnit {
 public:
  ApplyUnit(Sink& sink, Routing& routing, const ApplyOptions& limits, ApplyStyle style)
      : sink_(sink), routing_(routing), limits_(limits), style_(style) {}

  // From here on change by change, as the source made them.
  void set_in_order(bool in_order) { in_order_ = in_order; }

  // A large source transaction goes to the target in pieces, inside one target transaction.
  Status apply(const Change& change, const BlockPtr& block);
  Status apply(const SchemaChange& change);
  Status apply(const Message& message);
  // A source transaction is complete; its changes may be committed with this checkpoint.
  void complete(Checkpoint checkpoint);
  // Goes with the checkpoint: entries of the ledger.
  void note(const std::vector<LedgerEntry>& entries) {
    entries_.insert(entries_.end(), entries.begin(), entries.end());
  }
  // A statement about tables is part of it, whatever of it is applied.
  void saw(TableEvent event) { events_.push_back(std::move(event)); }
  const std::vector<TableEvent>& events() const { return events_; }
  // There is nothing to apply up to here.
  void advance(Checkpoint checkpoint) { checkpoint_ = std::move(checkpoint); }

  // Whether there is something to commit; never in the middle of a source transaction.
  bool can_commit() const { return checkpoint_.has_value(); }
  bool is_full() const;
  std::uint64_t change_count() const { return change_count_; }
  std::uint64_t transaction_count() const { return transaction_count_; }

  // Everything but the checkpoint is at the target, in its open transaction.
  Status apply_rest();
  // Answers the checkpoint that is now durable.
  Result<Checkpoint> commit();
  void rollback();

 private:
  Status ensure_begun();
  Status flush();
  Status apply_in_order(const Change& change);
  void clear();

  Sink& sink_;
  Routing& routing_;
  const ApplyOptions& limits_;
  const ApplyStyle style_;
  bool in_order_ = false;

  NetEffect net_;
  bool begun_ = false;  // the sink has an open transaction
  std::optional<Checkpoint> checkpoint_;
  std::vector<LedgerEntry> entries_;
  std::vector<TableEvent> events_;
  std::uint64_t change_count_ = 0;
  std::uint64_t byte_count_ = 0;
  std::uint64_t transaction_count_ = 0;
};

}  // namespace tailrace
