#pragma once

#include "sinks/sql/table_finish.h"

namespace tailrace::sqlite {

// What a table of SQLite can get after it was made: indexes alone. Its INTEGER PRIMARY KEY counts
// by itself.
sql::FinishRules finish_rules();

}  // namespace tailrace::sqlite
