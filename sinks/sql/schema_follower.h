#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/change.h"
#include "core/result.h"
#include "sinks/sink.h"
#include "sinks/sql/dialect.h"
#include "sinks/sql/schema_diff.h"
#include "sinks/sql/schema_memory.h"
#include "sinks/sql/target_table.h"

namespace tailrace::sql {

// Makes the tables of a target follow those of the source (docs/schema-evolution.md). One per
// session with the target; belongs to the applier thread. What it knows is in the ledger
// (SchemaMemory), what the target has is asked each time, so every step may be repeated.
class SchemaFollower {
 public:
  // How the session reads and changes its target.
  struct Access {
    std::function<Result<std::optional<TargetTable>>(const TableName&)> load;
    // Within the unit, or committed at once where definitions commit. The table that it is about.
    std::function<Status(const std::string& sql, const TableName& target)> execute;
    std::function<Status(const TableName& target)> clear;  // all rows
  };

  SchemaFollower(const Dialect& dialect, Access access)
      : dialect_(dialect), access_(std::move(access)) {}

  void set_policy(SchemaPolicy policy) { policy_ = policy; }
  // What the ledger says; needed before anything else.
  void load(std::span<const LedgerEntry> entries) {
    memory_.load(entries);
    loaded_ = true;
  }
  bool loaded() const { return loaded_; }
  // Rows of these targets may be later than the stream. Their definition is not: nothing is read
  // with one that the stream has not brought.
  void set_converging(std::set<TableName> targets) {
    converging_ = std::move(targets);
    emptied_.clear();
  }

  // Whether stale tables will be copied again.
  void set_copies_again(bool on) { copies_again_ = on; }

  // create, alter, rename, swap and drop; the drop itself is the sink's.
  Status on_change(const SchemaChange& change, std::span<const TableName> targets);
  // Rows of that version come next.
  Status before_rows(const TableSchema& schema, const TableName& target);

  // At the end of a unit: what has to be written with it, and how it ended.
  std::vector<LedgerEntry> ledger_changes() const { return memory_.changes(); }
  std::vector<StaleTable> take_stale() { return std::exchange(stale_, {}); }
  std::vector<TableName> take_followed() { return std::exchange(followed_, {}); }
  // Its rows went in this unit: those that come now meet none.
  bool is_stale(const TableName& target) const { return emptied_.contains(target); }
  void committed() { memory_.committed(); }
  void rolled_back();

 private:
  Status on_altered(const SchemaChange& change, const TableName& target);
  Status on_renamed(const SchemaChange& change, std::span<const TableName> targets);
  Status on_swapped(const SchemaChange& change, const TableName& target);
  // Brings the target to that version as far as the policy lets it.
  // stale: why rows that exist cannot be made right, where that is known already.
  Status follow(const TableName& source, const TableSchema& after, const TableName& target,
                const std::string& stale = {});
  Status follow_identities(const TableSchema& schema, const TableName& target);
  Status run(const std::vector<SchemaStep>& steps, const TableName& target);
  Status give_up_rows(const TableName& source, const TableName& target, const std::string& why);

  const Dialect& dialect_;
  const Access access_;
  SchemaPolicy policy_ = SchemaPolicy::apply;
  bool loaded_ = false;
  SchemaMemory memory_;
  std::set<TableName> converging_;
  std::vector<StaleTable> stale_;
  std::vector<TableName> followed_;
  std::set<TableName> emptied_;  // targets, until the sink is told which tables converge
  bool copies_again_ = false;
};

}  // namespace tailrace::sql
