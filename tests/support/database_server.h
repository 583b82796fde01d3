// A real database server for a test: a private one that the test starts, or one named by URL.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "tests/support/private_instance.h"
#include "tests/support/server_url.h"

namespace tailrace::testing {

// The constructor of each kind leaves the server running. A server named in the environment is
// shared with other tests and other people: use database names of your own, and drop them.
//
// The options of each kind begin with the same three:
//   arguments         added to the server's command line, so they win over the defaults
//   private_instance  never use the server named in the environment: the test restarts the server,
//                     or needs `arguments`
//   durable           flush every commit to the disk; without it the server is fast and survives
//                     SIGKILL, not a power cut
//
// All members are for one thread, the one that made the object (see ChildOptions).
class DatabaseServer {
 public:
  virtual ~DatabaseServer() = default;

  virtual std::string_view kind() const = 0;  // "mariadb", "mysql", "postgresql"

  // Runs statements with the server's own command line client, as administrator, stopping at the
  // first error, which is thrown with the client's message. Returns the rows: values separated by
  // tabs, rows by newlines, no newline at the end. NULL prints as NULL.
  virtual std::string sql(std::string_view statements, std::string_view database = {}) const = 0;

  // Same port, same data. Only for a private server.
  void start() { own().daemon().start(); }
  void stop(StopMode mode = StopMode::graceful) { own().daemon().stop(mode); }
  void restart(StopMode mode = StopMode::graceful);
  bool is_private() const { return own_ != nullptr; }

  // The administrator's address. To go through a FaultProxy or as another user, change the fields.
  ServerUrl address() const;
  std::string url(std::string_view database = {}) const;
  std::uint16_t port() const { return address().port; }

  // Only for a private server.
  std::filesystem::path data_directory() const { return own().data(); }
  std::filesystem::path log_file() const { return own().log_file(); }
  pid_t pid() const { return own().daemon().pid(); }

 protected:
  DatabaseServer() = default;
  PrivateInstance& own() const;
  // The address with `database` filled in.
  ServerUrl address_of(std::string_view database) const;

  std::unique_ptr<PrivateInstance> own_;  // null: the server named in the environment
  ServerUrl address_;                     // of a private server without the port
};

// The value of an environment variable that names a server, if there is one.
std::optional<ServerUrl> server_from_environment(const char* variable);

// Where `program` is in PATH or in one of Debian's usual folders, or an empty string.
std::string find_program(const std::string& program);

}  // namespace tailrace::testing
