// Programs started by a test: never left behind, never waited for without a deadline.
#pragma once

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

namespace tailrace::testing {

// How a program ended: by exit status, or by a signal.
struct Ended {
  int status = -1;  // -1 when a signal ended it
  int signal = 0;   // 0 when it exited by itself
  bool ok() const { return status == 0; }
};
std::string to_string(const Ended&);

struct UserIds {
  uid_t user = 0;
  gid_t group = 0;
};
// nullopt: there is no such user.
std::optional<UserIds> find_user(const std::string& name);

struct ChildOptions {
  std::vector<std::string> arguments = {};  // the first one is the program, looked up in PATH
  std::vector<std::pair<std::string, std::string>> environment = {};  // added to the caller's
  std::filesystem::path working_directory = {};                       // empty: the caller's
  std::filesystem::path output = {};        // stdout, appended; empty: thrown away
  std::filesystem::path error_output = {};  // stderr, appended; empty: the same as `output`
  std::optional<UserIds> run_as = {};       // only possible when the caller is root
  // Sent by the kernel when the *thread* that called spawn() ends, so a crashed or killed test
  // leaves no server behind. Start long-lived children on the test's main thread.
  int signal_when_parent_ends = SIGKILL;
};

// One running program, in a process group of its own. The destructor kills the group and reaps.
class ChildProcess {
 public:
  static ChildProcess spawn(const ChildOptions&);
  static ChildProcess adopt(pid_t child) { return ChildProcess(child); }
  ~ChildProcess();
  ChildProcess(ChildProcess&&) noexcept;
  ChildProcess& operator=(ChildProcess&&) noexcept;

  pid_t pid() const { return pid_; }
  bool running();
  void signal(int number);        // no effect once it ended
  void signal_group(int number);  // the program and those it started that stayed in its group

  // nullopt: still running when the deadline passed.
  std::optional<Ended> wait(std::chrono::milliseconds deadline = std::chrono::seconds(30));

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}
  bool reap(bool block);

  pid_t pid_ = -1;
  std::optional<Ended> ended_;
};

// False for a process that has ended and only waits to be reaped by its parent (a zombie).
bool is_alive(pid_t process);

struct CommandResult {
  Ended ended;
  std::string output;
  std::string error_output;
};

// Runs a program to its end with `input` on stdin. Killed when the deadline passes.
CommandResult run_command(ChildOptions, std::string_view input = {},
                          std::chrono::milliseconds deadline = std::chrono::minutes(2));

}  // namespace tailrace::testing
