#include "tests/support/server_daemon.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <vector>

#include "tests/support/eventually.h"

namespace tailrace::testing {
namespace {

void collect_descendants(pid_t parent, std::vector<pid_t>& found) {
  const std::string task = std::to_string(parent);
  std::ifstream children("/proc/" + task + "/task/" + task + "/children");
  for (pid_t child = 0; children >> child;) {
    found.push_back(child);
    collect_descendants(child, found);
  }
}

}  // namespace

std::string ServerDaemon::log_since(std::uintmax_t offset) const {
  std::ifstream log(settings_.child.output, std::ios::binary);
  log.seekg(static_cast<std::streamoff>(offset));
  return {std::istreambuf_iterator<char>(log), std::istreambuf_iterator<char>()};
}

void ServerDaemon::start(std::chrono::milliseconds deadline) {
  if (running()) throw std::logic_error("the server is running already");
  std::error_code no_log_yet;
  auto offset = std::filesystem::file_size(settings_.child.output, no_log_yet);
  if (no_log_yet) offset = 0;

  child_.emplace(ChildProcess::spawn(settings_.child));
  bool ready = false;
  eventually(
      [&] {
        ready = log_since(offset).find(settings_.ready_text) != std::string::npos;
        return ready || !child_->running();
      },
      deadline);
  if (ready) return;
  child_.reset();
  std::string log = log_since(offset);
  if (log.size() > 4000) log.erase(0, log.size() - 4000);
  throw std::runtime_error(settings_.child.arguments[0] + " did not become ready; its log ends:\n" +
                           log);
}

void ServerDaemon::stop(StopMode mode) {
  if (!running()) return;
  if (mode == StopMode::graceful) {
    child_->signal(settings_.graceful_signal);
    if (child_->wait(std::chrono::seconds(60))) return;
    throw std::runtime_error(settings_.child.arguments[0] + " did not stop when asked to");
  }
  // Backends of postgres are in process groups of their own, and a new server refuses to start in
  // the same data directory while one of them lives.
  std::vector<pid_t> descendants;
  collect_descendants(child_->pid(), descendants);
  child_->signal_group(SIGKILL);
  for (const pid_t process : descendants) ::kill(process, SIGKILL);
  child_->wait();
  eventually([&] { return std::none_of(descendants.begin(), descendants.end(), is_alive); });
}

}  // namespace tailrace::testing
