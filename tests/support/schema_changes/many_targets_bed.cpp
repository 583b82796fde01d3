#include "tests/support/schema_changes/many_targets_bed.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "tests/support/compare/compare.h"
#include "tests/support/eventually.h"
#include "tests/support/replication/engine_server.h"
#include "tests/support/sqlite_file.h"

namespace tailrace::testing {
namespace {

// "0/16B3748", with or without a timeline behind it, as a number.
std::uint64_t wal_offset(const std::string& position) {
  const auto slash = position.find('/');
  if (slash == std::string::npos) return 0;
  return (std::stoull(position.substr(0, slash), nullptr, 16) << 32U) +
         std::stoull(position.substr(slash + 1), nullptr, 16);
}

}  // namespace

ManyTargetsBed::ManyTargetsBed(Engine source, const std::vector<Engine>& targets)
    : source_engine_(source), source_(start_shop(source)) {
  for (const Engine engine : targets) {
    Target target{.engine = engine, .server = nullptr, .proxy = nullptr};
    if (engine != Engine::sqlite) {
      target.server = start_server(engine);
      if (testing::is_postgres(engine)) target.server->sql("CREATE DATABASE copy");
      target.proxy = std::make_unique<FaultProxy>(target.server->port());
    }
    targets_.push_back(std::move(target));
    names_.push_back(name_of(engine));
  }
}

ManyTargetsBed::~ManyTargetsBed() = default;

const ManyTargetsBed::Target& ManyTargetsBed::target(const std::string& sink) const {
  const auto found = std::find(names_.begin(), names_.end(), sink);
  if (found == names_.end()) throw std::logic_error("no sink " + sink);
  return targets_[static_cast<std::size_t>(found - names_.begin())];
}

bool ManyTargetsBed::has_server(const std::string& sink) const {
  return target(sink).server != nullptr;
}

FaultProxy& ManyTargetsBed::proxy(const std::string& sink) {
  return *target(sink).proxy;
}

DatabaseServer& ManyTargetsBed::server(const std::string& sink) {
  return *target(sink).server;
}

std::string ManyTargetsBed::target_sql(const std::string& sink,
                                       const std::string& statements) const {
  const Target& asked = target(sink);
  if (testing::is_postgres(asked.engine)) return asked.server->sql(statements, "copy");
  if (asked.server) return asked.server->sql(statements);
  auto rows = sqlite_sql(sqlite_file(), statements);
  if (!rows) throw std::runtime_error("SQLite refuses: " + statements);
  return *std::move(rows);
}

std::string ManyTargetsBed::target_table(const std::string& sink, const std::string& table) const {
  return target(sink).server ? "shop." + table : table;
}

std::vector<std::string> ManyTargetsBed::underscored_tables(const std::string& sink) const {
  const std::string names = target_sql(
      sink, target(sink).server ? "SELECT table_name FROM information_schema.tables WHERE"
                                  " table_schema = 'shop' AND left(table_name, 1) = '_'"
                                : "SELECT name FROM sqlite_schema WHERE type = 'table' AND"
                                  " substr(name, 1, 1) = '_'");
  std::istringstream lines(names);
  std::vector<std::string> result;
  for (std::string line; std::getline(lines, line);) result.push_back(line);
  return result;
}

std::string ManyTargetsBed::source_url() const {
  return is_postgres(source_engine_) ? source_->url("shop") : source_->url();
}

std::string ManyTargetsBed::url_of(const Target& target) const {
  if (!target.server) return "sqlite://" + sqlite_file().string();
  return is_postgres(target.engine) ? target.server->url("copy") : target.server->url();
}

std::vector<std::string> ManyTargetsBed::run_arguments() const {
  nlohmann::json sinks = nlohmann::json::array();
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    ServerUrl address;
    std::string url = url_of(targets_[i]);
    if (targets_[i].proxy) {
      address = parse_url(url);
      address.port = targets_[i].proxy->port();
      url = to_string(address);
    }
    sinks.push_back({{"name", names_[i]},
                     {"url", url},
                     {"idle_checkpoint", "500ms"},
                     {"copy", {{"workers", 2}, {"chunk_rows", 500}}}});
  }
  nlohmann::json source = {{"url", source_url()}};
  if (is_postgres(source_engine_)) {
    source["create_slot"] = true;  // of all tables, also of those that are made later
  } else {
    source["tables"] = {"shop.*"};
  }
  const nlohmann::json whole = {
      {"state_dir", (folder_ / "state").string()},
      {"pipelines",
       {{{"name", "bed"},
         {"source", source},
         {"retry", {{"first", "50ms"}, {"longest", "500ms"}, {"blocked", "1s"}}},
         {"sinks", sinks}}}}};
  std::ofstream(folder_ / "bed.json") << whole.dump(2);
  return {"run", "-c", (folder_ / "bed.json").string()};
}

// The daemon renames a whole new file over the old one, once a second.
std::optional<ManyTargetsBed::Report> ManyTargetsBed::report_of(const std::string& sink) const {
  std::ifstream in(folder_ / "state/bed/status.json");
  if (!in) return std::nullopt;
  const auto status = nlohmann::json::parse(in);
  for (const auto& one : status.at("sinks")) {
    if (one.at("name") != sink) continue;
    const auto& error = one.at("error");
    const auto& durable = one.at("durable");
    return Report{.state = one.at("state"),
                  .phase = one.at("phase"),
                  .error = error.is_null() ? "" : error.dump(),
                  .position = durable.is_null() ? "" : durable.at("position").get<std::string>(),
                  .written_us = status.at("written_us")};
  }
  return std::nullopt;
}

std::string ManyTargetsBed::describe() const {
  std::string text;
  for (const std::string& name : names_) {
    const auto report = report_of(name).value_or(Report{});
    text += name + ": " + report.state + ", " + report.phase + " " + report.error + ", at " +
            report.position + "\n";
  }
  return text + "source: at " + source_position() + "\n";
}

std::string ManyTargetsBed::source_position() const {
  if (is_postgres(source_engine_)) return source_->sql("SELECT pg_current_wal_flush_lsn()");
  return source_->sql(source_->kind() == "mysql"
                          ? "SELECT REPLACE(@@global.gtid_executed, '\\n', '')"
                          : "SELECT @@global.gtid_binlog_pos");
}

bool ManyTargetsBed::has_reached(const std::string& stored, const std::string& position) const {
  return is_postgres(source_engine_) ? wal_offset(stored) >= wal_offset(position)
                                     : stored == position;
}

bool ManyTargetsBed::finishes_copy(const std::string& sink,
                                   std::chrono::milliseconds deadline) const {
  return eventually(
      [&] {
        const auto report = report_of(sink);
        return report && report->phase == "exact";
      },
      deadline);
}

bool ManyTargetsBed::becomes_exact(const std::string& sink, std::chrono::milliseconds deadline) {
  const std::string position = source_position();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto now_us = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  return eventually(
      [&] {
        const auto report = report_of(sink);
        return report && report->written_us > now_us && report->phase == "exact" &&
               has_reached(report->position, position);
      },
      deadline);
}

std::string ManyTargetsBed::row_differences(const std::string& sink) const {
  const CompareReport report =
      compare_databases(source_url(), url_of(target(sink)), {.tables = {"shop.*"}});
  if (report.tables.empty()) return "no table at the source";
  return report.equal() ? "" : testing::describe(report);
}

std::vector<std::string> ManyTargetsBed::schema_differences(
    const std::string& sink, const DefinitionOptions& options) const {
  return definition_differences(read_definitions(source_url(), "shop"),
                                read_definitions(url_of(target(sink)), "shop"), options);
}

}  // namespace tailrace::testing
