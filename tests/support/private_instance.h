// What every privately started database server has: a folder, a socket, a port, a process.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "tests/support/free_port.h"
#include "tests/support/server_daemon.h"
#include "tests/support/temp_dir.h"

namespace tailrace::testing {

class PrivateInstance {
 public:
  // `label` is short: socket paths must stay below 108 bytes. The settings are asked for once the
  // folder and the port are known; their log is `log_file()`.
  PrivateInstance(const std::string& label,
                  const std::function<DaemonSettings(const PrivateInstance&)>& settings)
      : folder_(label), daemon_(settings(*this)) {}

  std::filesystem::path folder() const { return folder_.path(); }
  std::filesystem::path data() const { return folder_ / "data"; }
  std::filesystem::path socket() const { return folder_ / "s"; }
  std::filesystem::path log_file() const { return folder_ / "log"; }
  std::uint16_t port() const { return port_.number(); }
  ServerDaemon& daemon() { return daemon_; }
  const ServerDaemon& daemon() const { return daemon_; }

 private:
  TempDir folder_;
  FreePort port_;
  ServerDaemon daemon_;
};

}  // namespace tailrace::testing
