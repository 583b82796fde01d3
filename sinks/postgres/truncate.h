#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/table_schema.h"
#include "sinks/sql/dialect.h"

namespace tailrace::postgres {

// A table that is to be emptied, as the catalogue has it.
struct TruncatedTable {
  TableName name;
  std::vector<TableName> referencing;  // tables with a foreign key to it, itself left out
  std::vector<TableName> sequences;    // that its identity and serial columns own
};

// Statements that empty the tables together, never any other. TRUNCATE is refused for a table that
// a table outside the list refers to: such tables are emptied by DELETE, all in one statement, at
// whose end foreign keys between them hold again.
std::vector<std::string> truncate_statements(const sql::Dialect& dialect,
                                             std::span<const TruncatedTable> tables,
                                             bool restart_identity);

}  // namespace tailrace::postgres
