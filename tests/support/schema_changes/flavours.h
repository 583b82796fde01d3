// The change list, by language.
#pragma once

#include <vector>

#include "tests/support/schema_changes/change_list.h"

namespace tailrace::testing {

extern const char* const kMysqlTables;
extern const char* const kPostgresTables;
std::vector<TableChange> mysql_changes();
std::vector<TableChange> postgres_changes();

}  // namespace tailrace::testing
