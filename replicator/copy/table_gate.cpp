#include "replicator/copy/table_gate.h"

#include "replicator/copy/gated_change.h"

namespace tailrace {

void TableGate::set_tables(const std::vector<TableCopy>& tables) {
  from_.clear();
  known_.clear();
  unknown_.clear();
  for (const TableCopy& table : tables) {
    const bool open = table.state == TableCopy::State::converging;
    if (open && !table.from.empty()) from_.emplace(table.name, table.from);
    const bool one_moment = !table.from.empty() && table.from == table.until;
    if (table.in_part() || (open && !one_moment)) unknown_.insert(table.name);
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

Result<std::optional<std::vector<SchemaChange>>> TableGate::rest(const SchemaChange& change) {
  std::optional<std::vector<SchemaChange>> as_it_is;
  if (!active() && unknown_.empty()) return as_it_is;
  std::vector<CopiedAs> copied;
  for (const TableName& table : change.tables) {
    auto later = drops(table);
    if (!later) return std::move(later).error();
    copied.push_back({*later, unknown_.contains(table)});
  }
  return still_concerned(change, copied);
}

}  // namespace tailrace
