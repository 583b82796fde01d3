#pragma once

#include <string_view>

#include "sinks/sql/table_mapping.h"
#include "sinks/sql/value_checks.h"

namespace tailrace::mysql {

// Numbers, dates and timestamps that PostgreSQL has and MySQL has not: NaN, infinity, years before
// 0000 and after 9999. The problem names the nearest value that the target column can hold.
sql::ValueCheck check_special(const sql::MappedColumn& column, std::string_view canonical);

}  // namespace tailrace::mysql
