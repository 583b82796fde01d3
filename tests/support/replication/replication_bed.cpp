#include "tests/support/replication/replication_bed.h"

#include <ostream>
#include <stdexcept>

#include "tests/support/compare/compare.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/mysql_server.h"
#include "tests/support/postgres_server.h"

namespace tailrace::testing {
namespace {

std::unique_ptr<DatabaseServer> start(Engine engine, const std::string& server_id) {
  switch (engine) {
    case Engine::mariadb:
      return std::make_unique<MariadbServer>(
          MariadbOptions{.arguments = {"--server-id=" + server_id}, .private_instance = true});
    case Engine::mysql:
      return std::make_unique<MysqlServer>(
          MysqlOptions{.arguments = {"--server-id=" + server_id}, .private_instance = true});
    case Engine::postgres15:
      return std::make_unique<PostgresServer>(PostgresOptions{.private_instance = true});
    case Engine::postgres18:
      return std::make_unique<PostgresServer>(
          PostgresOptions{.private_instance = true, .version = 18});
    case Engine::sqlite:
      return nullptr;
  }
  return nullptr;
}

// Before tailrace has been there the table does not exist.
std::string answer_or_nothing(const DatabaseServer& server, const std::string& query,
                              const std::string& database) {
  try {
    return server.sql(query, database);
  } catch (const std::runtime_error&) {
    return "";
  }
}

}  // namespace

std::string name_of(Engine engine) {
  switch (engine) {
    case Engine::mariadb:
      return "mariadb";
    case Engine::mysql:
      return "mysql";
    case Engine::postgres15:
      return "postgres15";
    case Engine::postgres18:
      return "postgres18";
    case Engine::sqlite:
      return "sqlite";
  }
  return "";
}

std::string name_of(const EnginePair& pair) {
  return name_of(pair.source) + "_to_" + name_of(pair.target);
}

void PrintTo(const EnginePair& pair, std::ostream* out) {
  *out << name_of(pair);
}

std::optional<std::string> why_unavailable(Engine engine) {
  switch (engine) {
    case Engine::mariadb:
      return MariadbServer::why_unavailable(true);
    case Engine::mysql:
      return MysqlServer::why_unavailable(true);
    case Engine::postgres15:
      return PostgresServer::why_unavailable(15, true);
    case Engine::postgres18:
      return PostgresServer::why_unavailable(18, true);
    case Engine::sqlite:
      return std::nullopt;
  }
  return std::nullopt;
}

ReplicationBed::ReplicationBed(Engine source, Engine target)
    : target_engine_(target), source_(start(source, "11")), target_(start(target, "12")) {
  source_->sql("CREATE DATABASE shop");
  if (target == Engine::postgres15 || target == Engine::postgres18) {
    target_->sql("CREATE DATABASE copy");
  }
}

ReplicationBed::~ReplicationBed() = default;

std::string ReplicationBed::target_url() const {
  switch (target_engine_) {
    case Engine::postgres15:
    case Engine::postgres18:
      return target_->url("copy");
    case Engine::mariadb:
    case Engine::mysql:
      return target_->url();
    case Engine::sqlite:
      return "sqlite://" + (folder_ / "copy.db").string();
  }
  return "";
}

std::vector<std::string> ReplicationBed::run_arguments(std::vector<std::string> more,
                                                       const std::string& from) const {
  std::vector<std::string> arguments{"run",
                                     "--from",
                                     from.empty() ? source_url() : from,
                                     "--to",
                                     "copy=" + target_url(),
                                     "--name",
                                     "bed",
                                     "--tables",
                                     "shop.*",
                                     "--start",
                                     "earliest",
                                     "--state-dir",
                                     (folder_ / "state").string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

void ReplicationBed::catch_up(std::vector<std::string> more,
                              std::chrono::milliseconds deadline) const {
  more.push_back("--exit-when-caught-up");
  const CommandResult result = run_tailrace(run_arguments(std::move(more)), {}, deadline);
  if (!result.ended.ok()) {
    throw std::runtime_error("tailrace run: " + to_string(result.ended) + "\n" +
                             result.error_output);
  }
}

std::string ReplicationBed::differences() const {
  const CompareReport report =
      compare_databases(source_url(), target_url(), {.tables = {"shop.*"}});
  if (report.tables.empty()) return "no table at the source";
  return report.equal() ? "" : describe(report);
}

std::string ReplicationBed::stored_position() const {
  const std::string query = "SELECT position FROM tailrace.checkpoint WHERE sink = 'copy'";
  switch (target_engine_) {
    case Engine::postgres15:
    case Engine::postgres18:
      return answer_or_nothing(*target_, query, "copy");
    case Engine::mariadb:
    case Engine::mysql:
      return answer_or_nothing(*target_, query, "");
    case Engine::sqlite:
      break;
  }
  const CommandResult result =
      run_command({.arguments = {"sqlite3", (folder_ / "copy.db").string(),
                                 "SELECT position FROM tailrace_checkpoint WHERE sink = 'copy'"},
                   .output = {}});
  std::string text = result.output;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string ReplicationBed::source_position() const {
  return source_->sql(source_->kind() == "mysql"
                          ? "SELECT REPLACE(@@global.gtid_executed, '\\n', '')"
                          : "SELECT @@global.gtid_binlog_pos");
}

}  // namespace tailrace::testing
