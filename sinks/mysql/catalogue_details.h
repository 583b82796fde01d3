#pragma once

#include <map>
#include <string>
#include <string_view>

#include "clients/mysql/connection.h"
#include "sinks/sql/target_details.h"
#include "sinks/sql/target_table.h"

namespace tailrace::mysql {

// Reads what a table of the target has beside the shape of its rows.
Result<sql::TargetDetails> load_details(Connection& connection, const sql::TargetTable& table);

// What stands behind each column's name in SHOW CREATE TABLE, by that name.
using ColumnDefinitions = std::map<std::string, std::string, std::less<>>;
ColumnDefinitions column_definitions(std::string_view create_table);

}  // namespace tailrace::mysql
