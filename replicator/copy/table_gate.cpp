#include "replicator/copy/table_gate.h"

#include <algorithm>

namespace tailrace {

void TableGate::set_tables(const std::vector<TableCopy>& tables) {
  from_.clear();
  known_.clear();
  for (const TableCopy& table : tables) {
    const bool open = table.state == TableCopy::State::converging && !table.from.empty();
    if (open) from_.emplace(table.name, table.from);
  }
}

Result<bool> TableGate::begin(std::string_view transaction_id) {
  known_.clear();
  id_ = transaction_id;
  committed_ = {};
  if (!active()) return true;
  auto contained = source_.contains(from_.begin()->second, id_, {});
  if (!contained) return std::move(contained).error();
  return contained->has_value();
}

Result<bool> TableGate::drops(const TableName& table) {
  if (!active()) return false;
  const auto entry = from_.find(table);
  if (entry == from_.end()) return false;
  for (const auto& [from, dropped] : known_) {
    if (*from == entry->second) return dropped;
  }
  auto contained = source_.contains(entry->second, id_, committed_);
  if (!contained) return std::move(contained).error();
  if (!contained->has_value()) {
    return Error(ErrorKind::internal, "it is not known where transaction " + id_ + " lies");
  }
  known_.emplace_back(&entry->second, **contained);
  return **contained;
}

Result<std::vector<TableName>> TableGate::pass(const SchemaChange& change) {
  const auto& tables = change.tables;
  const bool swap = change.kind == SchemaChangeKind::swap_table;
  const std::size_t group = swap || change.kind == SchemaChangeKind::rename_table ? 2 : 1;
  std::vector<TableName> passed;
  for (std::size_t first = 0; first < tables.size(); first += group) {
    const std::size_t end = std::min(first + group, tables.size());
    bool drop = false;
    for (std::size_t i = first; i < end; ++i) {
      auto dropped = drops(tables[i]);
      if (!dropped) return std::move(dropped).error();
      drop = drop || *dropped;
    }
    if (drop) continue;
    for (std::size_t i = first; i < end; ++i) passed.push_back(tables[i]);
  }
  return passed;
}

}  // namespace tailrace
