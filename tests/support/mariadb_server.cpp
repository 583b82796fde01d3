#include "tests/support/mariadb_server.h"

#include <cstdlib>
#include <stdexcept>

#include "tests/support/cache.h"
#include "tests/support/mysql_client.h"

namespace tailrace::testing {
namespace {

constexpr const char* kUrlVariable = "TAILRACE_TEST_MARIADB_URL";
// The same size in the template and at start, or the first start makes the log anew.
constexpr const char* kLogSize = "--innodb-log-file-size=32M";

std::string server_program() {
  const char* named = std::getenv("TAILRACE_MARIADBD");
  return named != nullptr ? std::string(named) : find_program("mariadbd");
}

std::string client_program() {
  return find_program("mariadb");
}

void initialise(const std::filesystem::path& folder) {
  const CommandResult result = run_command(
      {.arguments = {find_program("mariadb-install-db"), "--no-defaults",
                     "--datadir=" + folder.string(), "--auth-root-authentication-method=normal",
                     "--skip-test-db", kLogSize, mysql_user_argument()}});
  if (!result.ended.ok()) {
    throw std::runtime_error("mariadb-install-db: " + result.output + result.error_output);
  }
}

std::filesystem::path initialised_template() {
  const std::string version = run_command({.arguments = {server_program(), "--version"}}).output;
  const auto start = version.find("Ver ") + 4;
  return data_template("mariadb-" + version.substr(start, version.find(' ', start) - start) + "-1",
                       initialise);
}

DaemonSettings settings(const PrivateInstance& instance, const MariadbOptions& options) {
  std::vector<std::string> arguments = {server_program(), "--no-defaults"};
  for (std::string& shared : mysql_server_arguments(instance, options.durable)) {
    arguments.push_back(std::move(shared));
  }
  arguments.emplace_back("--binlog-format=ROW");  // MySQL 9 knows no other and warns
  arguments.emplace_back(kLogSize);
  if (!options.certificate.empty()) {
    arguments.push_back("--ssl-cert=" + options.certificate.string());
    arguments.push_back("--ssl-key=" + options.private_key.string());
  }
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  return {.child = {.arguments = std::move(arguments), .output = instance.log_file()},
          .ready_text = "ready for connections"};
}

}  // namespace

std::optional<std::string> MariadbServer::why_unavailable(bool private_instance) {
  if (!private_instance && server_from_environment(kUrlVariable)) return std::nullopt;
  if (!server_program().empty() && !client_program().empty()) return std::nullopt;
  return "no MariaDB server: install mariadb-server (scripts/setup), or name one in " +
         std::string(kUrlVariable);
}

MariadbServer::MariadbServer(const MariadbOptions& options) {
  if (const auto named = server_from_environment(kUrlVariable);
      named && !options.private_instance) {
    address_ = *named;
    return;
  }
  address_.scheme = "mariadb";
  address_.user = "root";
  address_.host = "127.0.0.1";
  own_ = std::make_unique<PrivateInstance>(
      "maria", [&](const PrivateInstance& instance) { return settings(instance, options); });
  copy_tree(initialised_template(), own_->data());
  start();
}

std::string MariadbServer::sql(std::string_view statements, std::string_view database) const {
  return run_mysql_client(client_program(), address_of(database),
                          own_ ? own_->socket() : std::filesystem::path(), statements);
}

}  // namespace tailrace::testing
