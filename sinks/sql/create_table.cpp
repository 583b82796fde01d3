#include <algorithm>

#include "sinks/sql/dialect.h"

namespace tailrace::sql {
namespace {

bool in_key(const TableSchema& schema, std::size_t column) {
  return std::find(schema.key.begin(), schema.key.end(), column) != schema.key.end();
}

}  // namespace

std::string create_table(const Dialect& dialect, const TableSchema& schema, const TableName& name) {
  std::string sql = "CREATE TABLE IF NOT EXISTS " + dialect.table(name) + " (";
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const Column& column = schema.columns[i];
    const bool key = in_key(schema, i);
    if (i > 0) sql += ", ";
    sql += dialect.quote(dialect.shorten(column.name)) + " " + dialect.column_type(column, key);
    if (!column.nullable || key) sql += " NOT NULL";
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
