#include "replicator/copy/ledger_changes.h"

#include <utility>

#include <spdlog/spdlog.h>

namespace tailrace {

void LedgerChanges::apply(const TableEvent& event, bool follows) {
  const auto& tables = event.tables;
  switch (event.kind) {
    case SchemaChangeKind::truncate:
    case SchemaChangeKind::drop_schema:
      return;
    case SchemaChangeKind::drop_table:
      for (const TableName& table : tables) remove(table);
      return;
    case SchemaChangeKind::rename_table:
      for (std::size_t i = 0; i + 1 < tables.size(); i += 2) rename(tables[i], tables[i + 1]);
      for (std::size_t i = 0; follows && i + 1 < tables.size(); i += 2) {
        definition_due(tables[i + 1]);
      }
      return;
    case SchemaChangeKind::swap_table:  // the helper was never sent
      if (follows && !tables.empty()) definition_due(tables.front());
      return;
    case SchemaChangeKind::create_table:
    case SchemaChangeKind::alter_table:
    case SchemaChangeKind::other:
      for (const TableName& table : tables) {
        if (follows) definition_due(table);
      }
      return;
  }
}

std::vector<LedgerEntry> LedgerChanges::entries() const {
  std::vector<LedgerEntry> all;
  for (const auto& [key, text] : entries_) all.push_back({key, text});
  return all;
}

void LedgerChanges::write(std::vector<LedgerEntry> entries) {
  for (LedgerEntry& entry : entries) entries_[std::move(entry.key)] = std::move(entry.text);
}

void LedgerChanges::copy_again(const TableName& table, std::string why) {
  TableCopy* known = copies_.find(table);
  TableCopy& copy = known != nullptr ? *known : copies_.add(table);
  TableCopy next;
  next.name = table;
  next.mode = TableCopy::Mode::again;
  next.why = std::move(why);
  next.rows_expected = copy.rows;
  write(replacing_entries(copy, next));
  copy = std::move(next);
  stale_.push_back({table, copy.why});
}

void LedgerChanges::definition_due(const TableName& table) {
  definitions_.set_due(table);
  write({definitions_.entry_of(table)});
  changed_.push_back(table);
}

void LedgerChanges::remove(const TableName& table) {
  if (const TableCopy* copy = copies_.find(table)) {
    std::vector<LedgerEntry> entries{{table_entry(*copy).key, {}}};
    forget_chunks(*copy, copy->chunks.size(), entries);
    write(std::move(entries));
    copies_.remove(table);
  }
  if (!definitions_.knows(table)) return;
  definitions_.remove(table);
  write({definitions_.entry_of(table)});
  changed_.push_back(table);
}

// What is known of its rows holds under the new name as well. Those of which a part was there are
// read anew.
void LedgerChanges::rename(const TableName& from, const TableName& to) {
  const TableCopy* copy = copies_.find(from);
  const bool copied = copy != nullptr;
  TableCopy moved = copied ? *copy : TableCopy();
  const TableDefinition given = definitions_.of(from);
  remove(from);
  remove(to);
  if (given != TableDefinition()) {
    definitions_.put(to, given);
    write({definitions_.entry_of(to)});
    changed_.push_back(to);
  }
  if (!copied) return;
  if (moved.in_part()) return copy_again(to, "it was renamed while it was copied");
  moved.name = to;
  copies_.add(to) = moved;
  write({table_entry(moved)});
}

void log_stale(std::span<const StaleTable> tables, spdlog::logger& log) {
  for (const StaleTable& stale : tables) {
    log.warn("table is copied again table={} reason=\"{}\"", stale.table.to_string(), stale.why);
  }
}

}  // namespace tailrace
