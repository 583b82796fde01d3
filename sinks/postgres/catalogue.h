#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "clients/postgres/connection.h"
#include "sinks/sql/target_table.h"

namespace tailrace::postgres {

// Reads a table of the target. Nothing: there is no table of that name.
Result<std::optional<sql::TargetTable>> load_table(Connection& connection, const TableName& name);

// The type of a column from the names that format_type() gives: in full, and without modifiers.
// category: pg_type.typcategory
void set_type(sql::TargetColumn& column, std::string_view full_name, std::string_view base_name,
              char category);

// "1 3 0": the first `count` of these attribute numbers; 0 stands for an expression.
std::vector<int> attribute_numbers(std::string_view text, int count);

}  // namespace tailrace::postgres
