#include "replicator/copy/definition_ledger.h"

#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "replicator/copy/ledger_key.h"

namespace tailrace {
namespace {

using nlohmann::json;

constexpr int kFormatVersion = 1;
constexpr std::string_view kKind = "definition ";

}  // namespace

TableDefinition DefinitionLedger::of(const TableName& name) const {
  const auto found = tables_.find(name);
  return found == tables_.end() ? TableDefinition() : found->second;
}

void DefinitionLedger::put(const TableName& name, TableDefinition definition) {
  if (definition == TableDefinition()) return remove(name);
  if (definition.due) {
    due_.insert(name);
  } else {
    due_.erase(name);
  }
  tables_[name] = std::move(definition);
}

void DefinitionLedger::set_due(const TableName& name) {
  TableDefinition definition = of(name);
  definition.due = true;
  put(name, std::move(definition));
}

void DefinitionLedger::remove(const TableName& name) {
  tables_.erase(name);
  due_.erase(name);
}

LedgerEntry DefinitionLedger::entry_of(const TableName& name) const {
  LedgerEntry entry{std::string(kKind) + ledger_key_name(name), {}};
  if (!knows(name)) return entry;
  const TableDefinition table = of(name);
  const json root = {{"version", kFormatVersion},
                     {"schema", name.schema},
                     {"table", name.table},
                     {"due", table.due},
                     {"given", table.given}};
  entry.text = root.dump();
  return entry;
}

Result<DefinitionLedger> DefinitionLedger::parse(std::span<const LedgerEntry> entries) {
  DefinitionLedger ledger;
  for (const LedgerEntry& entry : entries) {
    if (!entry.key.starts_with(kKind)) continue;
    try {
      const json root = json::parse(entry.text);
      if (root.at("version").get<int>() != kFormatVersion) {
        return damaged_ledger(entry.key, "its format version is not known");
      }
      TableDefinition table;
      table.due = root.at("due").get<bool>();
      table.given = root.at("given").get<Loader::Given>();
      ledger.put({root.at("schema").get<std::string>(), root.at("table").get<std::string>()},
                 std::move(table));
    } catch (const std::exception& e) {
      return damaged_ledger(entry.key, e.what());
    }
  }
  return ledger;
}

}  // namespace tailrace
