#include "sinks/sql/key_change.h"

#include <algorithm>

namespace tailrace::sql {
namespace {

using Names = std::vector<std::string>;

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Names sorted(Names names) {
  std::sort(names.begin(), names.end());
  return names;
}

Names names_of(const TableSchema& schema) {
  Names names;
  for (const std::uint16_t index : schema.key) names.push_back(schema.columns[index].name);
  return names;
}

}  // namespace

KeyChange::KeyChange(const KnownTable& before, const TableSchema& after,
                     const AnnouncedColumns& announced, const TargetTable& target) {
  if (!before.schema) return;
  had_ = names_of(*before.schema);
  changes_ = sorted(names_now(announced)) != sorted(names_of(after));
  for (const auto& key : target.keys) {
    keys_.emplace_back();
    for (const std::uint16_t index : key) keys_.back().push_back(target.columns[index].name);
  }
  if (!target.primary_key.empty() && !keys_.empty()) primary_ = keys_.front();
}

bool KeyChange::had(const std::string& name) const {
  return contains(had_, name);
}

bool KeyChange::has_at_target(const std::string& column) const {
  return contains(primary_, column);
}

void KeyChange::rename_at_target(const std::string& from, const std::string& to) {
  for (auto& key : keys_) std::replace(key.begin(), key.end(), from, to);
  std::replace(primary_.begin(), primary_.end(), from, to);
}

bool KeyChange::is_at_target(const Names& wanted) const {
  if (wanted.empty()) return primary_.empty();
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const Names& key) { return sorted(key) == sorted(wanted); });
}

// A column that is gone, or was made anew, is nobody.
Names KeyChange::names_now(const AnnouncedColumns& announced) const {
  Names names;
  for (const std::string& old : had_) {
    const LiveColumn* column = announced.find_old(old);
    names.push_back(column == nullptr ? "" : column->name);
  }
  return names;
}

}  // namespace tailrace::sql
