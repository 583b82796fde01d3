#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include <spdlog/fwd.h>

#include "replicator/copy/copy_ledger.h"
#include "replicator/copy/definition_ledger.h"
#include "replicator/copy/table_event.h"
#include "sinks/sink.h"

namespace tailrace {

// What a unit of the stream does to the ledgers, which are changed in its target transaction. Pure.
class LedgerChanges {
 public:
  LedgerChanges(CopyLedger& copies, DefinitionLedger& definitions)
      : copies_(copies), definitions_(definitions) {}

  // follows: definitions are brought to the target by themselves.
  void apply(const TableEvent& event, bool follows);
  // From its beginning, whatever it is in the middle of.
  void copy_again(const TableName& table, std::string why);
  void definition_due(const TableName& table);

  // What has to be written.
  std::vector<LedgerEntry> entries() const;
  // Tables whose definition is another one now.
  const std::vector<TableName>& changed() const { return changed_; }
  // Those that are copied again now, and why.
  const std::vector<StaleTable>& stale() const { return stale_; }

 private:
  void write(std::vector<LedgerEntry> entries);
  void remove(const TableName& table);
  void rename(const TableName& from, const TableName& to);

  CopyLedger& copies_;
  DefinitionLedger& definitions_;
  std::map<std::string, std::string> entries_;  // by key: the last one counts
  std::vector<TableName> changed_;
  std::vector<StaleTable> stale_;
};

// For people.
void log_stale(std::span<const StaleTable> tables, spdlog::logger& log);

}  // namespace tailrace
