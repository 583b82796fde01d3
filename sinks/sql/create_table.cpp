#include <algorithm>

#include "sinks/sql/dialect.h"

namespace tailrace::sql {

bool in_key(const TableSchema& schema, std::size_t column) {
  return std::find(schema.key.begin(), schema.key.end(), column) != schema.key.end();
}

std::vector<std::string> Dialect::column_types(const TableSchema& schema) const {
  std::vector<std::string> types;
  for (std::size_t i = 0; i < schema.columns.size(); ++i) types.push_back(column_type(schema, i));
  return types;
}

std::string Dialect::add_key(const TargetTable& target,
                             std::span<const TargetColumn* const> columns) const {
  std::string list;
  for (const TargetColumn* column : columns) {
    list += (list.empty() ? "" : ", ") + quote(column->name);
  }
  return "ALTER TABLE " + table(target.name) + " ADD " +
         (target.keys.empty() ? "PRIMARY KEY (" : "UNIQUE (") + list + ")";
}

std::string create_table(const Dialect& dialect, const TableSchema& schema, const TableName& name) {
  const std::vector<std::string> types = dialect.column_types(schema);
  std::string sql = "CREATE TABLE IF NOT EXISTS " + dialect.table(name) + " (";
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const Column& column = schema.columns[i];
    if (i > 0) sql += ", ";
    sql += dialect.quote(dialect.shorten(column.name)) + " " + types[i];
    if (!column.nullable || in_key(schema, i)) sql += " NOT NULL";
  }
  if (!schema.key.empty()) {
    sql += ", PRIMARY KEY (";
    for (std::size_t i = 0; i < schema.key.size(); ++i) {
      if (i > 0) sql += ", ";
      sql += dialect.quote(dialect.shorten(schema.columns[schema.key[i]].name));
    }
    sql += ")";
  }
  return sql + ")" + dialect.table_suffix();
}

}  // namespace tailrace::sql
