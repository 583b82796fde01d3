// Two tables of one target that must have the same types and, octet by octet, the same rows.
#pragma once

#include <string>
#include <vector>

#include "tests/support/database_server.h"

namespace tailrace::testing {

struct Twins {
  std::string schema;
  std::string copied;
  std::string streamed;
  std::vector<std::string> key;
  std::vector<std::string> columns;  // the others
};

// What differs, in a few words; empty: nothing. The target compares, not the test: nothing of what
// reads values stands between.
std::string postgres_twin_differences(const DatabaseServer& server, const std::string& database,
                                      const Twins& twins);
std::string mysql_twin_differences(const DatabaseServer& server, const Twins& twins);
std::string sqlite_twin_differences(const std::string& file, const Twins& twins);

}  // namespace tailrace::testing
