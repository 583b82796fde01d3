#pragma once

#include <optional>

#include "clients/sqlite/database.h"
#include "sinks/sql/target_table.h"

namespace tailrace::sqlite {

// Reads a table of the file. Nothing: there is no table of that name.
Result<std::optional<sql::TargetTable>> load_table(const Database& database, const TableName& name);

// What a column with this declared type does to values: by SQLite's rules of affinity, or by class
// in a STRICT table.
void set_type(sql::TargetColumn& column, std::string_view declared, bool strict);

}  // namespace tailrace::sqlite
