#include "tests/support/postgres_server.h"

#include <stdexcept>

#include <unistd.h>

#include "tests/support/cache.h"

namespace tailrace::testing {
namespace {

constexpr const char* kUrlVariable = "TAILRACE_TEST_POSTGRES_URL";

// The folder with the programs of a version, or an empty path.
std::filesystem::path programs(int version) {
  const auto in = std::filesystem::path("usr/lib/postgresql") / std::to_string(version) / "bin";
  for (const std::filesystem::path& root : {std::filesystem::path("/"), fetched_servers()}) {
    if (!root.empty() && ::access((root / in / "postgres").c_str(), X_OK) == 0) return root / in;
  }
  return {};
}

// The server refuses to run as root; nullopt when the caller is somebody else already.
std::optional<UserIds> server_user() {
  if (::getuid() != 0) return std::nullopt;
  for (const char* name : {"postgres", "nobody"}) {
    if (const auto user = find_user(name)) return user;
  }
  return std::nullopt;
}

void give_to_server_user(const std::filesystem::path& path) {
  const auto user = server_user();
  if (user && ::chown(path.c_str(), user->user, user->group) != 0) {
    throw std::runtime_error("could not give " + path.string() + " to the server's user");
  }
}

void initialise(int version, const std::filesystem::path& folder) {
  give_to_server_user(folder);
  const CommandResult result =
      run_command({.arguments = {programs(version) / "initdb", "--pgdata=" + folder.string(),
                                 "--username=postgres", "--auth=trust", "--encoding=UTF8",
                                 "--locale=C.UTF-8", "--no-sync", "--no-instructions"},
                   .working_directory = "/",
                   .run_as = server_user()});
  if (!result.ended.ok()) throw std::runtime_error("initdb: " + result.error_output);
}

// The programs' full version in a form that fits a file name.
std::string version_name(int version) {
  std::string text =
      run_command({.arguments = {programs(version) / "postgres", "--version"}}).output;
  std::string name = "postgresql";
  for (const char c : text.substr(text.find(')') + 1)) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.';
    if (plain) name.push_back(c);
    if (c == ' ' && name.back() != '-') name.push_back('-');
    if (c == '(') break;
  }
  return name;
}

void copy_primary(const PostgresOptions& options, const std::filesystem::path& data) {
  const ServerUrl primary = options.standby_of->address();
  const CommandResult result = run_command(
      {.arguments = {programs(options.version) / "pg_basebackup", "-h", primary.host, "-p",
                     std::to_string(primary.port), "-U", primary.user, "-D", data.string(), "-c",
                     "fast", "-C", "-S", "standby", "-R", "--no-sync"},
       .working_directory = "/",
       .run_as = server_user()});
  if (!result.ended.ok()) throw std::runtime_error("pg_basebackup: " + result.error_output);
}

void make_data(const PostgresOptions& options, const std::filesystem::path& data) {
  const auto initialise_version = [&](const std::filesystem::path& folder) {
    initialise(options.version, folder);
  };
  if (options.standby_of != nullptr) {
    copy_primary(options, data);
  } else if (options.own_identity) {
    std::filesystem::create_directory(data);
    initialise_version(data);
  } else {
    copy_tree(data_template(version_name(options.version) + "1", initialise_version), data);
  }
}

DaemonSettings settings(const PrivateInstance& instance, const PostgresOptions& options) {
  std::vector<std::string> arguments = {
      programs(options.version) / "postgres", "-D", instance.data(), "-p",
      std::to_string(instance.port()),
  };
  for (const std::string& setting :
       {std::string("listen_addresses=127.0.0.1"),
        "unix_socket_directories=" + instance.folder().string(), std::string("wal_level=logical"),
        // Up to version 17 slots and the origins of sinks share one number.
        std::string("max_replication_slots=50"), std::string("max_wal_senders=50"),
        std::string("max_prepared_transactions=20"), std::string("logging_collector=off"),
        std::string("lc_messages=C"), std::string("log_line_prefix=%m [%p] %d "),
        std::string(options.durable ? "fsync=on" : "fsync=off")}) {
    arguments.emplace_back("-c");
    arguments.push_back(setting);
  }
  if (options.standby_of != nullptr) {
    const ServerUrl primary = options.standby_of->address();
    for (const std::string& setting :
         {"primary_conninfo=host=" + primary.host + " port=" + std::to_string(primary.port) +
              " user=" + primary.user + " dbname=postgres",
          std::string("hot_standby_feedback=on")}) {
      arguments.insert(arguments.end(), {"-c", setting});
    }
    if (options.version >= 17)
      arguments.insert(arguments.end(), {"-c", "sync_replication_slots=on"});
  }
  if (options.version >= 18) {
    arguments.insert(arguments.end(), {"-c", "max_active_replication_origins=50"});
  }
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  return {.child = {.arguments = std::move(arguments),
                    .working_directory = "/",
                    .output = instance.log_file(),
                    .run_as = server_user(),
                    // Immediate shutdown: takes its children and its shared memory along.
                    .signal_when_parent_ends = SIGQUIT},
          .ready_text = options.standby_of == nullptr ? "ready to accept connections"
                                                      : "ready to accept read-only connections",
          .graceful_signal = SIGINT};  // does not wait for clients to leave
}

}  // namespace

std::optional<std::string> PostgresServer::why_unavailable(int version, bool private_instance) {
  if (!private_instance && server_from_environment(kUrlVariable)) return std::nullopt;
  const std::string name = "PostgreSQL " + std::to_string(version);
  if (programs(version).empty()) {
    return "no " + name + " server: run scripts/setup or scripts/fetch-servers, or name one in " +
           kUrlVariable;
  }
  if (::getuid() == 0 && !server_user()) return name + " refuses to run as root";
  return std::nullopt;
}

PostgresServer::PostgresServer(const PostgresOptions& options) {
  if (const auto named = server_from_environment(kUrlVariable);
      named && !options.private_instance) {
    address_ = *named;
    return;
  }
  address_.scheme = "postgresql";
  address_.user = "postgres";
  address_.host = "127.0.0.1";
  own_ = std::make_unique<PrivateInstance>(
      "pg", [&](const PrivateInstance& instance) { return settings(instance, options); });
  give_to_server_user(own_->folder());
  make_data(options, own_->data());
  start();
}

std::string PostgresServer::sql(std::string_view statements, std::string_view database) const {
  const ServerUrl server = address_of(database);
  ChildOptions client;
  client.arguments = {
      find_program("psql"),        "-X", "-q",        "-A", "-t", "-F", "\t",        "-v",
      "ON_ERROR_STOP=1",           "-P", "null=NULL", "-f", "-",  "-h", server.host, "-p",
      std::to_string(server.port), "-U", server.user};
  client.arguments.emplace_back("-d");
  client.arguments.push_back(server.database.empty() ? "postgres" : server.database);
  client.environment.emplace_back("PGPASSWORD", server.password);
  client.environment.emplace_back("PGCLIENTENCODING", "UTF8");
  CommandResult result = run_command(std::move(client), statements, std::chrono::minutes(10));
  if (!result.ended.ok()) throw std::runtime_error("postgresql: " + result.error_output);
  if (result.output.ends_with('\n')) result.output.pop_back();
  return std::move(result.output);
}

}  // namespace tailrace::testing
