#pragma once

#include <string>
#include <string_view>

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
  // For CREATE TABLE and ADD COLUMN, without NOT NULL.
  virtual std::string column_type(const Column& column, bool in_key) const = 0;
  virtual std::string table_suffix() const = 0;  // behind the columns of CREATE TABLE
  // The statement that gives a column another type.
  virtual std::string change_type(const TableName& table, std::string_view column,
                                  std::string_view type) const = 0;
  // The statement that lets rows without a value for this column in.
  virtual std::string allow_missing(const TableName& table, const TargetColumn& column) const = 0;
  // A local DATETIME of the target may hold instants, in UTC.
  virtual bool timestamp_holds_instants() const = 0;
};

// The CREATE TABLE IF NOT EXISTS for a source table.
std::string create_table(const Dialect& dialect, const TableSchema& schema, const TableName& name);

}  // namespace tailrace::sql
