#include "sinks/sql/announced_columns.h"

#include <algorithm>

namespace tailrace::sql {

AnnouncedColumns::AnnouncedColumns(const KnownTable& known)
    : all_known_(known.schema.has_value() && !known.ahead) {
  if (known.schema) {
    for (const Column& column : known.schema->columns) {
      live_.push_back({column.name, &column, column.name, {}});
    }
  }
  for (const ColumnChange& change : known.pending) apply(change);
}

const LiveColumn* AnnouncedColumns::find(std::string_view name) const {
  const auto found = std::find_if(live_.begin(), live_.end(),
                                  [&](const LiveColumn& column) { return column.name == name; });
  return found == live_.end() ? nullptr : &*found;
}

const LiveColumn* AnnouncedColumns::find_old(std::string_view old_name) const {
  const auto found = std::find_if(live_.begin(), live_.end(), [&](const LiveColumn& column) {
    return column.old_name == old_name;
  });
  return found == live_.end() ? nullptr : &*found;
}

std::vector<LiveColumn>::iterator AnnouncedColumns::position_of(const std::string& name) {
  return std::find_if(live_.begin(), live_.end(),
                      [&](const LiveColumn& column) { return column.name == name; });
}

void AnnouncedColumns::apply(const ColumnChange& change) {
  switch (change.kind) {
    case ColumnChange::Kind::add:
      if (find(change.name) == nullptr) live_.push_back({change.name, nullptr, {}, change.fill});
      return;
    case ColumnChange::Kind::drop:
      return drop(change.name);
    case ColumnChange::Kind::rename:
      return rename(change.name, change.new_name);
    case ColumnChange::Kind::modify:
      return;
  }
}

void AnnouncedColumns::drop(const std::string& name) {
  const auto found = position_of(name);
  if (found == live_.end()) {
    if (!all_known_) dropped_.push_back(name);
    return;
  }
  if (!found->old_name.empty()) {
    dropped_.push_back(found->old_name);
  } else {
    (all_known_ ? passing_ : dropped_).push_back(name);
  }
  live_.erase(found);
}

void AnnouncedColumns::rename(const std::string& from, const std::string& to) {
  if (find(to) != nullptr) return;
  const auto found = position_of(from);
  if (found == live_.end()) {
    if (!all_known_) live_.push_back({to, nullptr, from, {}});
    return;
  }
  if (found->old_name.empty()) passing_.push_back(from);
  found->name = to;
}

std::optional<TableSchema> announced_schema(const KnownTable& before) {
  if (!before.schema || !before.columns_known || before.pending.empty()) return std::nullopt;
  const AnnouncedColumns announced(before);
  TableSchema schema = *before.schema;
  schema.columns.clear();
  schema.key.clear();
  for (const ColumnChange& change : before.pending) {
    if (change.kind == ColumnChange::Kind::modify) return std::nullopt;
  }
  for (const LiveColumn& column : announced.live()) {
    if (column.before == nullptr) return std::nullopt;
    schema.columns.push_back(*column.before);
    schema.columns.back().name = column.name;
  }
  for (const std::uint16_t index : before.schema->key) {
    const LiveColumn* column = announced.find_old(before.schema->columns[index].name);
    if (column == nullptr) continue;
    schema.key.push_back(static_cast<std::uint16_t>(column - announced.live().data()));
  }
  return schema;
}

bool agrees(const KnownTable& before, const TableSchema& after) {
  if (!before.schema || !before.columns_known) return false;
  const AnnouncedColumns announced(before);
  if (announced.live().size() != after.columns.size()) return false;
  return std::all_of(after.columns.begin(), after.columns.end(),
                     [&](const Column& column) { return announced.find(column.name) != nullptr; });
}

}  // namespace tailrace::sql
