#include "sinks/postgres/staging.h"

#include <algorithm>

#include <fmt/format.h>

#include "sinks/postgres/statements.h"

namespace tailrace::postgres {
namespace {

constexpr const char* kStage = "pg_temp.tailrace_stage";

bool is_money(const sql::MappedColumn& column) {
  const std::string& native = column.target->native_base;
  return native == "money" || native == "money[]";
}

// In the stage a column has its own type, modifiers and all, so that COPY is as strict with it as
// with the table; money has that of its canonical text.
std::string staged_type(const sql::MappedColumn& column) {
  if (!is_money(column)) return column.target->type_name;
  return column.target->native_base == "money" ? "numeric" : "numeric[]";
}

std::string column_list(const sql::Dialect& dialect, const sql::TableMapping& mapping) {
  std::string list;
  for (const sql::MappedColumn& column : mapping.columns) {
    list += (list.empty() ? "" : ", ") + dialect.quote(column.target->name);
  }
  return list;
}

}  // namespace

bool needs_staging(const sql::TableMapping& mapping) {
  return std::any_of(mapping.columns.begin(), mapping.columns.end(), is_money);
}

std::string copy_statement(const sql::Dialect& dialect, const sql::TableMapping& mapping) {
  return fmt::format("COPY {} ({}) FROM STDIN", dialect.table(mapping.target.name),
                     column_list(dialect, mapping));
}

std::string copy_to_stage_statement() {
  return fmt::format("COPY {} FROM STDIN", kStage);
}

std::string stage_statement(const sql::TableMapping& mapping) {
  std::string columns;
  for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
    columns += fmt::format("{}c{} {}", i > 0 ? ", " : "", i, staged_type(mapping.columns[i]));
  }
  return fmt::format(
      "DROP TABLE IF EXISTS {}; CREATE TEMPORARY TABLE tailrace_stage ({})"
      " ON COMMIT DROP",
      kStage, columns);
}

std::string unstage_statement(const sql::Dialect& dialect, const sql::TableMapping& mapping,
                              bool upsert) {
  std::string values;
  for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
    const sql::MappedColumn& column = mapping.columns[i];
    values += fmt::format("{}c{}", i > 0 ? ", " : "", i);
    if (is_money(column)) {
      values += "::" + column.target->native_base + "::" + column.target->base_type_name;
    }
  }
  return fmt::format("INSERT INTO {} ({}){} SELECT {} FROM {}{}; TRUNCATE {}",
                     dialect.table(mapping.target.name), column_list(dialect, mapping),
                     overriding_clause(mapping), values, kStage,
                     upsert ? conflict_clause(dialect, mapping) : std::string(), kStage);
}

}  // namespace tailrace::postgres
