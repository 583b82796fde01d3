#include "tests/support/schema_changes/sql_session.h"

#include <stdexcept>

#include "clients/mysql/connection.h"
#include "clients/postgres/connection.h"

namespace tailrace::testing {
namespace {

class MysqlSession final : public SqlSession {
 public:
  explicit MysqlSession(mysql::Connection connection) : connection_(std::move(connection)) {}

  std::string attempt(const std::string& sql) override {
    const auto done = connection_.query(sql);
    return done ? "" : done.error().to_string();
  }

  Rows rows(const std::string& sql) override {
    const auto found = connection_.query(sql);
    if (!found) throw std::runtime_error(sql + ": " + found.error().to_string());
    Rows result;
    for (std::size_t i = 0; i < found.value().row_count(); ++i) {
      const auto row = found.value().row(i);
      result.emplace_back(row.begin(), row.end());
    }
    return result;
  }

  bool is_postgres() const override { return false; }

 private:
  mysql::Connection connection_;
};

class PostgresSession final : public SqlSession {
 public:
  explicit PostgresSession(postgres::Connection connection) : connection_(std::move(connection)) {}

  std::string attempt(const std::string& sql) override {
    const auto done = connection_.exec(sql);
    return done ? "" : done.error().to_string();
  }

  Rows rows(const std::string& sql) override {
    const auto found = connection_.exec(sql);
    if (!found) throw std::runtime_error(sql + ": " + found.error().to_string());
    Rows result(found.value().row_count());
    for (std::size_t i = 0; i < result.size(); ++i) {
      for (std::size_t j = 0; j < found.value().column_count(); ++j) {
        result[i].emplace_back(found.value().cell(i, j));
      }
    }
    return result;
  }

  bool is_postgres() const override { return true; }

 private:
  postgres::Connection connection_;
};

std::unique_ptr<SqlSession> open_postgres(const ServerUrl& address) {
  postgres::ConnectionOptions options;
  options.host = address.host;
  options.port = address.port;
  options.user = address.user;
  options.password = Secret(address.password);
  options.database = "shop";
  auto connection = postgres::Connection::connect(options);
  if (!connection) throw std::runtime_error(connection.error().to_string());
  return std::make_unique<PostgresSession>(std::move(connection).value());
}

std::unique_ptr<SqlSession> open_mysql(const ServerUrl& address) {
  mysql::ConnectionOptions options;
  options.host = address.host;
  options.port = address.port;
  options.user = address.user;
  options.password = Secret(address.password);
  options.database = "shop";
  auto connection = mysql::Connection::connect(options);
  if (!connection) throw std::runtime_error(connection.error().to_string());
  auto session = std::make_unique<MysqlSession>(std::move(connection).value());
  session->run("SET SESSION lock_wait_timeout = 30, innodb_lock_wait_timeout = 10");
  return session;
}

}  // namespace

std::unique_ptr<SqlSession> SqlSession::open(const DatabaseServer& server) {
  return server.kind() == "postgresql" ? open_postgres(server.address())
                                       : open_mysql(server.address());
}

void SqlSession::run(const std::string& sql) {
  const std::string refused = attempt(sql);
  if (!refused.empty()) throw std::runtime_error(sql + ": " + refused);
}

}  // namespace tailrace::testing
