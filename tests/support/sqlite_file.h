#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace tailrace::testing {

// Runs statements on an SQLite file with its command line program, stopping at the first error.
// Rows as DatabaseServer::sql() gives them; nothing when it failed. Waits 5 s for other writers.
std::optional<std::string> sqlite_sql(const std::filesystem::path& file,
                                      const std::string& statements);

}  // namespace tailrace::testing
