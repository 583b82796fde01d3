// Skipping a test by name when a server cannot be had, or failing it when it must be there.
#pragma once

#include <optional>
#include <string>

namespace tailrace::testing {

// First line of a test that needs a server:
//   if (bed_missing(MysqlServer::why_unavailable())) return;
// No reason given: false. Otherwise the running test is marked as skipped with that reason, or as
// failed when TAILRACE_REQUIRE_SERVERS=1, and the answer is true.
bool bed_missing(const std::optional<std::string>& why);

}  // namespace tailrace::testing
