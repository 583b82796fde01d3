#pragma once

#include <string>
#include <vector>

namespace tailrace {

// One line of a preflight (`tailrace check`): what was looked at, what was found, how to cure it.
struct Finding {
  enum class Level { ok, info, warning, error };
  Level level = Level::ok;
  std::string id;       // stable name, "MY-SRC-02"
  std::string subject;  // server, table or column
  std::string message;
  std::string fix;  // statement or setting that cures it; may be empty
};

using Findings = std::vector<Finding>;

}  // namespace tailrace
