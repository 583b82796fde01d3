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
  std::string change_type(const TableName& table, std::string_view column,
                          std::string_view type) const override;
  std::string allow_missing(const TableName& table, const sql::TargetColumn& column) const override;
  bool timestamp_holds_instants() const override { return false; }
  bool tells_keys_apart(const TableSchema& schema, const Column& column,
                        const sql::TargetColumn& target) const override;
};

}  // namespace tailrace::sqlite
