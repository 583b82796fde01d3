#pragma once

#include <string>
#include <string_view>

#include "extractors/mysql/statement.h"

namespace tailrace::mysql {

// As a server with lower_case_table_names=1 keeps the names of schemas and tables, and logs them
// with rows: letters of ASCII, Latin, Greek, Cyrillic and Armenian. Statements stand in its log as
// they were written.
std::string lower_case_name(std::string_view name);
void lower_case_names(Statement& statement);

}  // namespace tailrace::mysql
