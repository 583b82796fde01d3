#include "tests/support/replication/replication_bed.h"

#include <fstream>
#include <ostream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "tests/support/compare/compare.h"
#include "tests/support/eventually.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/mysql_server.h"
#include "tests/support/postgres_server.h"
#include "tests/support/replication/engine_server.h"
#include "tests/support/sqlite_file.h"

namespace tailrace::testing {
namespace {

// Each of them logs under an id of its own.
std::vector<std::string> with_server_id(Engine engine, const std::string& id,
                                        std::vector<std::string> arguments) {
  if (!is_postgres(engine)) arguments.push_back("--server-id=" + id);
  return arguments;
}

// "0/16B3748@1", with or without the timeline, as a number.
std::uint64_t wal_offset(const std::string& position) {
  const auto slash = position.find('/');
  if (slash == std::string::npos) throw std::runtime_error("no place in a WAL: " + position);
  return (std::stoull(position.substr(0, slash), nullptr, 16) << 32U) +
         std::stoull(position.substr(slash + 1), nullptr, 16);
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

bool is_postgres(Engine engine) {
  return engine == Engine::postgres15 || engine == Engine::postgres18;
}

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

ReplicationBed::ReplicationBed(Engine source, Engine target, const BedOptions& options)
    : source_engine_(source),
      target_engine_(target),
      source_(start_shop(source, with_server_id(source, "11", options.source_arguments))),
      target_(start_server(target, with_server_id(target, "12", options.target_arguments))) {
  if (is_postgres(target)) target_->sql("CREATE DATABASE copy");
}

ReplicationBed::~ReplicationBed() = default;

std::string ReplicationBed::source_url() const {
  return is_postgres(source_engine_) ? source_->url("shop") : source_->url();
}

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
  if (is_postgres(source_engine_)) arguments.emplace_back("--create-slot");
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::vector<std::string> ReplicationBed::run_arguments_of(const RunFile& file,
                                                          std::vector<std::string> more) const {
  const auto behind_comma = [](const std::string& options) {
    return options.empty() ? "" : ", " + options;
  };
  std::string sinks =
      R"({"name": "copy", "url": ")" + target_url() + "\"" + behind_comma(file.sink_options) + "}";
  for (const std::string& sink : file.more_sinks) sinks += ", " + sink;
  std::ofstream(config_file()) << R"({"state_dir": ")" << state_dir().string()
                               << R"(", "pipelines": [{"name": "bed",)"
                               << R"("source": {"url": ")" << source_url()
                               << R"(", "tables": ["shop.*"])"
                               << (is_postgres(source_engine_) ? R"(, "create_slot": true)" : "")
                               << "}" << behind_comma(file.pipeline_options) << R"(, "sinks": [)"
                               << sinks << "]}]}";
  std::vector<std::string> arguments{"run", "-c", config_file().string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// The daemon renames a whole new file over the old one.
std::optional<SinkReport> ReplicationBed::report_of(const std::string& sink) const {
  std::ifstream in(state_dir() / "bed/status.json");
  if (!in) return std::nullopt;
  const auto status = nlohmann::json::parse(in);
  for (const auto& one : status.at("sinks")) {
    if (one.at("name") != sink) continue;
    const auto& error = one.at("error");
    return SinkReport{.state = one.at("state"),
                      .phase = one.at("phase"),
                      .error = error.is_null() ? "" : error.at("message").get<std::string>(),
                      .copied_rows = one.at("copy").at("rows")};
  }
  return std::nullopt;
}

bool ReplicationBed::becomes_exact(std::chrono::milliseconds deadline) const {
  const std::string position = source_position();
  return eventually(
      [&] {
        const auto report = report_of();
        return report && report->phase == "exact" && has_reached(position);
      },
      deadline);
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

std::string ReplicationBed::differences_from(const std::string& source_url) const {
  CompareReport report = compare_databases(source_url, target_url(), {.tables = {"shop.*"}});
  if (report.tables.empty()) return "no table at the source";
  // A table that PostgreSQL only streams appears at the target with its first row.
  if (is_postgres(source_engine_)) {
    std::erase_if(report.tables, [](const TableReport& table) {
      return table.source_rows == 0 && !table.target_rows;
    });
  }
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
      return target_sql("SELECT position FROM tailrace_checkpoint WHERE sink = 'copy'");
  }
  return "";
}

std::string ReplicationBed::source_position() const {
  if (is_postgres(source_engine_)) return source_->sql("SELECT pg_current_wal_flush_lsn()");
  return source_->sql(source_->kind() == "mysql"
                          ? "SELECT REPLACE(@@global.gtid_executed, '\\n', '')"
                          : "SELECT @@global.gtid_binlog_pos");
}

bool ReplicationBed::has_reached(const std::string& position) const {
  const std::string stored = stored_position();
  if (!is_postgres(source_engine_)) return stored == position;
  return !stored.empty() && wal_offset(stored) >= wal_offset(position);
}

bool ReplicationBed::comes_up_to_date(std::chrono::milliseconds deadline) const {
  const std::string position = source_position();
  return eventually([&] { return has_reached(position); }, deadline);
}

std::string ReplicationBed::target_sql(const std::string& statements) const {
  if (is_postgres(target_engine_)) return target_->sql(statements, "copy");
  if (target_) return target_->sql(statements);
  return sqlite_sql(folder_ / "copy.db", statements).value_or("");
}

std::string ReplicationBed::target_table(const std::string& table) const {
  return target_engine_ == Engine::sqlite ? table : "shop." + table;
}

std::string ReplicationBed::slot(const std::string& column) const {
  return source_->sql("SELECT " + column +
                      " FROM pg_replication_slots WHERE slot_name = " + "'tailrace_bed'");
}

}  // namespace tailrace::testing
