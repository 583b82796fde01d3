#include "tests/support/mysql_server.h"

#include <fstream>
#include <stdexcept>

#include "tests/support/cache.h"
#include "tests/support/mysql_client.h"

namespace tailrace::testing {
namespace {

constexpr const char* kUrlVariable = "TAILRACE_TEST_MYSQL_URL";
constexpr const char* kLogSize = "--innodb-redo-log-capacity=32M";

// The client of a fetched server, or the machine's own for a server named by URL.
std::string client_program() {
  const auto root = fetched_servers();
  return root.empty() ? find_program("mysql") : (root / "usr/bin/mysql").string();
}

// The program and where, outside the places it was built for, its files are.
std::vector<std::string> program() {
  const auto root = fetched_servers();
  return {(root / "usr/sbin/mysqld").string(),
          "--no-defaults",
          "--lc-messages-dir=" + (root / "usr/share/mysql").string(),
          "--character-sets-dir=" + (root / "usr/share/mysql/charsets").string(),
          "--plugin-dir=" + (root / "usr/lib/mysql/plugin").string(),
          "--mysqlx=0"};
}

void initialise(const std::filesystem::path& folder) {
  const std::filesystem::path accounts = folder.string() + ".sql";
  std::ofstream(accounts) << "CREATE USER 'root'@'%';\n"
                             "GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;\n";
  ChildOptions server{.arguments = program()};
  for (const std::string& argument :
       {std::string("--initialize-insecure"), "--datadir=" + folder.string(),
        "--init-file=" + accounts.string(), std::string("--skip-log-bin"), std::string(kLogSize),
        mysql_user_argument()}) {
    server.arguments.push_back(argument);
  }
  const CommandResult result = run_command(std::move(server));
  std::filesystem::remove(accounts);
  if (!result.ended.ok()) {
    throw std::runtime_error("mysqld --initialize: " + result.output + result.error_output);
  }
  // The server's identity: each copy makes its own at its first start.
  std::filesystem::remove(folder / "auto.cnf");
}

DaemonSettings settings(const PrivateInstance& instance, const MysqlOptions& options) {
  std::vector<std::string> arguments = program();
  for (std::string& shared : mysql_server_arguments(instance, options.durable)) {
    arguments.push_back(std::move(shared));
  }
  for (const char* argument :
       {"--gtid-mode=ON", "--enforce-gtid-consistency=ON", "--secure-file-priv=", kLogSize}) {
    arguments.emplace_back(argument);
  }
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  return {.child = {.arguments = std::move(arguments), .output = instance.log_file()},
          .ready_text = "ready for connections"};
}

}  // namespace

std::optional<std::string> MysqlServer::why_unavailable(bool private_instance) {
  if (!private_instance && server_from_environment(kUrlVariable)) return std::nullopt;
  if (!fetched_servers().empty()) return std::nullopt;
  return "no MySQL 9 server: run scripts/fetch-servers, or name one in " +
         std::string(kUrlVariable);
}

MysqlServer::MysqlServer(const MysqlOptions& options) {
  if (const auto named = server_from_environment(kUrlVariable);
      named && !options.private_instance) {
    address_ = *named;
    return;
  }
  address_.scheme = "mysql";
  address_.user = "root";
  address_.host = "127.0.0.1";
  own_ = std::make_unique<PrivateInstance>(
      "mysql", [&](const PrivateInstance& instance) { return settings(instance, options); });
  copy_tree(data_template("mysql-" + fetched_servers().filename().string() + "-1", initialise),
            own_->data());
  start();
}

std::string MysqlServer::sql(std::string_view statements, std::string_view database) const {
  return run_mysql_client(client_program(), address_of(database),
                          own_ ? own_->socket() : std::filesystem::path(), statements);
}

}  // namespace tailrace::testing
