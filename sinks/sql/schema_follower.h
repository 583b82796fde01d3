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

// Tables beside the checkpoint whose names say whether tables were renamed. Empty: none is needed.
struct RenameMarkers {
  TableName old = {};  // of the time before, no longer needed
  TableName before = {};
  TableName after = {};
};

// The statements that rename tables, from and to in turn, together with the marker.
std::vector<std::string> rename_statements(const Dialect& dialect,
                                           const std::vector<TableName>& pairs,
                                           const RenameMarkers& markers);

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
    // Whether a query answers a row.
    std::function<Result<bool>(const std::string& sql)> finds_row = {};
    // Where definitions commit: writes an entry of the ledger at once, beside the unit.
    std::function<Status(const LedgerEntry& entry)> remember = {};
    std::string sink = {};  // tells sinks apart that have the same target
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
  // Targets whose rows are being copied; those that were emptied are among them. What is announced
  // for them may be older than the version that they have.
  void set_converging(std::set<TableName> targets) {
    converging_ = std::move(targets);
    emptied_.clear();
  }

  // Whether stale tables will be copied again.
  void set_copies_again(bool on) { copies_again_ = on; }

  // What a person has to do at the target must not come before rows of the same unit.
  bool waits_for_people(SchemaChangeKind kind) const {
    const bool manual = policy_ == SchemaPolicy::add_only || policy_ == SchemaPolicy::stop;
    return manual && (kind == SchemaChangeKind::alter_table || is_about_tables(kind));
  }

  // What a session does to a table as a whole; none: it was done already.
  struct Deeds {
    std::function<Status(const TableName&)> truncate = {};
    std::function<Status(const TableName&)> drop = {};
    std::function<Status(const TableName&)> refuse_drop_schema = {};
  };
  // on_change(), and then what it comes to for tables as a whole.
  Status apply(const SchemaChange& change, std::span<const TableName> targets, const Deeds& deeds);
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
  static bool is_about_tables(SchemaChangeKind kind) {
    return kind == SchemaChangeKind::drop_table || kind == SchemaChangeKind::rename_table ||
           kind == SchemaChangeKind::swap_table;
  }
  // Whether a table that the source dropped goes; schema_mismatch: a person has to say so.
  Result<bool> drops(const TableName& target);
  // Whether what the source dropped as a whole stays at the target.
  bool keeps_tables() const {
    return policy_ == SchemaPolicy::add_only || policy_ == SchemaPolicy::ignore;
  }
  Status apply_to(const TableName& target, SchemaChangeKind kind, const Deeds& deeds);
  Status on_altered(const SchemaChange& change, const TableName& target);
  Status on_renamed(const SchemaChange& change, std::span<const TableName> targets);
  Status on_swapped(const SchemaChange& change, const TableName& target);
  // Brings the target to that version as far as the policy lets it.
  // stale: why rows that exist cannot be made right, where that is known already.
  Status follow(const TableName& source, const TableSchema& after, const TableName& target,
                const std::string& stale = {});
  Status follow_identities(const TableSchema& schema, const TableName& target);
  Status follow_lost_rows(const TableName& source, const TableName& target);
  Status run(const std::vector<SchemaStep>& steps, const TableName& source,
             const TableName& target);
  Status make(const SchemaStep& step, const TableName& target);
  Status make_key(const SchemaStep& step, const TableName& source, const TableName& target);
  Status execute(const SchemaStep& step, const std::string& statement, const TableName& target);
  Status follow_missing(const TableName& source, const TableSchema& after, const TableName& target);
  Result<std::vector<TableName>> pairs_to_rename(std::span<const TableName> targets) const;
  Status rename_once(const std::vector<TableName>& pairs, bool cyclic);
  std::string marker(std::string_view prefix, std::uint64_t number) const;
  RenameMarkers markers() const;
  Status give_up_rows(const TableName& source, const TableName& target, const std::string& why);
  Status remember_given_up(const TableName& source);

  const Dialect& dialect_;
  const Access access_;
  SchemaPolicy policy_ = SchemaPolicy::apply;
  bool loaded_ = false;
  SchemaMemory memory_;
  std::vector<StaleTable> stale_;
  std::vector<TableName> followed_;
  std::set<TableName> converging_;
  std::set<TableName> emptied_;  // targets, until the sink is told which tables converge
  bool copies_again_ = false;
};

}  // namespace tailrace::sql
