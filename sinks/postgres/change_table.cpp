#include <fmt/format.h>

#include "sinks/postgres/postgres_dialect.h"

namespace tailrace::postgres {

std::string PostgresDialect::change_column(const TableName& name, const sql::TargetColumn& column,
                                           const std::string& type, bool not_null) const {
  const std::string quoted = quote(column.name);
  std::string clauses;
  if (type != column.type_name) {
    clauses = fmt::format("ALTER COLUMN {} TYPE {} USING {}::text::{}", quoted, type, quoted, type);
  }
  if (not_null != column.not_null) {
    clauses += fmt::format("{}ALTER COLUMN {} {} NOT NULL", clauses.empty() ? "" : ", ", quoted,
                           not_null ? "SET" : "DROP");
  }
  return fmt::format("ALTER TABLE {} {}", table(name), clauses);
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
