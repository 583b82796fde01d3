// Authentication and TLS of the MySQL client against both families of servers.
#include <fstream>

#include <gmock/gmock.h>

#include "clients/mysql/connection.h"
#include "tests/integration/mysql_source_bed.h"
#include "tests/support/certificate.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/temp_dir.h"

namespace tailrace::testing {
namespace {

using mysql::Connection;
using mysql::ConnectionOptions;
using mysql::TlsMode;
using ::testing::HasSubstr;

ConnectionOptions options_for(const DatabaseServer& server, const std::string& user, TlsMode mode) {
  ConnectionOptions options;
  options.host = server.address().host;
  options.port = server.address().port;
  options.user = user;
  options.password = Secret("pässword");
  options.tls.mode = mode;
  return options;
}

class MysqlConnection : public MysqlSourceTest {};
INSTANTIATE_TEST_SUITE_P(Servers, MysqlConnection, ::testing::Values(Kind::mariadb, Kind::mysql),
                         kind_suffix);

TEST_P(MysqlConnection, TlsModes) {
  if (!start()) return;
  sql("CREATE USER 'u'@'%' IDENTIFIED BY 'pässword'");
  const bool has_tls = !is_mariadb();  // MySQL makes its own certificate
  // Without TLS, MySQL 9's caching_sha2_password takes the password under its RSA key.
  auto disabled = Connection::connect(options_for(*server_, "u", TlsMode::disabled));
  ASSERT_TRUE(disabled) << disabled.error().to_string();
  EXPECT_FALSE(disabled->uses_tls());
  sql("FLUSH PRIVILEGES");  // forgets the password that MySQL had cached
  auto preferred = Connection::connect(options_for(*server_, "u", TlsMode::preferred));
  ASSERT_TRUE(preferred) << preferred.error().to_string();
  EXPECT_EQ(preferred->uses_tls(), has_tls);
  auto required = Connection::connect(options_for(*server_, "u", TlsMode::required));
  EXPECT_EQ(required.has_value(), has_tls);
  // Nobody we know has signed it.
  auto verified = Connection::connect(options_for(*server_, "u", TlsMode::verify_identity));
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().kind(), ErrorKind::auth) << verified.error().to_string();
}

TEST_P(MysqlConnection, StatementsAndEscapes) {
  if (!start()) return;
  auto connection = Connection::connect(options_for(*server_, "root", TlsMode::preferred));
  if (!connection) {  // root has no password
    auto options = options_for(*server_, "root", TlsMode::preferred);
    options.password = Secret();
    connection = Connection::connect(options);
  }
  ASSERT_TRUE(connection) << connection.error().to_string();
  EXPECT_EQ(connection->version().is_mariadb(), is_mariadb());
  const std::string nasty("a'b\\c\0\"\n", 8);
  auto answer = connection->query("SELECT " + connection->quoted(nasty) + " AS x, NULL");
  ASSERT_TRUE(answer) << answer.error().to_string();
  EXPECT_EQ(answer->scalar(), nasty);
  EXPECT_EQ(answer->columns().front(), "x");
  EXPECT_FALSE(answer->row(0)[1].has_value());
  auto inserted = connection->query("INSERT INTO shop.orders VALUES (1, 'a'), (2, 'b'), (3, 'c')");
  ASSERT_TRUE(inserted);
  EXPECT_EQ(inserted->affected_rows(), 3U);
  EXPECT_THAT(inserted->message(), HasSubstr("Records: 3"));
  auto rows = connection->stream("SELECT id FROM shop.orders ORDER BY id");
  ASSERT_TRUE(rows);
  int count = 0;
  while (true) {
    auto row = rows->next();
    ASSERT_TRUE(row) << row.error().to_string();
    if (!*row) break;
    EXPECT_EQ((**row)[0], std::to_string(++count));
  }
  EXPECT_EQ(count, 3);
  auto duplicate = connection->query("INSERT INTO shop.orders VALUES (1, 'again')");
  ASSERT_FALSE(duplicate);
  EXPECT_EQ(duplicate.error().native(), "1062/23000");
  connection->interrupt();
  auto cut = connection->query("SELECT 1");
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().kind(), ErrorKind::unreachable) << cut.error().to_string();
}

TEST_P(MysqlConnection, MariadbVerifiesIdentityAndKnowsEd25519) {
  if (!is_mariadb() || !start()) return;
  const TempDir folder;
  const Certificate certificate = make_certificate(folder.path());
  MariadbOptions options;
  options.private_instance = true;
  options.certificate = certificate.certificate;
  options.private_key = certificate.private_key;
  const MariadbServer server(options);
  server.sql(
      "INSTALL SONAME 'auth_ed25519';"
      "CREATE USER 'ed'@'%' IDENTIFIED VIA ed25519 USING PASSWORD('pässword')");
  auto trusted = options_for(server, "ed", TlsMode::verify_identity);
  trusted.tls.ca_file = certificate.certificate;
  auto connection = Connection::connect(trusted);
  ASSERT_TRUE(connection) << connection.error().to_string();
  EXPECT_TRUE(connection->uses_tls());
  trusted.host = "localhost";  // the certificate is for the address
  auto other_name = Connection::connect(trusted);
  ASSERT_FALSE(other_name);
  EXPECT_EQ(other_name.error().kind(), ErrorKind::auth) << other_name.error().to_string();
}

}  // namespace
}  // namespace tailrace::testing
