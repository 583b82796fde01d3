#include "tests/support/replication/engine_server.h"

#include <stdexcept>
#include <utility>

#include "tests/support/mariadb_server.h"
#include "tests/support/mysql_server.h"
#include "tests/support/postgres_server.h"

namespace tailrace::testing {

std::unique_ptr<DatabaseServer> start_server(Engine engine, std::vector<std::string> arguments) {
  switch (engine) {
    case Engine::mariadb:
      return std::make_unique<MariadbServer>(
          MariadbOptions{.arguments = std::move(arguments), .private_instance = true});
    case Engine::mysql:
      return std::make_unique<MysqlServer>(
          MysqlOptions{.arguments = std::move(arguments), .private_instance = true});
    case Engine::postgres15:
    case Engine::postgres18:
      return std::make_unique<PostgresServer>(
          PostgresOptions{.arguments = std::move(arguments),
                          .private_instance = true,
                          .version = engine == Engine::postgres15 ? 15 : 18});
    case Engine::sqlite:
      break;
  }
  return nullptr;
}

std::unique_ptr<DatabaseServer> start_shop(Engine engine, std::vector<std::string> arguments) {
  auto server = start_server(engine, std::move(arguments));
  if (!server) throw std::logic_error("not a server");
  server->sql("CREATE DATABASE shop");
  if (is_postgres(engine)) {
    server->sql("CREATE SCHEMA shop; ALTER DATABASE shop SET search_path = shop, public", "shop");
  }
  return server;
}

}  // namespace tailrace::testing
