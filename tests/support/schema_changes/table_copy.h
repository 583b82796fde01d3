// What both tools have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/schema_changes/sql_session.h"

namespace tailrace::testing {

// Columns that both tables have, "a, b"; each behind `prefix`.
std::string shared_columns(SqlSession& session, const std::string& one, const std::string& other,
                           const std::string& prefix = "");
// The only column of its key. Throws when there are several.
std::string key_column(SqlSession& session, const std::string& table);

// Tries again while it is a deadlock or a lock that the server would not wait for any longer.
void run_again(SqlSession& session, const std::string& sql);

// INSERT IGNORE ... SELECT of all rows, in ranges of the key; `between` is called behind each.
void copy_in_chunks(SqlSession& session, const std::string& from, const std::string& to,
                    const std::function<void()>& between);

}  // namespace tailrace::testing
