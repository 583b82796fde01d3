#include "tests/integration/type_bed.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

#include "tests/integration/type_twins.h"
#include "tests/support/compare/compare.h"
#include "tests/support/replication/engine_server.h"

namespace tailrace::testing {
namespace {

constexpr const char* kListed = "listed";  // the schema whose tables `check` lists

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> extensions_of(const DatabaseServer& server) {
  return lines_of(
      server.sql("SELECT name FROM pg_available_extensions"
                 " WHERE name IN ('hstore', 'citext', 'ltree') ORDER BY 1"));
}

}  // namespace

TypeBed::TypeBed(Engine source, const TypeBedOptions& options)
    : engine_(source), options_(options), source_(start_server(source)) {
  for (const Engine target : kTypeTargets) {
    if (target != Engine::sqlite) targets_.emplace(target, start_server(target));
  }
  DatabaseServer& postgres = *targets_.at(Engine::postgres18);
  postgres.sql("CREATE DATABASE there; CREATE DATABASE back");
  if (!is_postgres(source)) {
    tables_ = mysql_type_tables(source == Engine::mariadb);
    return;
  }
  std::vector<std::string> extensions;
  const auto at_target = extensions_of(postgres);
  for (const std::string& name : extensions_of(*source_)) {
    if (std::find(at_target.begin(), at_target.end(), name) != at_target.end())
      extensions.push_back(name);
  }
  tables_ = postgres_type_tables(source == Engine::postgres15 ? 15 : 18, extensions);
  source_->sql("CREATE DATABASE shop");
  source_->sql(postgres_type_definitions(extensions), "shop");
  postgres.sql(postgres_type_definitions(extensions), "there");
}

TypeBed::~TypeBed() = default;

void TypeBed::source_sql(const std::string& statements) {
  source_->sql(statements, is_postgres(engine_) ? "shop" : "");
}

std::string TypeBed::source_url() const {
  return is_postgres(engine_) ? source_->url("shop") : source_->url();
}

std::string TypeBed::target_url(Engine target) const {
  if (target == Engine::sqlite) return "sqlite://" + (folder_ / "there.db").string();
  const DatabaseServer& server = *targets_.at(target);
  return is_postgres(target) ? server.url("there") : server.url();
}

std::string TypeBed::pipeline(const std::string& name, const std::string& from_url,
                              const std::string& tables, const std::string& to_url,
                              const std::string& more) const {
  const bool postgres = from_url.starts_with("postgresql");
  return fmt::format(
      R"({{"name": "{}", "source": {{"url": "{}", "tables": ["{}"]{}}}, "sinks": [{{"name": "to", "url": "{}"}}]{}}})",
      name, from_url, tables, postgres ? R"(, "create_slot": true)" : "", to_url, more);
}

std::string TypeBed::run(const std::string& pipelines, const std::string& name) {
  const auto file = folder_ / (name + ".json");
  std::ofstream(file) << R"({"state_dir": ")" << (folder_ / "state").string()
                      << R"(", "pipelines": [)" << pipelines << "]}";
  const CommandResult ran = run_tailrace({"run", "-c", file.string(), "--exit-when-caught-up"}, {},
                                         std::chrono::minutes(10));
  if (ran.ended.ok()) return "";
  std::string report = to_string(ran.ended) + "\n";
  for (const std::string& line : lines_of(ran.error_output)) {
    if (line.find("level=info") == std::string::npos) report += line + "\n";
  }
  return report;
}

// Tables of every shape in a schema of their own, without rows.
void TypeBed::read_listings() {
  std::string sql =
      std::string(is_postgres(engine_) ? "CREATE SCHEMA " : "CREATE DATABASE ") + kListed + ";\n";
  for (const TypeTable& table : tables_) {
    sql += TypeScript(family(), table).create(kListed, table.name);
  }
  source_sql(sql);
  std::map<std::string, std::string> urls;
  for (const Engine target : kTypeTargets) urls[name_of(target)] = target_url(target);
  const auto listings = column_listings(source_url(), {std::string(kListed) + ".*"}, urls,
                                        (folder_ / "state").string());
  for (const Engine target : kTypeTargets) listings_[target] = listings.at(name_of(target));
}

bool TypeBed::refuses(Engine target, const TypeTable& table, const std::string& column,
                      const std::string& oddity) const {
  const auto& listing = listings_.at(target);
  const auto listed = listing.find(std::string(kListed) + "." + table.name + "." + column);
  return listed != listing.end() && listed->second.message.find(oddity) != std::string::npos;
}

std::string TypeBed::create(Engine target, const std::string& prefix) const {
  const std::string schema = schema_for(target);
  std::string sql =
      (is_postgres(engine_) ? "CREATE SCHEMA IF NOT EXISTS " : "CREATE DATABASE IF NOT EXISTS ") +
      schema + ";\n";
  for (const TypeTable& table : tables_) {
    sql += TypeScript(family(), table).create(schema, prefix + table.name);
  }
  return sql;
}

void TypeBed::fill(const std::string& prefix) {
  for (const Engine target : kTypeTargets) {
    std::string sql;
    std::uint64_t seed = options_.seed;
    for (const TypeTable& table : tables_) {
      const auto takes = [&](const std::string& column, const std::string& oddity) {
        return !refuses(target, table, column, oddity);
      };
      sql += TypeScript(family(), table)
                 .fill(schema_for(target), prefix + table.name, seed++, options_.rows, takes);
    }
    source_sql(sql);
  }
}

std::string TypeBed::replicate() {
  read_listings();
  // PostgreSQL sends the rows of tables that were published before; MySQL's appear in the stream.
  const bool published_first = is_postgres(engine_);
  std::string pipelines;
  for (const Engine target : kTypeTargets) {
    source_sql(create(target, "copied_") + (published_first ? create(target, "streamed_") : ""));
    pipelines +=
        (pipelines.empty() ? "" : ", ") +
        pipeline(name_of(target), source_url(), schema_for(target) + ".*", target_url(target));
  }
  fill("copied_");
  const std::string copying = run(pipelines, "there");
  for (const Engine target : kTypeTargets) {
    if (!published_first) source_sql(create(target, "streamed_"));
  }
  fill("streamed_");
  return copying + run(pipelines, "there");
}

std::string TypeBed::copied_against_streamed(Engine target) {
  std::string report;
  for (const TypeTable& table : tables_) {
    const TypeScript script(family(), table);
    Twins twins{schema_for(target), "copied_" + table.name, "streamed_" + table.name, {}, {}};
    if (table.key_count == 0) twins.key = {"id"};
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      (i < table.key_count ? twins.key : twins.columns).push_back(script.column_name(i));
    }
    const auto found =
        target == Engine::sqlite ? sqlite_twin_differences((folder_ / "there.db").string(), twins)
        : is_postgres(target)    ? postgres_twin_differences(*targets_.at(target), "there", twins)
                                 : mysql_twin_differences(*targets_.at(target), twins);
    if (!found.empty()) report += twins.copied + ": " + found + "\n";
  }
  return report;
}

std::string TypeBed::differences_after_way_back(Engine over) {
  const bool postgres_home = is_postgres(engine_);
  DatabaseServer& home = *targets_.at(postgres_home ? Engine::postgres18 : engine_);
  const std::string home_url = postgres_home ? home.url("back") : home.url();
  const std::string tables = schema_for(over) + ".*";
  const std::string failure =
      run(pipeline("back_" + name_of(over), target_url(over), tables, home_url),
          "back_" + name_of(over));
  if (!failure.empty()) return failure;
  const CompareReport report = compare_databases(
      source_url(), home_url, {.tables = {tables}, .most_differences = 3, .by_value = true});
  return report.equal() && !report.tables.empty() ? "" : describe(report);
}

}  // namespace tailrace::testing
