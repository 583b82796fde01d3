// The built program, run the way a user runs it.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"

namespace tailrace::testing {

// The program of this build; the environment variable TAILRACE_BINARY names another one.
std::filesystem::path tailrace_binary();

using Environment = std::vector<std::pair<std::string, std::string>>;

// One daemon. What it says is kept in files, over restarts too; its state directory is the caller's
// to choose, in `arguments`. Destroying it kills it.
class TailraceProcess {
 public:
  explicit TailraceProcess(std::vector<std::string> arguments, Environment environment = {});

  void start();  // called by the constructor; again after it ended
  void kill() { child_->signal(SIGKILL), child_->wait(); }
  void terminate() { child_->signal(SIGTERM); }  // asks it to drain and leave; then wait()
  std::optional<Ended> wait(std::chrono::milliseconds deadline = std::chrono::seconds(60)) {
    return child_->wait(deadline);
  }
  bool running() { return child_->running(); }
  pid_t pid() const { return child_->pid(); }
  void signal(int number) { child_->signal(number); }

  std::string output() const;             // stdout of all runs so far
  std::string error_output() const;       // stderr of all runs so far
  std::size_t peak_resident_kib() const;  // of the present run; 0 when it has ended

 private:
  TempDir folder_{"run"};
  ChildOptions options_;
  std::optional<ChildProcess> child_;
};

// Runs a command that ends by itself, such as `check` or `run --exit-when-caught-up`.
CommandResult run_tailrace(std::vector<std::string> arguments, Environment environment = {},
                           std::chrono::milliseconds deadline = std::chrono::minutes(2));

}  // namespace tailrace::testing
