#pragma once

#include <optional>

#include "clients/postgres/connection.h"
#include "sinks/sql/target_table.h"

namespace tailrace::postgres {

// Reads a table of the target. Nothing: there is no table of that name.
Result<std::optional<sql::TargetTable>> load_table(Connection& connection, const TableName& name);

// The type of a column from the names that format_type() gives: in full, and without modifiers.
// category: pg_type.typcategory
void set_type(sql::TargetColumn& column, std::string_view full_name, std::string_view base_name,
              char category);

}  // namespace tailrace::postgres
