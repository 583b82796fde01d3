#pragma once

#include "clients/postgres/connection.h"
#include "sinks/sql/target_details.h"
#include "sinks/sql/target_table.h"

namespace tailrace::postgres {

// What a table has beside the shape of its rows, as load_table() read that.
Result<sql::TargetDetails> load_details(Connection& connection, const sql::TargetTable& table);

}  // namespace tailrace::postgres
