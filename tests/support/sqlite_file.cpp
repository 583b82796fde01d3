#include "tests/support/sqlite_file.h"

#include <utility>

#include "tests/support/child_process.h"

namespace tailrace::testing {

std::optional<std::string> sqlite_sql(const std::filesystem::path& file,
                                      const std::string& statements) {
  CommandResult result = run_command({.arguments = {"sqlite3", "-bail", "-separator", "\t", "-cmd",
                                                    ".timeout 5000", file.string(), statements}});
  if (!result.ended.ok()) return std::nullopt;
  std::string text = std::move(result.output);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace tailrace::testing
