#include "sinks/sql/row_plan.h"

#include <algorithm>

#include <fmt/format.h>

namespace tailrace::sql {
namespace {

enum class UniqueChange { no, yes, unknown };

UniqueChange unique_change(const TableMapping& mapping, const NetRow& row) {
  if (!mapping.has_unique) return UniqueChange::no;
  if (mapping.unique_expression) return UniqueChange::yes;
  bool known = true;
  for (const std::uint16_t index : mapping.unique) {
    const std::uint16_t source = mapping.columns[index].source;
    const bool sent = !row.before.empty() && !row.before[source].is_unchanged();
    if (sent && row.before[source] != row.after[source]) return UniqueChange::yes;
    known = known && sent;
  }
  return known ? UniqueChange::no : UniqueChange::unknown;
}

void add_update(const TableMapping& mapping, const NetRow& row, RowPlan& plan) {
  if (mapping.can_reinsert()) {
    const UniqueChange change = unique_change(mapping, row);
    if (change == UniqueChange::yes) plan.removes.push_back(row.after);
    if (change == UniqueChange::unknown) plan.displaced.push_back(row.after);
  }
  plan.upserts.push_back(row.after);
}

void add_partial(const TableMapping& mapping, Image row, RowPlan& plan) {
  auto columns = present_columns(mapping, row);
  if (columns.empty()) return;
  const auto same = std::find_if(plan.partials.begin(), plan.partials.end(),
                                 [&](const auto& group) { return group.columns == columns; });
  if (same != plan.partials.end()) {
    same->rows.push_back(row);
  } else {
    plan.partials.push_back({std::move(columns), {row}});
  }
}

}  // namespace

bool is_complete(const TableMapping& mapping, Image row) {
  return std::none_of(mapping.columns.begin(), mapping.columns.end(),
                      [&](const MappedColumn& c) { return row[c.source].is_unchanged(); });
}

std::vector<std::uint16_t> present_columns(const TableMapping& mapping, Image row) {
  std::vector<std::uint16_t> columns;
  for (std::uint16_t i = 0; i < mapping.columns.size(); ++i) {
    const MappedColumn& column = mapping.columns[i];
    if (!column.key && !row[column.source].is_unchanged()) columns.push_back(i);
  }
  return columns;
}

bool key_differs(const TableMapping& mapping, Image left, Image right) {
  return std::any_of(mapping.key.begin(), mapping.key.end(), [&](std::uint16_t index) {
    const std::uint16_t source = mapping.columns[index].source;
    return left[source] != right[source];
  });
}

Status has_key_values(const TableMapping& mapping, Image row) {
  const auto sent = [&](std::uint16_t index) {
    const std::uint16_t source = mapping.columns[index].source;
    return source < row.size() && row[source].is_present();
  };
  if (std::all_of(mapping.key.begin(), mapping.key.end(), sent)) return {};
  return Error(ErrorKind::unsupported_value, "the source did not send the key of a changed row")
      .hint("let the source log whole rows (PostgreSQL: REPLICA IDENTITY FULL)")
      .with(describe_row(mapping, row))
      .with("table " + mapping.target.name.to_string());
}

Error incomplete_row(const TableMapping& mapping, Image row) {
  const auto missing = std::find_if(mapping.columns.begin(), mapping.columns.end(),
                                    [&](const auto& c) { return row[c.source].is_unchanged(); });
  const std::string name = missing == mapping.columns.end() ? "?" : missing->column->name;
  return Error(ErrorKind::unsupported_value,
               fmt::format("the source did not send column \"{}\" of a row that the target has to "
                           "insert",
                           name))
      .hint(
          "let the source log whole rows (MySQL: binlog_row_image=FULL; PostgreSQL: REPLICA "
          "IDENTITY FULL)")
      .with(describe_row(mapping, row))
      .with("table " + mapping.target.name.to_string());
}

Result<RowPlan> plan_rows(const TableMapping& mapping, const NetTable& rows) {
  RowPlan plan;
  plan.removes.reserve(rows.removes.size());
  plan.upserts.reserve(rows.updates.size() + rows.inserts.size());
  for (const NetRow& row : rows.removes) {
    if (auto found = has_key_values(mapping, row.before); !found) return std::move(found).error();
    plan.removes.push_back(row.before);
  }
  for (const NetRow& row : rows.updates) {
    if (auto found = has_key_values(mapping, row.after); !found) return std::move(found).error();
    if (is_complete(mapping, row.after)) {
      add_update(mapping, row, plan);
    } else {
      add_partial(mapping, row.after, plan);
    }
  }
  for (const NetRow& row : rows.inserts) {
    if (!is_complete(mapping, row.after)) return incomplete_row(mapping, row.after);
    plan.upserts.push_back(row.after);
  }
  return plan;
}

}  // namespace tailrace::sql
