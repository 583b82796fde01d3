// A database server's process: started until it says it is ready, stopped politely or not.
#pragma once

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>

#include "tests/support/child_process.h"

namespace tailrace::testing {

enum class StopMode {
  graceful,  // asked to, and waited for
  crash,     // SIGKILL to the server and to every process it started
};

struct DaemonSettings {
  ChildOptions child = {};      // .output is the server's log
  std::string ready_text = {};  // what the log says when clients are welcome
  int graceful_signal = SIGTERM;
};

class ServerDaemon {
 public:
  explicit ServerDaemon(DaemonSettings settings) : settings_(std::move(settings)) {}

  // Returns when the server is ready; throws with the end of its log when it is not.
  void start(std::chrono::milliseconds deadline = std::chrono::seconds(60));
  void stop(StopMode mode);
  bool running() { return child_ && child_->running(); }
  pid_t pid() const { return child_ ? child_->pid() : -1; }

 private:
  std::string log_since(std::uintmax_t offset) const;

  DaemonSettings settings_;
  std::optional<ChildProcess> child_;
};

}  // namespace tailrace::testing
