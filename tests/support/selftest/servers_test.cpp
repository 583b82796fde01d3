// Every kind of server for real: it starts, keeps what it was told through SIGKILL, and comes back
// on the same port.
#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/certificate.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/mysql_server.h"
#include "tests/support/postgres_server.h"

namespace tailrace::testing {
namespace {

// Works in a database (for PostgreSQL: a schema) of its own.
void keeps_its_rows_through_a_crash(DatabaseServer& server) {
  const std::string home = server.kind() == "postgresql" ? "SCHEMA" : "DATABASE";
  server.sql("CREATE " + home +
             " bed; CREATE TABLE bed.t (id int primary key, name varchar(20));"
             "INSERT INTO bed.t VALUES (1, 'één'), (2, NULL);");
  const std::string rows = "1\téén\n2\tNULL";
  EXPECT_EQ(server.sql("SELECT id, name FROM bed.t ORDER BY id"), rows);
  EXPECT_THROW(server.sql("SELECT * FROM bed.missing"), std::runtime_error);

  const auto port = server.port();
  for (const StopMode mode : {StopMode::crash, StopMode::graceful}) {
    server.restart(mode);
    EXPECT_EQ(server.port(), port);
    EXPECT_EQ(server.sql("SELECT id, name FROM bed.t ORDER BY id"), rows);
  }
}

TEST(Servers, Mariadb) {
  if (bed_missing(MariadbServer::why_unavailable(true))) return;
  MariadbServer server({.private_instance = true});
  keeps_its_rows_through_a_crash(server);
  EXPECT_EQ(server.sql("SELECT @@log_bin, @@binlog_format, @@binlog_row_metadata"), "1\tROW\tFULL");
  EXPECT_TRUE(server.url("shop").starts_with("mariadb://root@127.0.0.1:"));
}

TEST(Servers, MariadbWithTls) {
  if (bed_missing(MariadbServer::why_unavailable(true))) return;
  const TempDir folder("tls");
  const Certificate made = make_certificate(folder.path());
  MariadbServer server(
      {.private_instance = true, .certificate = made.certificate, .private_key = made.private_key});
  EXPECT_EQ(server.sql("SELECT @@have_ssl"), "YES");
}

TEST(Servers, Mysql) {
  if (bed_missing(MysqlServer::why_unavailable(true))) return;
  MysqlServer server({.private_instance = true});
  keeps_its_rows_through_a_crash(server);
  EXPECT_EQ(server.sql("SELECT @@gtid_mode, @@binlog_row_metadata"), "ON\tFULL");
  EXPECT_TRUE(server.url().starts_with("mysql://root@127.0.0.1:"));
}

TEST(Servers, MysqlCopiesAreDifferentServers) {
  if (bed_missing(MysqlServer::why_unavailable(true))) return;
  const MysqlServer one({.private_instance = true});
  const MysqlServer other({.private_instance = true});
  EXPECT_NE(one.sql("SELECT @@server_uuid"), other.sql("SELECT @@server_uuid"));
  EXPECT_NE(one.sql("SELECT @@server_id"), other.sql("SELECT @@server_id"));
}

TEST(Servers, Postgres15) {
  if (bed_missing(PostgresServer::why_unavailable(15, true))) return;
  PostgresServer server({.private_instance = true, .version = 15});
  keeps_its_rows_through_a_crash(server);
  EXPECT_EQ(server.sql("SHOW wal_level"), "logical");
  EXPECT_TRUE(server.sql("SHOW server_version").starts_with("15."));
}

TEST(Servers, Postgres18) {
  if (bed_missing(PostgresServer::why_unavailable(18, true))) return;
  PostgresServer server({.private_instance = true, .version = 18});
  keeps_its_rows_through_a_crash(server);
  EXPECT_TRUE(server.sql("SHOW server_version").starts_with("18."));
}

TEST(Servers, PostgresWithAnIdentityOfItsOwn) {
  if (bed_missing(PostgresServer::why_unavailable(15, true))) return;
  const char* identity = "SELECT system_identifier FROM pg_control_system()";
  const PostgresServer copy({.private_instance = true, .version = 15});
  const PostgresServer other({.private_instance = true, .own_identity = true});
  EXPECT_NE(copy.sql(identity), other.sql(identity));
}

// Names `server` in the environment, as docker-compose users do, while it lives.
class NamedInEnvironment {
 public:
  NamedInEnvironment(const char* variable, const DatabaseServer& server) : variable_(variable) {
    ::setenv(variable_, server.url().c_str(), 1);
  }
  ~NamedInEnvironment() { ::unsetenv(variable_); }
  NamedInEnvironment(const NamedInEnvironment&) = delete;
  NamedInEnvironment& operator=(const NamedInEnvironment&) = delete;

 private:
  const char* variable_;
};

template <typename Server>
void is_used_when_named(const char* variable, const Server& server) {
  const NamedInEnvironment named(variable, server);
  Server other;
  EXPECT_FALSE(other.is_private());
  EXPECT_EQ(other.port(), server.port());
  EXPECT_EQ(other.sql("SELECT 1 + 1"), "2");
  EXPECT_THROW(other.stop(), std::logic_error);
}

TEST(Servers, NamedByUrl) {
  if (bed_missing(MariadbServer::why_unavailable(true))) return;
  if (bed_missing(MysqlServer::why_unavailable(true))) return;
  if (bed_missing(PostgresServer::why_unavailable(15, true))) return;
  is_used_when_named("TAILRACE_TEST_MARIADB_URL", MariadbServer({.private_instance = true}));
  is_used_when_named("TAILRACE_TEST_MYSQL_URL", MysqlServer({.private_instance = true}));
  is_used_when_named("TAILRACE_TEST_POSTGRES_URL", PostgresServer({.private_instance = true}));
}

TEST(Servers, OptionsOfTheTestWin) {
  if (bed_missing(MariadbServer::why_unavailable(true))) return;
  const MariadbServer server(
      {.arguments = {"--binlog-row-image=MINIMAL"}, .private_instance = true});
  EXPECT_EQ(server.sql("SELECT @@binlog_row_image"), "MINIMAL");
}

}  // namespace
}  // namespace tailrace::testing
