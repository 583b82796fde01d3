#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "sinks/postgres/postgres_dialect.h"

namespace tailrace::postgres {
namespace {

// One spelling of types that have two: "character varying(20)" and "varchar(20)".
std::string short_name(std::string_view type) {
  struct Spelling {
    std::string_view length;
    std::string_view brief;
  };
  constexpr std::array kSpellings = {Spelling{"character varying", "varchar"},
                                     Spelling{" without time zone", ""}};
  std::string text(type);
  for (const Spelling& spelling : kSpellings) {
    const std::size_t at = text.find(spelling.length);
    if (at != std::string::npos) text.replace(at, spelling.length.size(), spelling.brief);
  }
  constexpr std::string_view kZone = " with time zone";
  if (text.ends_with(kZone)) {
    text.erase(text.size() - kZone.size());
    text.insert(std::min(text.find('('), text.size()), "tz");
  }
  return text;
}

}  // namespace

std::string PostgresDialect::change_column(const sql::TargetTable& target,
                                           const sql::TargetColumn& column, const std::string& type,
                                           bool not_null) const {
  const std::string quoted = quote(column.name);
  std::string clauses;
  if (type != column.type_name) {
    clauses = fmt::format("ALTER COLUMN {} TYPE {} USING {}::text::{}", quoted, type, quoted, type);
  }
  if (not_null != column.not_null) {
    clauses += fmt::format("{}ALTER COLUMN {} {} NOT NULL", clauses.empty() ? "" : ", ", quoted,
                           not_null ? "SET" : "DROP");
  }
  return fmt::format("ALTER TABLE {} {}", table(target.name), clauses);
}

// What was NOT NULL for the sake of the key stays so.
std::string PostgresDialect::change_key(const sql::TargetTable& target,
                                        std::span<const std::string> columns) const {
  std::string clauses;
  if (!target.primary_key.empty()) clauses = "DROP CONSTRAINT " + quote(target.primary_key);
  std::string list;
  for (const std::string& column : columns) list += (list.empty() ? "" : ", ") + quote(column);
  if (!list.empty()) clauses += (clauses.empty() ? "" : ", ") + ("ADD PRIMARY KEY (" + list + ")");
  return clauses.empty() ? "" : fmt::format("ALTER TABLE {} {}", table(target.name), clauses);
}

bool PostgresDialect::has_type(const sql::TargetColumn& column, std::string_view type) const {
  return short_name(column.type_name) == short_name(type);
}

std::string PostgresDialect::drop_default(const TableName& name, std::string_view column,
                                          bool) const {
  return fmt::format("ALTER TABLE {} ALTER COLUMN {} DROP DEFAULT", table(name), quote(column));
}

// A table goes to another schema under its old name first.
std::vector<std::string> PostgresDialect::rename_tables(std::span<const TableName> pairs) const {
  std::vector<std::string> statements;
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    TableName from = pairs[i];
    const TableName& to = pairs[i + 1];
    if (from.schema != to.schema) {
      statements.push_back("CREATE SCHEMA IF NOT EXISTS " + quote(to.schema));
      statements.push_back(
          fmt::format("ALTER TABLE {} SET SCHEMA {}", table(from), quote(to.schema)));
      from.schema = to.schema;
    }
    if (from.table == to.table) continue;
    statements.push_back(fmt::format("ALTER TABLE {} RENAME TO {}", table(from), quote(to.table)));
  }
  return statements;
}

}  // namespace tailrace::postgres
