#include "sinks/sqlite/statements.h"

#include <fmt/format.h>

namespace tailrace::sqlite {
namespace {

using sql::TableMapping;

std::string name_of(const sql::Dialect& dialect, const TableMapping& mapping, std::size_t column) {
  return dialect.quote(mapping.columns[column].target->name);
}

std::string key_condition(const sql::Dialect& dialect, const TableMapping& mapping) {
  std::string condition;
  for (std::size_t i = 0; i < mapping.key.size(); ++i) {
    condition += fmt::format("{}{} = ?{}", i > 0 ? " AND " : "",
                             name_of(dialect, mapping, mapping.key[i]), i + 1);
  }
  return condition;
}

std::string conflict_clause(const sql::Dialect& dialect, const TableMapping& mapping) {
  if (mapping.keyless()) return {};
  std::string key;
  for (const std::uint16_t column : mapping.key) {
    key += (key.empty() ? "" : ", ") + name_of(dialect, mapping, column);
  }
  std::string set;
  for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
    if (mapping.columns[i].key) continue;
    const std::string name = name_of(dialect, mapping, i);
    set += fmt::format("{}{} = excluded.{}", set.empty() ? "" : ", ", name, name);
  }
  if (set.empty()) return fmt::format(" ON CONFLICT ({}) DO NOTHING", key);
  return fmt::format(" ON CONFLICT ({}) DO UPDATE SET {}", key, set);
}

// Any one of the rows that cannot be told apart.
std::string one_row(const sql::Dialect& dialect, const TableMapping& mapping) {
  std::string condition;
  for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
    condition +=
        fmt::format("{}{} IS ?{}", i > 0 ? " AND " : "", name_of(dialect, mapping, i), i + 1);
  }
  return fmt::format(" WHERE rowid = (SELECT rowid FROM {} WHERE {} LIMIT 1)",
                     dialect.table(mapping.target.name), condition);
}

}  // namespace

std::string delete_statement(const sql::Dialect& dialect, const TableMapping& mapping) {
  return fmt::format("DELETE FROM {} WHERE {}", dialect.table(mapping.target.name),
                     key_condition(dialect, mapping));
}

std::string insert_statement(const sql::Dialect& dialect, const TableMapping& mapping) {
  std::string names;
  std::string values;
  for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
    if (i > 0) names += ", ", values += ", ";
    names += name_of(dialect, mapping, i);
    values += fmt::format("?{}", i + 1);
  }
  return fmt::format("INSERT INTO {} ({}) VALUES ({})", dialect.table(mapping.target.name), names,
                     values);
}

std::string upsert_statement(const sql::Dialect& dialect, const TableMapping& mapping) {
  return insert_statement(dialect, mapping) + conflict_clause(dialect, mapping);
}

std::string update_statement(const sql::Dialect& dialect, const TableMapping& mapping,
                             std::span<const std::uint16_t> columns) {
  std::string set;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    set += fmt::format("{}{} = ?{}", i > 0 ? ", " : "", name_of(dialect, mapping, columns[i]),
                       mapping.key.size() + i + 1);
  }
  return fmt::format("UPDATE {} SET {} WHERE {}", dialect.table(mapping.target.name), set,
                     key_condition(dialect, mapping));
}

std::string delete_one_statement(const sql::Dialect& dialect, const TableMapping& mapping) {
  return "DELETE FROM " + dialect.table(mapping.target.name) + one_row(dialect, mapping);
}

std::string update_one_statement(const sql::Dialect& dialect, const TableMapping& mapping) {
  std::string set;
  for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
    set += fmt::format("{}{} = ?{}", i > 0 ? ", " : "", name_of(dialect, mapping, i),
                       mapping.columns.size() + i + 1);
  }
  return fmt::format("UPDATE {} SET {}{}", dialect.table(mapping.target.name), set,
                     one_row(dialect, mapping));
}

std::string create_index_statement(const sql::Dialect& dialect, const sql::TargetTable& table,
                                   const sql::MissingIndex& index) {
  std::string columns;
  for (const sql::TargetIndexColumn& part : index.columns) {
    const sql::TargetColumn& column = table.columns[part.column];
    const bool is_text =
        column.type == sql::TargetType::text || column.type == sql::TargetType::any;
    columns += (columns.empty() ? "" : ", ") + dialect.quote(column.name);
    if (index.unique && is_text) columns += " COLLATE BINARY";
    if (part.descending) columns += " DESC";
  }
  return fmt::format("CREATE {}INDEX {} ON {} ({})", index.unique ? "UNIQUE " : "",
                     dialect.quote(index.name), dialect.table(table.name), columns);
}

}  // namespace tailrace::sqlite
