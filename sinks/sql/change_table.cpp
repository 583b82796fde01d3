#include <fmt/format.h>

#include "sinks/sql/dialect.h"

namespace tailrace::sql {

std::string Dialect::add_column(const TableName& name, std::string_view column,
                                const std::string& type, bool not_null,
                                const std::optional<std::string>& value_literal) const {
  return fmt::format("ALTER TABLE {} ADD COLUMN {} {}{}{}", table(name), quote(column), type,
                     value_literal ? " DEFAULT " + *value_literal : "",
                     not_null ? " NOT NULL" : "");
}

std::string Dialect::drop_column(const TargetTable& target, std::string_view column) const {
  return fmt::format("ALTER TABLE {} DROP COLUMN {}", table(target.name), quote(column));
}

std::string Dialect::rename_column(const TableName& name, std::string_view from,
                                   std::string_view to) const {
  return fmt::format("ALTER TABLE {} RENAME COLUMN {} TO {}", table(name), quote(from), quote(to));
}

std::string Dialect::change_column(const TargetTable&, const TargetColumn&, const std::string&,
                                   bool) const {
  return {};
}

std::string Dialect::change_key(const TargetTable&, std::span<const std::string>) const {
  return {};
}

bool Dialect::has_type(const TargetColumn& column, std::string_view type) const {
  return column.type_name == type;
}

std::string Dialect::literal(const Column&, std::string_view value, const std::string&) const {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'') text += '\'';
    text += c;
  }
  return text + "'";
}

std::vector<std::string> Dialect::rename_tables(std::span<const TableName> pairs) const {
  std::vector<std::string> statements;
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    statements.push_back(
        fmt::format("ALTER TABLE {} RENAME TO {}", table(pairs[i]), quote(pairs[i + 1].table)));
  }
  return statements;
}

}  // namespace tailrace::sql
