#pragma once

#include <set>

#include "sinks/sql/dialect.h"

namespace tailrace::postgres {

// Names, types and cures in PostgreSQL's words. Types of new tables: type-mapping of the
// documentation, first policy of each.
class PostgresDialect final : public sql::Dialect {
 public:
  // Types as a PostgreSQL source spells them that the target has as well; columns of others become
  // text or jsonb. To be asked of the server before a table of that source is created.
  void add_native_type(std::string name) { native_types_.insert(std::move(name)); }

  std::string quote(std::string_view identifier) const override;
  std::string shorten(std::string_view identifier) const override;
  std::string table(const TableName& name) const override;
  std::string column_type(const TableSchema& schema, std::size_t column) const override;
  std::string table_suffix() const override { return {}; }
  std::string change_type(const sql::TargetTable& table, const sql::TargetColumn& column,
                          std::string_view type) const override;
  std::string drop_column_and_dependents(const sql::TargetTable& table,
                                         std::string_view column) const override {
    return drop_column(table, column) + " CASCADE";
  }
  std::string allow_missing(const sql::TargetTable& table,
                            const sql::TargetColumn& column) const override;
  std::string add_key(const sql::TargetTable& table,
                      std::span<const sql::TargetColumn* const> columns) const override;
  std::string change_column(const sql::TargetTable& table, const sql::TargetColumn& column,
                            const std::string& type, bool not_null) const override;
  std::string drop_default(const TableName& table, std::string_view column,
                           bool not_null) const override;
  std::string change_key(const sql::TargetTable& table,
                         std::span<const std::string> columns) const override;
  bool has_type(const sql::TargetColumn& column, std::string_view type) const override;
  std::vector<std::string> rename_tables(std::span<const TableName> pairs) const override;
  bool timestamp_holds_instants() const override { return false; }
  bool tells_keys_apart(const TableSchema& schema, const Column& column,
                        const sql::TargetColumn& target) const override;

 private:
  std::set<std::string> native_types_;
};

}  // namespace tailrace::postgres
