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

const TableDefinition* DefinitionLedger::find(const TableName& name) const {
  const auto found = tables_.find(name);
  return found == tables_.end() ? nullptr : &found->second;
}

LedgerEntry DefinitionLedger::entry_of(const TableName& name) const {
  LedgerEntry entry{std::string(kKind) + ledger_key_name(name), {}};
  const TableDefinition* table = find(name);
  if (table == nullptr || *table == TableDefinition()) return entry;
  const json root = {{"version", kFormatVersion},
                     {"schema", name.schema},
                     {"table", name.table},
                     {"due", table->due},
                     {"given", table->given}};
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
      ledger.tables_[{root.at("schema").get<std::string>(), root.at("table").get<std::string>()}] =
          std::move(table);
    } catch (const std::exception& e) {
      return damaged_ledger(entry.key, e.what());
    }
  }
  return ledger;
}

}  // namespace tailrace
