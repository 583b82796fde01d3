#include "sink_bed.h"

#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "clients/mysql/connection.h"
#include "clients/postgres/connection.h"
#include "clients/sqlite/database.h"
#include "sinks/mysql/mysql_target.h"
#include "sinks/postgres/postgres_target.h"
#include "sinks/sqlite/sqlite_target.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/mysql_server.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temp_dir.h"

namespace tailrace::testing {
namespace {

constexpr const char* kDatabase = "tailrace_contract";

class PostgresBed final : public Bed {
 public:
  explicit PostgresBed(int version)
      : server_({.arguments = {"-c", "track_commit_timestamp=on"}, .version = version}) {
    reset();
  }
  void reset() final {
    for (const char* database : {kDatabase, "tailrace_other"}) {
      server_.sql(fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", database), "postgres");
    }
    server_.sql("SELECT pg_replication_origin_drop(roname) FROM pg_replication_origin", "postgres");
    server_.sql("DROP ROLE IF EXISTS plain", "postgres");
    server_.sql(std::string("CREATE DATABASE ") + kDatabase, "postgres");
    server_.sql("CREATE SCHEMA shop", kDatabase);
  }
  std::unique_ptr<Target> target(std::uint16_t port, const UrlOptions& url_options) override {
    Url url = must(Url::parse(server_.url(kDatabase)));
    url.options.insert(url.options.end(), url_options.begin(), url_options.end());
    auto options = must(postgres::TargetOptions::from_url(url));
    if (port != 0) options.connection.port = port;
    return std::make_unique<postgres::PostgresTarget>(options);
  }
  std::unique_ptr<Target> target_as(const std::string& user, const std::string& more) override {
    ServerUrl address = server_.address();
    address.user = user;
    address.database = kDatabase;
    return std::make_unique<postgres::PostgresTarget>(
        options(to_string(address) + (more.empty() ? "" : "?" + more)));
  }
  std::unique_ptr<Target> target_in(const std::string& database) override {
    return std::make_unique<postgres::PostgresTarget>(options(server_.url(database)));
  }
  std::shared_ptr<postgres::Connection> connect() override {
    return std::make_shared<postgres::Connection>(
        must(postgres::Connection::connect(options(server_.url(kDatabase)).connection)));
  }
  std::string sql(const std::string& statements) override {
    return server_.sql("SET search_path = shop; SET client_min_messages = error; " + statements,
                       kDatabase);
  }
  std::uint16_t port() override { return server_.port(); }
  std::shared_ptr<void> lock(const std::string& table) override {
    auto connection = connect();
    must(connection->exec("BEGIN; LOCK TABLE shop." + table));
    return connection;
  }

 private:
  static postgres::TargetOptions options(const std::string& url) {
    return must(postgres::TargetOptions::from_url(must(Url::parse(url))));
  }

  PostgresServer server_;
};

class MySqlFamilyBed final : public Bed {
 public:
  explicit MySqlFamilyBed(std::unique_ptr<DatabaseServer> server) : server_(std::move(server)) {
    reset();
  }
  void reset() final {
    server_->sql(
        "DROP DATABASE IF EXISTS shop; DROP DATABASE IF EXISTS tailrace; "
        "CREATE DATABASE shop");
  }
  std::unique_ptr<Target> target(std::uint16_t port, const UrlOptions& url_options) override {
    Url url = must(Url::parse(server_->url()));
    url.options.insert(url.options.end(), url_options.begin(), url_options.end());
    auto options = must(mysql::TargetOptions::from_url(url));
    if (port != 0) options.connection.port = port;
    return std::make_unique<mysql::MySqlTarget>(options);
  }
  std::string sql(const std::string& statements) override {
    return server_->sql(statements, "shop");
  }
  std::uint16_t port() override { return server_->port(); }
  std::shared_ptr<void> lock(const std::string& table) override {
    auto options = must(mysql::TargetOptions::from_url(must(Url::parse(server_->url()))));
    auto connection =
        std::make_shared<mysql::Connection>(must(mysql::Connection::connect(options.connection)));
    must(connection->query("LOCK TABLES shop." + table + " WRITE"));
    return connection;
  }

 private:
  std::unique_ptr<DatabaseServer> server_;
};

class SqliteBed final : public Bed {
 public:
  void reset() override {
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(folder_ / (std::string("target.db") + suffix));
    }
  }
  std::unique_ptr<Target> target(std::uint16_t, const UrlOptions& url_options) override {
    Url url = must(Url::parse("sqlite://" + (folder_ / "target.db").string()));
    url.options = url_options;
    return std::make_unique<sqlite::SqliteTarget>(must(sqlite::TargetOptions::from_url(url)));
  }
  std::string sql(const std::string& statements) override {
    auto database = must(sqlite::Database::open({.path = folder_ / "target.db"}));
    const bool query = statements.starts_with("SELECT");
    if (!query) {
      if (auto done = database.exec(statements); !done) {
        throw std::runtime_error(done.error().to_string());
      }
      return {};
    }
    auto rows = must(database.prepare(statements));
    std::string out;
    while (must(rows.step())) {
      if (!out.empty()) out += '\n';
      for (int i = 0; i < rows.column_count(); ++i) {
        if (i > 0) out += '\t';
        if (rows.value_class(i) == sqlite::ValueClass::integer) {
          out += std::to_string(rows.integer(i));
        } else if (rows.value_class(i) == sqlite::ValueClass::real) {
          out += fmt::format("{}", rows.real(i));  // SQLite's own text has 15 digits
        } else {
          out += rows.text_or_null(i).value_or("NULL");
        }
      }
    }
    return out;
  }
  std::shared_ptr<void> lock(const std::string&) override { return nullptr; }
  std::string bigint() override { return "INTEGER"; }
  std::string strict() override { return " STRICT"; }

 private:
  TempDir folder_{"sink"};
};

}  // namespace

std::string name_of(Kind kind) {
  switch (kind) {
    case Kind::postgres15:
      return "postgres15";
    case Kind::postgres18:
      return "postgres18";
    case Kind::mariadb:
      return "mariadb";
    case Kind::mysql:
      return "mysql";
    case Kind::sqlite:
      return "sqlite";
  }
  return "?";
}

std::optional<std::string> why_unavailable(Kind kind) {
  switch (kind) {
    case Kind::postgres15:
      return PostgresServer::why_unavailable(15);
    case Kind::postgres18:
      return PostgresServer::why_unavailable(18);
    case Kind::mariadb:
      return MariadbServer::why_unavailable();
    case Kind::mysql:
      return MysqlServer::why_unavailable();
    case Kind::sqlite:
      return std::nullopt;
  }
  return std::nullopt;
}

namespace {

std::map<Kind, std::shared_ptr<Bed>>& shared_beds() {
  static std::map<Kind, std::shared_ptr<Bed>> beds;
  return beds;
}

}  // namespace

std::shared_ptr<Bed> shared_bed(Kind kind) {
  auto& bed = shared_beds()[kind];
  if (bed == nullptr) {
    bed = make_bed(kind);
  } else {
    bed->reset();
  }
  return bed;
}

void stop_shared_beds() {
  shared_beds().clear();
}

std::unique_ptr<Bed> make_bed(Kind kind) {
  switch (kind) {
    case Kind::postgres15:
      return std::make_unique<PostgresBed>(15);
    case Kind::postgres18:
      return std::make_unique<PostgresBed>(18);
    case Kind::mariadb:
      return std::make_unique<MySqlFamilyBed>(std::make_unique<MariadbServer>());
    case Kind::mysql:
      return std::make_unique<MySqlFamilyBed>(std::make_unique<MysqlServer>());
    case Kind::sqlite:
      return std::make_unique<SqliteBed>();
  }
  return nullptr;
}

}  // namespace tailrace::testing
