#include "tests/integration/refusal_bed.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/support/child_process.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/mysql_server.h"
#include "tests/support/postgres_server.h"

namespace tailrace::testing {
namespace {

constexpr const char* kMysqlSession = "SET NAMES utf8mb4; SET sql_mode = 'ALLOW_INVALID_DATES';\n";

std::unique_ptr<DatabaseServer> start(Engine engine) {
  const std::vector<std::string> roomy = {
      "-c", "max_replication_slots=200", "-c", "max_wal_senders=200", "-c", "max_connections=400"};
  switch (engine) {
    case Engine::mariadb:
      return std::make_unique<MariadbServer>(
          MariadbOptions{.arguments = {"--max-connections=400"}, .private_instance = true});
    case Engine::mysql:
      return std::make_unique<MysqlServer>(
          MysqlOptions{.arguments = {"--max-connections=400"}, .private_instance = true});
    case Engine::postgres15:
    case Engine::postgres18:
      return std::make_unique<PostgresServer>(
          PostgresOptions{.arguments = roomy,
                          .private_instance = true,
                          .version = engine == Engine::postgres15 ? 15 : 18});
    case Engine::sqlite:
      break;
  }
  return nullptr;
}

bool has_citext(const DatabaseServer& server) {
  return !server.sql("SELECT 1 FROM pg_available_extensions WHERE name = 'citext'").empty();
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

std::string sink_with(Engine target, const std::string& option) {
  std::string name = name_of(target) + "_" + option;
  std::replace(name.begin(), name.end(), '=', '_');
  return name;
}

RefusalServers::RefusalServers() {
  for (const Engine engine : kRefusalTargets) {
    if (engine != Engine::sqlite) servers_.emplace(engine, start(engine));
  }
}

DatabaseServer& RefusalServers::of(Engine engine) {
  auto& server = servers_[engine];
  if (!server) server = start(engine);
  return *server;
}

std::string RefusalServers::target_url(Engine engine, const std::string& sqlite_file) const {
  if (engine == Engine::sqlite) return "sqlite://" + sqlite_file;
  return servers_.at(engine)->url("there");
}

RefusalBed::RefusalBed(RefusalServers& servers, Engine source, bool whole, std::uint64_t seed)
    : servers_(servers), source_(source) {
  for (const Engine target : kRefusalTargets) {
    if (target == Engine::sqlite) continue;
    if (is_postgres(target)) {
      servers_.of(target).sql("DROP DATABASE IF EXISTS there WITH (FORCE)");
      servers_.of(target).sql("CREATE DATABASE there");
    } else {
      servers_.of(target).sql(
          "DROP DATABASE IF EXISTS there; DROP DATABASE IF EXISTS tailrace; CREATE DATABASE there");
    }
  }
  if (is_postgres(source_)) {
    has_citext_ = has_citext(servers_.of(source_)) && has_citext(servers_.of(Engine::postgres18));
    const std::string types =
        std::string(has_citext_ ? "CREATE EXTENSION citext SCHEMA public;" : "") + kOddTypes;
    servers_.of(source_).sql("CREATE DATABASE shop");
    source_sql(types + "CREATE SCHEMA refused");
    servers_.of(Engine::postgres18).sql(types, "there");
  } else {
    source_sql("CREATE DATABASE refused");
  }
  collect();
  if (!whole) thin(seed);
  read_listings();
}

void RefusalBed::collect() {
  std::set<std::pair<std::string, std::string>> known;
  for (const Engine target : kRefusalTargets) lines_[target] = type_lines(source_, target);
  for (const auto& [target, lines] : lines_) {
    for (const TypeLine& line : lines) {
      if (line.type == "public.citext" && !has_citext_) continue;
      std::vector<std::string> labels = line.refused;
      labels.insert(labels.end(), line.refused_in_key.begin(), line.refused_in_key.end());
      for (const std::string& label : labels) {
        if (!known.emplace(line.type, label).second) continue;
        const auto value = odd_value(family(), line.type, label);
        if (!value) {
          unknown_.push_back(line.type + ": " + label);
          continue;
        }
        const std::string number = std::to_string(known.size());
        cases_.push_back({line.type, label, false, *value, "v" + number});
        if (key_definition(family(), line.type).empty()) {
          const bool in_key = contains(line.refused_in_key, label);
          if (in_key) unknown_.push_back(line.type + ", which cannot be in a key: " + label);
          continue;
        }
        cases_.push_back({line.type, label, true, *value, "k" + number});
      }
    }
  }
}

void RefusalBed::thin(std::uint64_t seed) {
  Dice dice(seed);
  std::map<std::pair<std::string, bool>, std::vector<RefusalCase>> alike;
  for (const RefusalCase& one : cases_) alike[{one.label, one.in_key}].push_back(one);
  cases_.clear();
  for (const auto& [trouble, cases] : alike) cases_.push_back(dice.pick(cases));
}

std::vector<std::string> RefusalBed::options() const {
  std::vector<std::string> all;
  for (const auto& [target, lines] : lines_) {
    for (const TypeLine& line : lines) {
      for (const std::string& option : line.options) {
        if (!contains(all, option)) all.push_back(option);
      }
    }
  }
  return all;
}

// Of tables that are there for that alone.
void RefusalBed::read_listings() {
  for (const RefusalCase& one : cases_) create("listed_", one);
  std::map<std::string, std::string> urls;
  for (const Engine target : kRefusalTargets) {
    urls[name_of(target)] = target_url(target);
    if (target == Engine::sqlite || is_postgres(target)) continue;
    for (const std::string& option : options()) {
      urls[sink_with(target, option)] = target_url(target) + "?" + option;
    }
  }
  listings_ =
      column_listings(source_url(), {"refused.listed_*"}, urls, (folder_ / "state").string());
}

const ListedColumn* RefusalBed::listed(const std::string& sink, const RefusalCase& one) const {
  const auto listing = listings_.find(sink);
  if (listing == listings_.end()) return nullptr;
  const auto column = listing->second.find("refused.listed_" + one.name + ".c");
  return column == listing->second.end() ? nullptr : &column->second;
}

bool RefusalBed::refuses(Engine target, const RefusalCase& one) const {
  const ListedColumn* column = listed(name_of(target), one);
  return column != nullptr && column->refuses(one.label);
}

bool RefusalBed::has_option(Engine target, const RefusalCase& one,
                            const std::string& option) const {
  const ListedColumn* column = listed(sink_with(target, option), one);
  return column != nullptr && column->message.find("replaces ") != std::string::npos &&
         column->message.find(one.label) != std::string::npos && !column->refuses(one.label);
}

std::string RefusalBed::lines_against_listing() const {
  std::string report;
  for (const auto& [target, lines] : lines_) {
    for (const RefusalCase& one : cases_) {
      const auto line = std::find_if(lines.begin(), lines.end(),
                                     [&](const TypeLine& of) { return of.type == one.type; });
      if (line == lines.end()) continue;
      const bool as_value = contains(line->refused, one.label);
      const bool in_key_alone = contains(line->refused_in_key, one.label);
      // Of what is refused everywhere the page does not say whether the key takes it.
      if (one.in_key && as_value) continue;
      const bool on_page = one.in_key ? in_key_alone : as_value;
      if (on_page == refuses(target, one)) continue;
      report += fmt::format("{}{} to {}: {} is {} the page, and {} the listing\n", one.type,
                            one.in_key ? " in the key" : "", name_of(target), one.label,
                            on_page ? "on" : "not on", on_page ? "not in" : "in");
    }
  }
  return report;
}

std::string RefusalBed::definition(const std::string& table, const RefusalCase& one) const {
  const std::string type = column_definition(one.type);
  const std::string columns = one.in_key ? "c " + type.substr(0, type.rfind(" NULL")) +
                                               " NOT NULL, v INT, PRIMARY KEY " +
                                               key_definition(family(), one.type)
                                         : "id INT PRIMARY KEY, c " + type;
  return fmt::format("CREATE TABLE refused.{} ({}){};\n", table, columns,
                     family() == SqlFamily::mysql ? " DEFAULT CHARSET=utf8mb4" : "");
}

void RefusalBed::create(const std::string& prefix, const RefusalCase& one) {
  const std::string mode = family() == SqlFamily::mysql ? kMysqlSession : "";
  source_sql(mode + definition(prefix + one.name, one));
}

void RefusalBed::insert(const std::string& prefix, const RefusalCase& one, int id) {
  const bool mysql = family() == SqlFamily::mysql;
  source_sql(fmt::format("{}INSERT {}INTO refused.{}{} VALUES ({}, {})", mysql ? kMysqlSession : "",
                         mysql ? "IGNORE " : "", prefix, one.name,
                         one.in_key ? one.value.sql : std::to_string(id),
                         one.in_key ? std::to_string(id) : one.value.sql));
}

void RefusalBed::prepare(const RefusalCase& one) {
  if (!one.value.before.empty()) source_sql(one.value.before);
}

void RefusalBed::source_sql(const std::string& statements) {
  servers_.of(source_).sql(statements, is_postgres(source_) ? "shop" : "");
}

std::string RefusalBed::target_table(Engine target, const std::string& table) const {
  if (target == Engine::sqlite) return table;
  return (is_postgres(target) ? "refused." : "there.") + table;
}

std::string RefusalBed::target_sql(Engine target, const std::string& statements) {
  if (target != Engine::sqlite) {
    return servers_.of(target).sql(statements, is_postgres(target) ? "there" : "");
  }
  const CommandResult result =
      run_command({.arguments = {"sqlite3", "-bail", "-separator", "\t", "-cmd", ".timeout 5000",
                                 (folder_ / "there.db").string(), statements}});
  if (!result.ended.ok()) throw std::runtime_error("sqlite3: " + result.error_output);
  return result.output.substr(0, result.output.find_last_not_of('\n') + 1);
}

void RefusalBed::cure(Engine target, const std::string& table, const RefusalCase& one) {
  std::string alter = "ALTER TABLE " + target_table(target, table);
  if (is_postgres(target)) {
    const bool octets = one.label == "the character NUL";
    alter += octets ? " ALTER c TYPE bytea USING c::bytea" : " ALTER c TYPE text";
  } else if (one.in_key) {
    alter += " MODIFY c VARCHAR(300) CHARACTER SET utf8mb4 COLLATE ";
    alter += target == Engine::mysql ? "utf8mb4_0900_bin NOT NULL" : "utf8mb4_nopad_bin NOT NULL";
  } else {
    alter += " MODIFY c LONGTEXT CHARACTER SET utf8mb4";
  }
  target_sql(target, alter);
}

std::string RefusalBed::source_url() const {
  return is_postgres(source_) ? servers_.of(source_).url("shop") : servers_.of(source_).url();
}

std::string RefusalBed::target_url(Engine target) const {
  return servers_.target_url(target, (folder_ / "there.db").string());
}

std::string RefusalBed::pipeline(const std::string& name, const std::vector<std::string>& tables,
                                 const std::map<std::string, std::string>& sinks) const {
  std::vector<std::string> objects;
  for (const auto& [sink, url] : sinks) {
    objects.push_back(
        fmt::format(R"({{"name": "{}", "url": "{}", "copy": {{"workers": 1}}}})", sink, url));
  }
  return fmt::format(R"({{"name": "{}", "source": {{"url": "{}", "tables": ["refused.{}"]{}}}, )"
                     R"("retry": {{"blocked": "100ms"}}, "sinks": [{}]}})",
                     name, source_url(), fmt::join(tables, R"(", "refused.)"),
                     is_postgres(source_) ? R"(, "create_slot": true)" : "",
                     fmt::join(objects, ", "));
}

std::string RefusalBed::write_config(const std::vector<std::string>& pipelines) const {
  const auto file = folder_ / "tailrace.json";
  std::ofstream(file) << R"({"state_dir": ")" << (folder_ / "state").string()
                      << R"(", "pipelines": [)" << fmt::format("{}", fmt::join(pipelines, ",\n"))
                      << "]}";
  return file.string();
}

}  // namespace tailrace::testing
