#pragma once

#include "sinks/sql/dialect.h"

namespace tailrace::sqlite {

// Names, types and cures in SQLite's words. New tables are STRICT: without it SQLite would turn
// text that looks like a number into one.
class SqliteDialect final : public sql::Dialect {
 public:
  std::string quote(std::string_view identifier) const override;
  std::string shorten(std::string_view identifier) const override {
    return std::string(identifier);
  }
  std::string table(const TableName& name) const override { return quote(name.table); }
  std::string column_type(const TableSchema& schema, std::size_t column) const override;
  std::string table_suffix() const override { return " STRICT"; }
  std::string change_type(const sql::TargetTable& table, const sql::TargetColumn& column,
                          std::string_view type) const override;
  std::string allow_missing(const sql::TargetTable& table,
                            const sql::TargetColumn& column) const override;
  std::string drop_column(const sql::TargetTable& table, std::string_view column) const override;
  std::string drop_column_and_dependents(const sql::TargetTable& table,
                                         std::string_view column) const override;
  std::string change_column(const sql::TargetTable& table, const sql::TargetColumn& column,
                            const std::string& type, bool not_null) const override;
  std::string change_key(const sql::TargetTable& table,
                         std::span<const std::string> columns) const override;
  std::string add_key(const sql::TargetTable& table,
                      std::span<const sql::TargetColumn* const> columns) const override;
  bool has_type(const sql::TargetColumn& column, std::string_view type) const override;
  std::string literal(const Column& column, std::string_view value,
                      const std::string& type) const override;
  TableName state_table(const std::string& name) const override {
    return {"main", "tailrace_" + name};
  }
  bool changes_whole_tables() const override { return true; }
  bool timestamp_holds_instants() const override { return false; }
  bool tells_keys_apart(const TableSchema& schema, const Column& column,
                        const sql::TargetColumn& target) const override;
};

}  // namespace tailrace::sqlite
