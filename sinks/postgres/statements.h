#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sinks/sql/dialect.h"
#include "sinks/sql/table_mapping.h"

namespace tailrace::postgres {

// Statements that carry many rows: one array parameter per column, made rows again by unnest().
// Numbers are indexes into mapping.columns, and parameters come in their order.

// Parts of an INSERT: what lets values into an identity column that is always generated, and what
// is done with rows whose key is there. Both may be empty.
std::string overriding_clause(const sql::TableMapping& mapping);
std::string conflict_clause(const sql::Dialect& dialect, const sql::TableMapping& mapping);

// DELETE by the key columns.
std::string delete_statement(const sql::Dialect& dialect, const sql::TableMapping& mapping);
// DELETE by the key columns, of rows that differ in a column of mapping.unique; parameters are the
// key columns, then those.
std::string delete_displaced_statement(const sql::Dialect& dialect,
                                       const sql::TableMapping& mapping);
// INSERT of all columns; rows whose key is there are updated. Without key: plain INSERT.
std::string upsert_statement(const sql::Dialect& dialect, const sql::TableMapping& mapping);
// UPDATE: parameters are the key columns that find the row, then `columns`.
std::string update_statement(const sql::Dialect& dialect, const sql::TableMapping& mapping,
                             std::span<const std::uint16_t> columns);

// For tables without key, one row: it is found by all of its columns (parameters in their order),
// and exactly one is touched. update: followed by the new values of all columns. Parameters are
// arrays of one element.
std::string delete_one_statement(const sql::Dialect& dialect, const sql::TableMapping& mapping);
std::string update_one_statement(const sql::Dialect& dialect, const sql::TableMapping& mapping);

}  // namespace tailrace::postgres
