#include "app/column_target.h"

#include "clients/mysql/connection.h"
#include "sinks/mysql/options.h"

namespace tailrace::app {
namespace {

ColumnTarget mysql_target(const Url& url) {
  const bool mariadb = url.scheme == "mariadb";
  ColumnTarget target{.engine = mariadb ? Engine::mariadb : Engine::mysql,
                      .version = recent_version(mariadb)};
  const auto options = mysql::TargetOptions::from_url(url);
  if (options) target.policy = options->values;
  auto connection = options ? mysql::Connection::connect(options->connection)
                            : Result<mysql::Connection>(options.error());
  if (connection) {
    target.version = connection->version();
    target.engine = target.version.is_mariadb() ? Engine::mariadb : Engine::mysql;
  } else {
    target.assumed = "taken for " + target.version.to_string() + ", because it did not answer";
  }
  return target;
}

}  // namespace

std::optional<ColumnTarget> column_target(const SinkConfig& sink) {
  const std::string& scheme = sink.url.scheme;
  if (scheme == "mysql" || scheme == "mariadb") return mysql_target(sink.url);
  if (scheme == "postgresql" || scheme == "postgres") {
    return ColumnTarget{.engine = Engine::postgresql};
  }
  if (scheme != "sqlite") return std::nullopt;
  ColumnTarget target{.engine = Engine::sqlite};
  if (auto policy = sql::ValuePolicy::from_url(sink.url)) target.policy = *policy;
  return target;
}

std::unique_ptr<TypeTarget> ColumnTarget::types(const TableSchema& schema) const {
  switch (engine) {
    case Engine::mysql:
    case Engine::mariadb:
      return make_type_target(version);
    case Engine::postgresql:
      return make_postgres_type_target(schema.engine == SourceEngine::postgresql
                                           ? std::span<const Column>(schema.columns)
                                           : std::span<const Column>());
    case Engine::sqlite:
      break;
  }
  return make_type_target(Engine::sqlite, Column(), false);
}

}  // namespace tailrace::app
