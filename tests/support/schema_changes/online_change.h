// The real pt-online-schema-change (Debian: percona-toolkit) at work on a table of `shop`.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/database_server.h"
#include "tests/support/temp_dir.h"

namespace tailrace::testing {

// It logs in over TCP with a password, as a user that the first one makes at the server, and copies
// slowly enough to be interrupted. Main thread only (ChildOptions).
class OnlineChange {
 public:
  // Why it cannot be had here, or nothing.
  static std::optional<std::string> why_unavailable();

  OnlineChange(const DatabaseServer& source, const std::string& table, const std::string& alter,
               const std::vector<std::string>& more = {});

  bool running() { return child_.running(); }
  // It leaves its triggers and its new table behind.
  void kill();
  // Waits for its end. Throws with what it said unless all is done.
  void finish(std::chrono::milliseconds deadline = std::chrono::seconds(60));

  std::string said() const;

 private:
  TempDir folder_{"osc"};
  ChildProcess child_;
};

// The triggers of one that was killed; writes to the table fail when its new table goes first.
void drop_triggers_of(const DatabaseServer& source, const std::string& table);

}  // namespace tailrace::testing
