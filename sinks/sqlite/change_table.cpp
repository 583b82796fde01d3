#include <algorithm>

#include <fmt/format.h>

#include "sinks/sqlite/rebuild.h"
#include "sinks/sqlite/sqlite_dialect.h"
#include "sinks/sqlite/table_text.h"

namespace tailrace::sqlite {
namespace {

// An integer or a number as such: a STRICT table converts no default.
bool is_number(const std::string& type, std::string_view value) {
  return (type == "INTEGER" || type == "REAL") && !value.empty() &&
         value.find_first_not_of("+-.0123456789") == std::string_view::npos;
}

}  // namespace

bool SqliteDialect::has_type(const sql::TargetColumn& column, std::string_view type) const {
  return std::equal(column.type_name.begin(), column.type_name.end(), type.begin(), type.end(),
                    [](char a, char b) { return (a & ~0x20) == (b & ~0x20); });
}

std::string SqliteDialect::literal(const Column& column, std::string_view value,
                                   const std::string& type) const {
  return is_number(type, value) ? std::string(value) : Dialect::literal(column, value, type);
}

std::string SqliteDialect::change_column(const sql::TargetTable& target,
                                         const sql::TargetColumn& column, const std::string& type,
                                         bool not_null) const {
  auto text = TableText::parse(target.definition);
  if (!text) return {};
  bool found = text->set_not_null(column.name, not_null);
  if (!has_type(column, type)) found = text->set_type(column.name, type);
  return found ? rebuild_script(*this, target, *text) : std::string();
}

std::string SqliteDialect::change_type(const sql::TargetTable& target,
                                       const sql::TargetColumn& column,
                                       std::string_view type) const {
  return change_column(target, column, std::string(type), column.not_null);
}

std::string SqliteDialect::allow_missing(const sql::TargetTable& target,
                                         const sql::TargetColumn& column) const {
  auto text = TableText::parse(target.definition);
  if (!text || !text->set_not_null(column.name, false)) return {};
  return rebuild_script(*this, target, *text);
}

// SQLite's own DROP COLUMN writes all rows as well, and refuses what is in an index.
std::string SqliteDialect::drop_column(const sql::TargetTable& target,
                                       std::string_view column) const {
  auto text = TableText::parse(target.definition);
  const auto found = std::find_if(target.columns.begin(), target.columns.end(),
                                  [&](const sql::TargetColumn& one) { return one.name == column; });
  // What is computed from it is a person's: SQLite says so.
  const bool possible =
      text && found != target.columns.end() && text->computed_from(column).empty();
  if (!possible || !text->drop_column(column)) return Dialect::drop_column(target, column);
  return rebuild_script(*this, target, *text,
                        static_cast<std::uint16_t>(found - target.columns.begin()));
}

std::string SqliteDialect::drop_column_and_dependents(const sql::TargetTable& target,
                                                      std::string_view column) const {
  auto text = TableText::parse(target.definition);
  std::string statements;
  if (!text) return statements;
  for (const std::string& computed : text->computed_from(column)) {
    statements += Dialect::drop_column(target, computed) + "; ";
  }
  return statements.empty() ? statements : statements + Dialect::drop_column(target, column);
}

std::string SqliteDialect::change_key(const sql::TargetTable& target,
                                      std::span<const std::string> columns) const {
  auto text = TableText::parse(target.definition);
  if (!text) return {};
  text->set_key(columns);
  return rebuild_script(*this, target, *text);
}

std::string SqliteDialect::add_key(const sql::TargetTable& target,
                                   std::span<const sql::TargetColumn* const> columns) const {
  std::vector<std::string> names;
  for (const sql::TargetColumn* column : columns) names.push_back(column->name);
  std::string script = target.primary_key.empty() ? change_key(target, names) : std::string();
  if (!script.empty()) return script;
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + quote(name);
  return fmt::format("CREATE UNIQUE INDEX {} ON {} ({})", quote(target.name.table + "_key"),
                     table(target.name), list);
}

}  // namespace tailrace::sqlite
