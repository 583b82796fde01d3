#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/table_schema.h"
#include "sinks/sql/target_table.h"

namespace tailrace::sql {

// What differs between the engines in text that is shown to people or run once. Statements that
// carry rows are built by each sink itself.
class Dialect {
 public:
  virtual ~Dialect() = default;

  virtual std::string quote(std::string_view identifier) const = 0;
  // The name as the engine can have it, see shorten_identifier().
  virtual std::string shorten(std::string_view identifier) const = 0;
  virtual std::string table(const TableName& name) const = 0;  // quoted, with its schema
  // Types for CREATE TABLE and ADD COLUMN, without NOT NULL; by the schema's engine, its key, and
  // what fits into one row beside the other columns.
  virtual std::string column_type(const TableSchema& schema, std::size_t column) const = 0;
  // Of all columns.
  virtual std::vector<std::string> column_types(const TableSchema& schema) const;
  virtual std::string table_suffix() const = 0;  // behind the columns of CREATE TABLE
  // The statement that gives a column another type.
  virtual std::string change_type(const TargetTable& table, const TargetColumn& column,
                                  std::string_view type) const = 0;
  // The statement that makes columns a key; a second one when the table has one already.
  virtual std::string add_key(const TargetTable& table,
                              std::span<const TargetColumn* const> columns) const;
  // The statement that lets rows without a value for this column in.
  virtual std::string allow_missing(const TargetTable& table, const TargetColumn& column) const = 0;
  // Statements that follow a change of the source's table. value: canonical, of an existing row.
  std::string add_column(const TableName& table, std::string_view column, const std::string& type,
                         bool not_null, const std::optional<std::string>& value_literal) const;
  // The statement that takes away the default which add_column() gave: rows that are there have it
  // now, and what others get is told by the source's catalogue. Empty: this engine has none.
  virtual std::string drop_default(const TableName& /*table*/, std::string_view /*column*/,
                                   bool /*not_null*/) const {
    return {};
  }
  virtual std::string drop_column(const TargetTable& table, std::string_view column) const;
  // For people, where the engine refuses to drop a column that something else depends on: with what
  // depends on it. Empty: it says what that is.
  virtual std::string drop_column_and_dependents(const TargetTable& /*table*/,
                                                 std::string_view /*column*/) const {
    return {};
  }
  std::string rename_column(const TableName& table, std::string_view from,
                            std::string_view to) const;
  // One statement that gives a column its type and whether it may be NULL; empty: this engine has
  // none, and the column has to be made anew.
  virtual std::string change_column(const TargetTable& table, const TargetColumn& column,
                                    const std::string& type, bool not_null) const;
  // One statement after which these columns are the primary key, and no others; none: there is no
  // key. Empty: this engine has no such statement.
  virtual std::string change_key(const TargetTable& table,
                                 std::span<const std::string> columns) const;
  // Whether a column has that type, as column_type() spells it.
  virtual bool has_type(const TargetColumn& column, std::string_view type) const;
  // A constant of that type, as a default; the target's type decides on its form.
  virtual std::string literal(const Column& column, std::string_view value,
                              const std::string& type) const;
  // Tables one after the other, from and to in turn.
  virtual std::vector<std::string> rename_tables(std::span<const TableName> pairs) const;
  // Where a table of our own is, beside the checkpoint.
  virtual TableName state_table(const std::string& name) const { return {"tailrace", name}; }
  // Statements that change a table have its definition in them: each has to be made when the one
  // before it was executed.
  virtual bool changes_whole_tables() const { return false; }
  // A statement that defines something ends the transaction around it.
  virtual bool definitions_commit() const { return false; }
  // A local DATETIME of the target may hold instants, in UTC.
  virtual bool timestamp_holds_instants() const = 0;
  // Whether the target's column takes only those values of a key for equal that are equal at the
  // source. Else rows would overwrite each other, or not be found again.
  virtual bool tells_keys_apart(const TableSchema& /*schema*/, const Column& /*column*/,
                                const TargetColumn& /*target*/) const {
    return true;
  }
};

bool in_key(const TableSchema& schema, std::size_t column);

// The CREATE TABLE IF NOT EXISTS for a source table.
std::string create_table(const Dialect& dialect, const TableSchema& schema, const TableName& name);

}  // namespace tailrace::sql
