#pragma once

#include <string>

#include "sinks/sql/dialect.h"
#include "sinks/sql/table_mapping.h"

namespace tailrace::postgres {

// Statements that bring rows into a table by COPY: at once, or by way of a temporary table that has
// the mapped columns as c0, c1, ... and is empty again with the end of the transaction. The rows
// that are copied have one key each.

// Whether rows cannot be copied into the table itself: COPY would read money by the rules of the
// target's locale.
bool needs_staging(const sql::TableMapping& mapping);

// Rows by COPY in text format, columns in the mapping's order.
std::string copy_statement(const sql::Dialect& dialect, const sql::TableMapping& mapping);
std::string copy_to_stage_statement();
// Makes the temporary table anew; several statements.
std::string stage_statement(const sql::TableMapping& mapping);
// Moves its rows into the table, with `upsert` over those with the same key, and empties it;
// several statements.
std::string unstage_statement(const sql::Dialect& dialect, const sql::TableMapping& mapping,
                              bool upsert);

}  // namespace tailrace::postgres
