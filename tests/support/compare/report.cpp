#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/support/compare/compare.h"

namespace tailrace::testing {
namespace {

std::string verdict(const TableReport& table) {
  if (table.equal()) return "equal";
  if (!table.target_rows) return "no such table";
  if (!table.missing_columns.empty()) return "columns missing";
  return fmt::format("{} rows differ", table.difference_count);
}

std::string line(const Difference& difference) {
  switch (difference.kind) {
    case DifferenceKind::only_at_source:
      return fmt::format("{}: only at the source", difference.key);
    case DifferenceKind::only_at_target:
      return fmt::format("{}: only at the target", difference.key);
    case DifferenceKind::value:
      return fmt::format("{}: {} is \"{}\" at the source, \"{}\" at the target", difference.key,
                         difference.column, difference.source_value, difference.target_value);
  }
  return {};
}

std::string count(const std::optional<std::uint64_t>& rows) {
  return rows ? std::to_string(*rows) : "-";
}

std::string_view name_of(DifferenceKind kind) {
  switch (kind) {
    case DifferenceKind::only_at_source:
      return "only_at_source";
    case DifferenceKind::only_at_target:
      return "only_at_target";
    case DifferenceKind::value:
      return "value";
  }
  return {};
}

}  // namespace

std::string describe(const CompareReport& report) {
  std::size_t width = 5;
  for (const TableReport& table : report.tables) width = std::max(width, table.table.size());
  std::string text = fmt::format("{:<{}} {:>15} {:>15}   {}\n", "table", width, "rows at source",
                                 "rows at target", "result");
  for (const TableReport& table : report.tables) {
    text += fmt::format("{:<{}} {:>15} {:>15}   {}\n", table.table, width, table.source_rows,
                        count(table.target_rows), verdict(table));
    for (const std::string& column : table.missing_columns) {
      text += fmt::format("  column {} is not at the target\n", column);
    }
    for (const Difference& difference : table.differences) text += "  " + line(difference) + "\n";
  }
  return text;
}

std::string to_json(const CompareReport& report) {
  nlohmann::ordered_json tables = nlohmann::ordered_json::array();
  for (const TableReport& table : report.tables) {
    nlohmann::ordered_json differences = nlohmann::ordered_json::array();
    for (const Difference& difference : table.differences) {
      nlohmann::ordered_json entry = {{"kind", name_of(difference.kind)}, {"key", difference.key}};
      if (difference.kind == DifferenceKind::value) {
        entry["column"] = difference.column;
        entry["source"] = difference.source_value;
        entry["target"] = difference.target_value;
      }
      differences.push_back(std::move(entry));
    }
    nlohmann::ordered_json entry = {{"table", table.table},
                                    {"equal", table.equal()},
                                    {"source_rows", table.source_rows},
                                    {"target_rows", nullptr},
                                    {"missing_columns", table.missing_columns},
                                    {"difference_count", table.difference_count},
                                    {"differences", std::move(differences)}};
    if (table.target_rows) entry["target_rows"] = *table.target_rows;
    tables.push_back(std::move(entry));
  }
  const nlohmann::ordered_json whole = {{"equal", report.equal()},
                                        {"source_rows", report.source_rows()},
                                        {"target_rows", report.target_rows()},
                                        {"tables", std::move(tables)}};
  return whole.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace tailrace::testing
