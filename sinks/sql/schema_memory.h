#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/change.h"
#include "core/result.h"
#include "sinks/sink.h"

namespace tailrace::sql {

// What a sink has given to the target of one source table, and what was announced for it since.
struct KnownTable {
  std::optional<TableSchema> schema;  // the version that the target's columns were brought to
  std::vector<ColumnChange> pending;  // done to columns since, as far as announced
  bool columns_known = true;          // pending is all of it
  // A helper's: it would not have the rows of its table. Else: the target has not the source's
  // rows, and nobody was told of it yet.
  bool rows_changed = false;
  bool filled = false;  // a helper's: it has the rows of its table, says the tool that made it
  // The version may be later than what is announced: it was looked up while rows were copied. Not
  // in the ledger.
  bool ahead = false;
  friend bool operator==(const KnownTable&, const KnownTable&) = default;
};

// What a loader writes with a chunk: the entries, and of a source that announces no changes which
// version the rows are of, for the sink that goes on with the stream. Of others the sink itself may
// have noted one meanwhile.
std::vector<LedgerEntry> with_schema_entry(std::span<const LedgerEntry> entries,
                                           const TableSchema& schema);

// Of all tables of a sink, by their names at the source. Kept in the ledger, one entry per table,
// which changes in the same transaction as the rows: after a crash it is what the rows are.
class SchemaMemory {
 public:
  // Whether it is one of these, and nobody else's business.
  static bool owns(const LedgerEntry& entry);

  // Entries of other kinds are passed over. An entry of a later version is forgotten: then nothing
  // is known of that table, and nothing of it is ever dropped.
  void load(std::span<const LedgerEntry> entries);

  KnownTable* find(const TableName& name);
  KnownTable& of(const TableName& name);  // makes one
  // The name under which the same table (TableTraits::identity) is known, if it is another one.
  std::optional<TableName> find_identity(const TableSchema& schema) const;
  void forget(const TableName& name);
  void forget_schema(const std::string& schema);
  void rename(const TableName& from, const TableName& to);
  void touch(const TableName& name) { changed_.insert(name); }

  // What the ledger has to say of that table at once, whatever becomes of the unit: that its rows
  // are not the source's any more (KnownTable::rows_changed), beside what is stored of it. Nothing:
  // it is said already. The end of the unit takes it back.
  std::optional<LedgerEntry> mark_rows_changed(const TableName& name);

  // How often tables were renamed in a way that a repetition could not tell from the first time.
  std::uint64_t renames() const { return renames_; }
  void count_rename() { ++renames_; }

  // What has to be written with the unit; then one of the two below tells how it ended.
  std::vector<LedgerEntry> changes() const;
  void committed();
  void rolled_back();

 private:
  std::map<TableName, KnownTable> tables_;
  std::map<TableName, KnownTable> stored_;
  std::set<TableName> changed_;
  std::uint64_t renames_ = 0;
  std::uint64_t stored_renames_ = 0;
};

}  // namespace tailrace::sql
