#pragma once

#include "clients/sqlite/database.h"
#include "sinks/sql/target_details.h"
#include "sinks/sql/target_table.h"

namespace tailrace::sqlite {

// What a table that load_table() has read has beside its columns.
Result<sql::TargetDetails> load_details(const Database& database, const sql::TargetTable& table);

}  // namespace tailrace::sqlite
