#pragma once

#include <string_view>

#include "clients/sqlite/database.h"
#include "sinks/sql/table_mapping.h"
#include "sinks/sql/value_checks.h"

namespace tailrace::sqlite {

// Binds a canonical value in the storage class of the target column. `canonical` must live until
// the statement has run; so must `scratch`, which takes what had to be converted.
sql::ValueCheck bind_value(const sql::MappedColumn& column, std::string_view canonical,
                           int parameter, Statement& statement, std::string& scratch);

}  // namespace tailrace::sqlite
