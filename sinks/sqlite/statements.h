#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sinks/sql/dialect.h"
#include "sinks/sql/table_finish.h"
#include "sinks/sql/table_mapping.h"

namespace tailrace::sqlite {

// Statements for one row. Parameters come in the order that is said; numbers are indexes into
// mapping.columns.

// Key columns.
std::string delete_statement(const sql::Dialect& dialect, const sql::TableMapping& mapping);
// All columns.
std::string insert_statement(const sql::Dialect& dialect, const sql::TableMapping& mapping);
// All columns. Without key: plain INSERT.
std::string upsert_statement(const sql::Dialect& dialect, const sql::TableMapping& mapping);
// Key columns, then `columns`.
std::string update_statement(const sql::Dialect& dialect, const sql::TableMapping& mapping,
                             std::span<const std::uint16_t> columns);
// For tables without key: all columns; update: then the new values of all columns. One row at most.
std::string delete_one_statement(const sql::Dialect& dialect, const sql::TableMapping& mapping);
std::string update_one_statement(const sql::Dialect& dialect, const sql::TableMapping& mapping);

// A unique index tells texts apart by their octets, whatever the collation of its columns: no row
// of the source may be refused.
std::string create_index_statement(const sql::Dialect& dialect, const sql::TargetTable& table,
                                   const sql::MissingIndex& index);

}  // namespace tailrace::sqlite
