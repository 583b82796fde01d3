#pragma once

#include <map>
#include <set>
#include <span>
#include <vector>

#include "core/result.h"
#include "core/table_schema.h"
#include "sinks/sink.h"

namespace tailrace {

// What the ledger says of one table's definition.
struct TableDefinition {
  // The source's changed, or may have, since the target was last brought to it.
  bool due = false;
  // What the target was given beside its rows (Loader::finish_table).
  Loader::Given given = {};
  friend bool operator==(const TableDefinition&, const TableDefinition&) = default;
};

// Which tables' definitions have to be looked at again, and what was made of them. Kept in the
// target beside the CopyLedger, in entries of their own that change in the same transactions.
//
//   definition <name>     a TableDefinition; none: nothing is due, and nothing was given
//
// Rules without I/O. Owned by the applier thread.
class DefinitionLedger {
 public:
  // Entries of other kinds are passed over. checkpoint_corrupt: an entry cannot be understood.
  static Result<DefinitionLedger> parse(std::span<const LedgerEntry> entries);

  const std::map<TableName, TableDefinition>& tables() const { return tables_; }
  // Of a table that has no entry: nothing is due, and nothing was given.
  TableDefinition of(const TableName& name) const;
  bool knows(const TableName& name) const { return tables_.contains(name); }
  const std::set<TableName>& due() const { return due_; }
  void put(const TableName& name, TableDefinition definition);
  void set_due(const TableName& name);
  void remove(const TableName& name);

  // The entry as it has to be in the ledger now.
  LedgerEntry entry_of(const TableName& name) const;

 private:
  std::map<TableName, TableDefinition> tables_;
  std::set<TableName> due_;  // of them
};

}  // namespace tailrace
