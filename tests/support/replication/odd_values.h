// How to write the values that some target refuses, by the words of `tailrace types`.
#pragma once

#include <optional>
#include <string>

#include "tests/support/replication/type_script.h"

namespace tailrace::testing {

struct OddValue {
  std::string sql;
  // What the target has instead where an option says "clamp": the beginning of it, as the target
  // prints it. Empty: no option does.
  std::string clamped = {};
  // A statement that makes the value possible while rows are written already.
  std::string before = {};
};

// type and label: as the columns "source" and "refused" of docs/types.md have them. Nothing: nobody
// has written such a value down here yet.
std::optional<OddValue> odd_value(SqlFamily family, const std::string& type,
                                  const std::string& label);

// That type in CREATE TABLE, and what makes it the primary key: "(c)", or a beginning of it. Empty:
// the source cannot have it there.
std::string column_definition(const std::string& type);
std::string key_definition(SqlFamily family, const std::string& type);

// The types beside the server's own that the samples of docs/types.md have.
extern const char* const kOddTypes;

}  // namespace tailrace::testing
