#include "app/registry.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "app/mysql_url.h"
#include "app/postgres_source_options.h"
#include "config/nearest_name.h"
#include "extractors/mysql/source.h"
#include "extractors/postgres/source.h"
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
SourceResult make_mysql_source(const SourceConfig& config, const SourceUse& use) {
  auto connection = mysql_connection(config.url);
  if (!connection) return std::move(connection).error();
  mysql::MySqlSourceOptions options;
  options.scheme = config.url.scheme;
  options.pipeline = use.pipeline;
  options.tables = config.tables;
  if (options.tables.empty() && !connection->database.empty()) {
    options.tables.push_back(connection->database + ".*");
  }
  options.server_id = config.server_id;
  options.follow_table_copies = config.follow_table_copies;
  options.connection = std::move(*connection);
  options.connection.database.clear();
  auto source = mysql::MySqlSource::create(std::move(options));
  if (!source) return std::move(source).error();
  return SourceResult(std::move(*source));
}

SourceResult make_postgres_source(const SourceConfig& config, const SourceUse& use) {
  auto options = postgres_source_options(config, use);
  if (!options) return std::move(options).error();
  auto source = postgres::PostgresSource::create(std::move(*options));
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

enum class Hosts : std::uint8_t { one, several };

struct SourceRow {
  std::string_view scheme;
  SourceResult (*make)(const SourceConfig&, const SourceUse&);
  Hosts hosts;
  std::span<const std::string_view> own_options;  // of SourceConfig::given
};
constexpr std::array<std::string_view, 2> kMysqlOptions{"server_id", "follow_table_copies"};
constexpr std::array<std::string_view, 7> kPostgresOptions{
    "slot", "publication", "create_slot", "skip_origins", "streaming", "binary", "failover"};
constexpr std::array kSources{
    SourceRow{"mysql", make_mysql_source, Hosts::one, kMysqlOptions},
    SourceRow{"mariadb", make_mysql_source, Hosts::one, kMysqlOptions},
    SourceRow{"postgresql", make_postgres_source, Hosts::several, kPostgresOptions},
    SourceRow{"postgres", make_postgres_source, Hosts::several, kPostgresOptions}};

struct TargetRow {
  std::string_view scheme;
  TargetResult (*make)(const Url&);
  Hosts hosts;
};
constexpr std::array kTargets{TargetRow{"mysql", make_mysql_target, Hosts::one},
                              TargetRow{"mariadb", make_mysql_target, Hosts::one},
                              TargetRow{"sqlite", make_sqlite_target, Hosts::one},
                              TargetRow{"null", make_null_target, Hosts::one},
                              TargetRow{"postgresql", make_postgres_target, Hosts::several},
                              TargetRow{"postgres", make_postgres_target, Hosts::several}};

Status check_hosts(Hosts hosts, const Url& url) {
  return hosts == Hosts::one ? url.expect_one_host() : Status();
}

// An option of another kind of source would have no effect, and nobody would notice.
Status check_own_options(const SourceRow& row, const SourceConfig& source) {
  for (const std::string& name : source.given) {
    const auto has = [&](const SourceRow& one) {
      return std::find(one.own_options.begin(), one.own_options.end(), name) !=
             one.own_options.end();
    };
    if (has(row)) continue;
    Error error(ErrorKind::invalid_config, "option \"" + name + "\" is not for a source that is " +
                                               std::string(row.scheme) + "://");
    const auto* owner = std::find_if(kSources.begin(), kSources.end(), has);
    if (owner == kSources.end()) return error;
    return std::move(error).hint("it is one of " + std::string(owner->scheme) + "://");
  }
  return {};
}

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

Result<std::unique_ptr<Source>> make_source(const SourceConfig& source, const SourceUse& use) {
  for (const SourceRow& row : kSources) {
    if (row.scheme != source.url.scheme) continue;
    if (auto hosts = check_hosts(row.hosts, source.url); !hosts) return std::move(hosts).error();
    if (auto own = check_own_options(row, source); !own) return std::move(own).error();
    return row.make(source, use);
  }
  return unknown_scheme("a source", source.url.scheme, kSources);
}

bool tails_in_one_session(std::string_view scheme) {
  return scheme == "postgresql" || scheme == "postgres";
}

Result<std::unique_ptr<Target>> make_target(const SinkConfig& sink) {
  for (const TargetRow& row : kTargets) {
    if (row.scheme != sink.url.scheme) continue;
    if (auto hosts = check_hosts(row.hosts, sink.url); !hosts) return std::move(hosts).error();
    return row.make(sink.url);
  }
  return unknown_scheme("a target", sink.url.scheme, kTargets);
}

}  // namespace tailrace::app
