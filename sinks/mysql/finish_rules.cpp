#include <algorithm>

#include <fmt/format.h>

#include "sinks/mysql/row_room.h"
#include "sinks/mysql/table_finisher.h"

namespace tailrace::mysql {
namespace {

using sql::TargetColumn;
using sql::TargetIndexColumn;
using sql::TargetType;
using Reason = std::optional<std::string>;

constexpr std::uint32_t kOctetsPerCharacter = 4;
constexpr std::uint32_t kFixedOctets = 30;

bool has_characters(const TargetColumn& column) {
  return column.type == TargetType::text || column.base_type_name.ends_with("text");
}

bool has_octets(const TargetColumn& column) {
  return column.type == TargetType::bytes;
}

bool is_outside_of_row(const TargetColumn& column) {
  return column.base_type_name.ends_with("text") || column.base_type_name.ends_with("blob");
}

// Of the column, or of the part of it that is indexed; 0: no limit.
std::uint32_t octets_of(const TargetColumn& column, std::uint32_t prefix) {
  const std::uint32_t units = prefix > 0 ? prefix : column.length;
  if (has_characters(column)) return units * kOctetsPerCharacter;
  return has_octets(column) ? units : kFixedOctets;
}

// A part as long as the column, or of something that has no parts, is the whole.
void drop_idle_prefix(const TargetColumn& column, TargetIndexColumn& part) {
  const bool whole = column.length > 0 && part.prefix_length >= column.length;
  if (whole || !(has_characters(column) || has_octets(column))) part.prefix_length = 0;
}

// Gives columns without limit, and those that ask for too much, an equal share of the key.
void share_room(const sql::TargetTable& table, std::vector<TargetIndexColumn>& parts) {
  const auto share = static_cast<std::uint32_t>(kMaxKeyOctets / parts.size());
  std::uint32_t total = 0;
  bool open = false;
  for (const TargetIndexColumn& part : parts) {
    const std::uint32_t octets = octets_of(table.columns[part.column], part.prefix_length);
    open = open || octets == 0;
    total += octets;
  }
  const bool too_large = total > kMaxKeyOctets;
  if (!open && !too_large) return;
  constexpr std::uint32_t kUsefulOctets = 1020;  // 255 characters
  for (TargetIndexColumn& part : parts) {
    const TargetColumn& column = table.columns[part.column];
    const std::uint32_t octets = octets_of(column, part.prefix_length);
    if (octets != 0 && (octets <= share || !too_large)) continue;
    const std::uint32_t room = std::min(share, kUsefulOctets);
    part.prefix_length = has_characters(column) ? room / kOctetsPerCharacter : room;
  }
}

Reason refuse_column(const TargetColumn& column, const ServerVersion& version, bool unique,
                     std::uint32_t prefix) {
  const bool known = column.type != TargetType::json && column.type != TargetType::geometry &&
                     column.type != TargetType::vector;
  if (!known) return fmt::format("column \"{}\" is {}", column.name, column.type_name);
  if (!unique || prefix > 0 || !is_outside_of_row(column) || version.is_mariadb()) return {};
  return fmt::format(
      "column \"{}\" is {}, of which MySQL could only make the beginning unique; give it a length",
      column.name, column.type_name);
}

Reason adapt(const ServerVersion& version, const sql::TargetTable& table,
             sql::MissingIndex& index) {
  if (index.by_definition || index.method == "fulltext" || index.method == "spatial") return {};
  for (TargetIndexColumn& part : index.columns) {
    const TargetColumn& column = table.columns[part.column];
    drop_idle_prefix(column, part);
    auto reason = refuse_column(column, version, index.unique, part.prefix_length);
    if (reason) return reason;
  }
  // Half of a unique key would refuse rows: the server says what is too long.
  if (!index.unique && !index.columns.empty()) share_room(table, index.columns);
  return {};
}

}  // namespace

sql::FinishRules finish_rules(const ServerVersion& version) {
  sql::FinishRules rules;
  rules.same_kind = SourceEngine::mysql;
  rules.names_ignore_case = true;
  rules.prefixes = true;
  rules.methods = {"fulltext", "spatial"};
  rules.on_update_now = true;
  rules.set_default = false;
  rules.auto_increment_needs_index = true;
  rules.most_table_comment_characters = 2048;
  rules.most_column_comment_characters = 1024;
  rules.adapt = [version](const sql::TargetTable& table, sql::MissingIndex& index) {
    return adapt(version, table, index);
  };
  return rules;
}

}  // namespace tailrace::mysql
