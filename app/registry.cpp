#include "app/registry.h"

#include <array>
#include <functional>

#include "app/mysql_url.h"
#include "config/nearest_name.h"
#include "extractors/mysql/source.h"
#include "sinks/mysql/mysql_target.h"
#include "sinks/null/null_target.h"
#include "sinks/postgres/postgres_target.h"
#include "sinks/sqlite/sqlite_target.h"

namespace tailrace::app {
namespace {

using SourceResult = Result<std::unique_ptr<Source>>;
using TargetResult = Result<std::unique_ptr<Target>>;

// A database in the URL stands for its tables, unless tables are named. It is not connected to:
// who may read the log need not have rights in it.
SourceResult make_mysql_source(const SourceConfig& config, const std::string& pipeline) {
  auto connection = mysql_connection(config.url);
  if (!connection) return std::move(connection).error();
  mysql::MySqlSourceOptions options;
  options.scheme = config.url.scheme;
  options.pipeline = pipeline;
  options.tables = config.tables;
  if (options.tables.empty() && !connection->database.empty()) {
    options.tables.push_back(connection->database + ".*");
  }
  options.server_id = config.server_id;
  options.connection = std::move(*connection);
  options.connection.database.clear();
  auto source = mysql::MySqlSource::create(std::move(options));
  if (!source) return std::move(source).error();
  return SourceResult(std::move(*source));
}

TargetResult make_mysql_target(const Url& url) {
  auto options = mysql::TargetOptions::from_url(url);
  if (!options) return std::move(options).error();
  return TargetResult(std::make_unique<mysql::MySqlTarget>(std::move(*options)));
}

TargetResult make_postgres_target(const Url& url) {
  auto options = postgres::TargetOptions::from_url(url);
  if (!options) return std::move(options).error();
  return TargetResult(std::make_unique<postgres::PostgresTarget>(std::move(*options)));
}

TargetResult make_sqlite_target(const Url& url) {
  auto options = sqlite::TargetOptions::from_url(url);
  if (!options) return std::move(options).error();
  return TargetResult(std::make_unique<sqlite::SqliteTarget>(std::move(*options)));
}

TargetResult make_null_target(const Url& url) {
  if (auto known = url.expect_options({}); !known) return std::move(known).error();
  return TargetResult(std::make_unique<NullTarget>());
}

struct SourceRow {
  std::string_view scheme;
  SourceResult (*make)(const SourceConfig&, const std::string&);
};
constexpr std::array kSources{SourceRow{"mysql", make_mysql_source},
                              SourceRow{"mariadb", make_mysql_source}};

struct TargetRow {
  std::string_view scheme;
  TargetResult (*make)(const Url&);
};
constexpr std::array kTargets{
    TargetRow{"mysql", make_mysql_target},         TargetRow{"mariadb", make_mysql_target},
    TargetRow{"sqlite", make_sqlite_target},       TargetRow{"null", make_null_target},
    TargetRow{"postgresql", make_postgres_target}, TargetRow{"postgres", make_postgres_target}};

template <typename Rows>
Error unknown_scheme(const char* what, std::string_view scheme, const Rows& rows) {
  std::string known;
  std::array<std::string_view, std::tuple_size_v<Rows>> schemes;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    schemes[i] = rows[i].scheme;
    known.append(i == 0 ? "" : ", ").append(rows[i].scheme).append("://");
  }
  Error error(ErrorKind::invalid_config,
              std::string(what) + " cannot be " + std::string(scheme) + "://");
  const std::string_view nearest = nearest_name(scheme, schemes);
  if (nearest.empty()) return std::move(error).hint("one of " + known);
  return std::move(error).hint("did you mean " + std::string(nearest) + "://?");
}

}  // namespace

Result<std::unique_ptr<Source>> make_source(const SourceConfig& source,
                                            const std::string& pipeline) {
  for (const SourceRow& row : kSources) {
    if (row.scheme == source.url.scheme) return row.make(source, pipeline);
  }
  return unknown_scheme("a source", source.url.scheme, kSources);
}

Result<std::unique_ptr<Target>> make_target(const SinkConfig& sink) {
  for (const TargetRow& row : kTargets) {
    if (row.scheme == sink.url.scheme) return row.make(sink.url);
  }
  return unknown_scheme("a target", sink.url.scheme, kTargets);
}

}  // namespace tailrace::app
