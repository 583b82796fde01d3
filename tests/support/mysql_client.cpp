#include "tests/support/mysql_client.h"

#include <stdexcept>

#include <pwd.h>
#include <unistd.h>

#include "tests/support/child_process.h"

namespace tailrace::testing {

std::string run_mysql_client(const std::string& program, const ServerUrl& server,
                             const std::filesystem::path& socket, std::string_view statements) {
  ChildOptions client;
  client.arguments = {program,
                      "--no-defaults",
                      "--batch",
                      "--skip-column-names",
                      "--default-character-set=utf8mb4",
                      "--user=" + server.user};
  if (socket.empty()) {
    client.arguments.push_back("--protocol=tcp");
    client.arguments.push_back("--host=" + server.host);
    client.arguments.push_back("--port=" + std::to_string(server.port));
    client.environment.emplace_back("MYSQL_PWD", server.password);
  } else {
    client.arguments.push_back("--socket=" + socket.string());
  }
  if (!server.database.empty()) client.arguments.push_back("--database=" + server.database);

  CommandResult result = run_command(std::move(client), statements, std::chrono::minutes(10));
  if (!result.ended.ok()) throw std::runtime_error(server.scheme + ": " + result.error_output);
  if (result.output.ends_with('\n')) result.output.pop_back();
  return std::move(result.output);
}

std::vector<std::string> mysql_server_arguments(const PrivateInstance& instance, bool durable) {
  const std::string on = durable ? "1" : "0";
  return {
      mysql_user_argument(),
      "--datadir=" + instance.data().string(),
      // At its start a server removes the temporary tables it finds, those of others as well.
      "--tmpdir=" + instance.folder().string(),
      "--socket=" + instance.socket().string(),
      "--pid-file=" + (instance.folder() / "pid").string(),
      "--bind-address=127.0.0.1",
      "--skip-name-resolve",
      "--port=" + std::to_string(instance.port()),
      "--server-id=" + std::to_string(instance.port()),
      "--log-bin=binlog",
      "--binlog-row-metadata=FULL",
      "--max-allowed-packet=256M",
      "--local-infile=1",
      "--innodb-buffer-pool-size=64M",
      // 2, not 0: written to the kernel at each commit, which a SIGKILL does not undo.
      std::string("--innodb-flush-log-at-trx-commit=") + (durable ? "1" : "2"),
      "--sync-binlog=" + on,
      "--innodb-doublewrite=" + on,
  };
}

std::string mysql_user_argument() {
  const passwd* caller = ::getpwuid(::getuid());
  return std::string("--user=") + (caller == nullptr ? "root" : caller->pw_name);
}

}  // namespace tailrace::testing
