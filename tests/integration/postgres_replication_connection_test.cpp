// The replication connection of the PostgreSQL client, with test_decoding as the plugin: its
// messages are text.
#include <atomic>
#include <thread>

#include <gmock/gmock.h>

#include "clients/postgres/connection.h"
#include "clients/postgres/replication_connection.h"
#include "core/byte_writer.h"
#include "tests/support/beds.h"
#include "tests/support/eventually.h"
#include "tests/support/free_port.h"
#include "tests/support/postgres_server.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;
using postgres::Connection;
using postgres::ConnectionOptions;
using postgres::ReplicationConnection;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kDeadline = 20s;

ConnectionOptions options_for(const DatabaseServer& server) {
  ConnectionOptions options;
  options.host = server.address().host;
  options.port = server.port();
  options.user = server.address().user;
  options.database = "postgres";
  return options;
}

// What a walsender wants to hear: 'r', written, flushed, applied, clock, no reply wanted. The
// position is that of a keepalive.
ByteWriter status(std::string_view keepalive) {
  ByteWriter message;
  message.u8('r');
  for (int i = 0; i < 3; ++i) message.text(keepalive.substr(1, 8));
  message.fill('\0', 9);
  return message;
}

class PostgresReplicationConnection : public ::testing::TestWithParam<int> {
 protected:
  // False: skipped.
  bool start_server(std::vector<std::string> arguments = {}) {
    if (bed_missing(PostgresServer::why_unavailable(GetParam(), true))) return false;
    server_ = std::make_unique<PostgresServer>(PostgresOptions{
        .arguments = std::move(arguments), .private_instance = true, .version = GetParam()});
    return true;
  }

  ReplicationConnection connect(const ConnectionOptions& options,
                                ReplicationConnection::OnNotice on_notice = {}) {
    auto connection = ReplicationConnection::connect(options, std::move(on_notice));
    if (!connection) throw std::runtime_error(connection.error().to_string());
    return *std::move(connection);
  }

  // A connection that streams from a new slot `s`.
  ReplicationConnection stream() { return stream(options_for(*server_)); }
  ReplicationConnection stream(const ConnectionOptions& options) {
    auto connection = connect(options);
    auto made = connection.exec("CREATE_REPLICATION_SLOT s LOGICAL test_decoding");
    EXPECT_TRUE(made) << made.error().to_string();
    auto started = connection.start("START_REPLICATION SLOT s LOGICAL 0/0 (\"skip-empty-xacts\")");
    EXPECT_TRUE(started) << started.error().to_string();
    return connection;
  }

  // The texts of changes up to the COMMIT, without their 'w' header of 25 bytes.
  static std::vector<std::string> transaction(ReplicationConnection& connection) {
    std::vector<std::string> texts;
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    while (std::chrono::steady_clock::now() < deadline) {
      auto payload = connection.receive(1s);
      if (!payload) throw std::runtime_error(payload.error().to_string());
      if (!*payload || as_text(**payload)[0] != 'w') continue;
      texts.emplace_back(as_text(**payload).substr(25));
      if (texts.back().starts_with("COMMIT")) return texts;
    }
    ADD_FAILURE() << "no COMMIT came";
    return texts;
  }

  // The error that ends the stream. Confirms everything, or a server that stops would wait.
  static Error error_of(ReplicationConnection& connection) {
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    while (std::chrono::steady_clock::now() < deadline) {
      auto payload = connection.receive(1s);
      if (!payload) return payload.error();
      if (!*payload || as_text(**payload)[0] != 'k') continue;
      static_cast<void>(connection.send(status(as_text(**payload)).view()));
    }
    return Error(ErrorKind::internal, "no error came");
  }

  std::unique_ptr<PostgresServer> server_;
};
INSTANTIATE_TEST_SUITE_P(Versions, PostgresReplicationConnection, ::testing::Values(15, 18),
                         ::testing::PrintToStringParamName());

TEST_P(PostgresReplicationConnection, StreamsAndEndsInGoodOrder) {
  if (!start_server()) return;
  server_->sql("CREATE TABLE t (id int PRIMARY KEY, x text)");
  auto connection = stream();
  EXPECT_EQ(connection.server_version() / 10000, GetParam());
  server_->sql("INSERT INTO t VALUES (1, 'one'), (2, 'two')");
  EXPECT_THAT(
      transaction(connection),
      ElementsAre(HasSubstr("BEGIN"), "table public.t: INSERT: id[integer]:1 x[text]:'one'",
                  "table public.t: INSERT: id[integer]:2 x[text]:'two'", HasSubstr("COMMIT")));
  auto ended = connection.end(kDeadline);
  EXPECT_TRUE(ended) << ended.error().to_string();
  EXPECT_TRUE(connection.exec("IDENTIFY_SYSTEM"));  // it takes commands again
}

// Larger than every buffer on the way, so that a payload arrives in pieces; then many small ones.
TEST_P(PostgresReplicationConnection, ReceivesWhatHasArrivedWithoutWaiting) {
  if (!start_server()) return;
  server_->sql("CREATE TABLE t (x text)");
  auto connection = stream();
  server_->sql("INSERT INTO t VALUES (repeat('y', 3000000))");
  auto texts = transaction(connection);
  ASSERT_EQ(texts.size(), 3U);
  EXPECT_GT(texts[1].size(), 3000000U);
  server_->sql("INSERT INTO t SELECT i::text FROM generate_series(1, 20000) i");
  std::size_t payloads = 0;
  ASSERT_TRUE(eventually([&] {
    while (true) {
      auto payload = connection.receive(0ms);
      EXPECT_TRUE(payload) << payload.error().to_string();
      if (!payload || !*payload) return payloads >= 20002;
      payloads += as_text(**payload)[0] == 'w' ? 1 : 0;
    }
  })) << payloads;
  const auto before = std::chrono::steady_clock::now();
  while (true) {  // keepalives may still come
    auto payload = connection.receive(100ms);
    ASSERT_TRUE(payload);
    if (!*payload) break;
  }
  EXPECT_GE(std::chrono::steady_clock::now() - before, 100ms);
}

// Each transaction is the last that comes for now, of another size: no rest of it may lie in the
// TLS library until the next one comes. (libpq 15.18 reads such a rest by itself.)
TEST_P(PostgresReplicationConnection, ArrivesWholeOverTls) {
  if (!start_server()) return;
  server_->sql(
      "COPY (SELECT 1) TO PROGRAM 'openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=x"
      " -keyout server.key -out server.crt 2>&1'; ALTER SYSTEM SET ssl = on");
  server_->sql("SELECT pg_reload_conf(); CREATE TABLE t (x text)");
  auto options = options_for(*server_);
  options.tls.mode = postgres::TlsMode::required;
  ASSERT_TRUE(eventually([&] { return ReplicationConnection::connect(options).has_value(); }));
  auto connection = stream(options);
  auto writer = Connection::connect(options);
  ASSERT_TRUE(writer);
  for (int bytes = 200; bytes < 60000; bytes += 199) {
    ASSERT_TRUE(writer->exec("INSERT INTO t VALUES (repeat('y', " + std::to_string(bytes) + "))"));
    const auto before = std::chrono::steady_clock::now();
    for (bool committed = false; !committed;) {
      auto payload = connection.receive(1min);
      ASSERT_TRUE(payload && *payload) << bytes;
      committed = as_text(**payload).find("COMMIT") == 25;
    }
    ASSERT_LT(std::chrono::steady_clock::now() - before, 5s) << bytes;
  }
}

TEST_P(PostgresReplicationConnection, KeepalivesComeAndStatusArrives) {
  if (!start_server({"-c", "wal_sender_timeout=1s"})) return;
  auto connection = stream();
  std::optional<std::string> keepalive;
  ASSERT_TRUE(eventually([&] {  // with "reply requested" after half of the timeout
    auto payload = connection.receive(100ms);
    EXPECT_TRUE(payload) << payload.error().to_string();
    if (payload && *payload && as_text(**payload)[0] == 'k') keepalive = as_text(**payload);
    return !payload || (keepalive && keepalive->back() == 1);
  }));
  ASSERT_TRUE(keepalive);
  ASSERT_EQ(keepalive->size(), 18U);
  std::uint64_t position = 0;
  for (const char byte : keepalive->substr(1, 8)) {
    position = position << 8U | static_cast<unsigned char>(byte);
  }
  ASSERT_TRUE(connection.send(status(*keepalive).view()));
  const std::string confirmed = "SELECT confirmed_flush_lsn = '0/0'::pg_lsn + " +
                                std::to_string(position) + " FROM pg_replication_slots";
  EXPECT_TRUE(eventually([&] { return server_->sql(confirmed) == "t"; }));
}

TEST_P(PostgresReplicationConnection, ServerThatStopsIsShuttingDown) {
  if (!start_server()) return;
  auto connection = stream();
  Error error(ErrorKind::internal, "");
  std::jthread reader([&] { error = error_of(connection); });
  server_->stop();
  reader.join();
  EXPECT_EQ(error.kind(), ErrorKind::shutting_down) << error.to_string();
}

TEST_P(PostgresReplicationConnection, ServerThatDiesIsUnreachable) {
  if (!start_server()) return;
  auto connection = stream();
  server_->stop(StopMode::crash);
  const Error error = error_of(connection);
  EXPECT_EQ(error.kind(), ErrorKind::unreachable) << error.to_string();
  EXPECT_FALSE(connection.end(1s));
}

TEST_P(PostgresReplicationConnection, KilledWalsenderIsNamed) {
  if (!start_server()) return;
  auto connection = stream();
  server_->sql("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots");
  const Error error = error_of(connection);
  EXPECT_EQ(error.kind(), ErrorKind::shutting_down) << error.to_string();
  EXPECT_EQ(error.native(), "57P01");
}

TEST_P(PostgresReplicationConnection, InterruptEndsTheWait) {
  if (!start_server()) return;
  auto connection = stream();
  std::atomic<bool> waiting = false;
  std::optional<Error> error;
  std::jthread reader([&] {
    while (!error) {
      waiting = true;
      auto payload = connection.receive(10min);
      if (!payload) error = payload.error();
    }
  });
  ASSERT_TRUE(eventually([&] { return waiting.load(); }));
  connection.interrupt();
  reader.join();
  EXPECT_EQ(error->kind(), ErrorKind::unreachable) << error->to_string();
  EXPECT_FALSE(connection.receive(10min));
}

TEST_P(PostgresReplicationConnection, ErrorsAreClassified) {
  if (!start_server()) return;
  auto connection = connect(options_for(*server_));
  auto missing = connection.start("START_REPLICATION SLOT nobody LOGICAL 0/0");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().native(), "42704") << missing.error().to_string();
  ASSERT_TRUE(connection.exec("CREATE_REPLICATION_SLOT p LOGICAL pgoutput"));
  ASSERT_TRUE(
      connection.start("START_REPLICATION SLOT p LOGICAL 0/0 (proto_version '1', "
                       "publication_names 'nobody')"));
  server_->sql("CREATE TABLE t (id int); INSERT INTO t VALUES (1)");
  if (GetParam() >= 18) return;  // warns only
  const Error error = error_of(connection);
  EXPECT_EQ(error.native(), "42704") << error.to_string();
  EXPECT_THAT(error.to_string(), HasSubstr("slot \"p\""));
}

TEST_P(PostgresReplicationConnection, NoticesAreHandedOver) {
  if (!start_server()) return;
  std::vector<std::string> notices;
  auto connection =
      connect(options_for(*server_), [&](const ReplicationConnection::Notice& notice) {
        notices.push_back(std::string(notice.sqlstate) + " " + std::string(notice.message));
      });
  ASSERT_TRUE(connection.exec("DO $$ BEGIN RAISE WARNING 'mind the %', 'gap'; END $$"));
  EXPECT_THAT(notices, ElementsAre("01000 mind the gap"));
  ASSERT_TRUE(connection.exec("CREATE_REPLICATION_SLOT p LOGICAL pgoutput"));
  if (GetParam() < 18) return;
  ASSERT_TRUE(
      connection.start("START_REPLICATION SLOT p LOGICAL 0/0 (proto_version '1', "
                       "publication_names 'nobody')"));
  server_->sql("CREATE TABLE t (id int); INSERT INTO t VALUES (1)");
  EXPECT_TRUE(eventually([&] { return !connection.receive(100ms) || notices.size() > 1; }));
  ASSERT_EQ(notices.size(), 2U);
  EXPECT_THAT(notices[1], AllOf(HasSubstr("55000"), HasSubstr("nobody")));
}

TEST_P(PostgresReplicationConnection, SettingsReachTheSession) {
  if (!start_server()) return;
  auto options = options_for(*server_);
  options.settings = {
      {"timezone", "Asia/Tokyo"}, {"datestyle", "ISO, DMY"}, {"search_path", "\"a\\b\tc\""}};
  auto connection = connect(options);
  for (const auto& [name, value] : options.settings) {
    auto answer = connection.exec("SELECT current_setting('" + name + "')");
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->scalar(), value);
  }
}

TEST_P(PostgresReplicationConnection, DeadHostIsPassedOver) {
  if (!start_server()) return;
  const FreePort nobody;
  auto options = options_for(*server_);
  options.port = nobody.number();
  auto refused = ReplicationConnection::connect(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::unreachable) << refused.error().to_string();
  options.other_hosts = {{"127.0.0.1", server_->port()}};
  EXPECT_TRUE(connect(options).exec("IDENTIFY_SYSTEM"));
  std::swap(options.port, options.other_hosts[0].port);
  EXPECT_TRUE(connect(options).exec("IDENTIFY_SYSTEM"));
  auto direct = Connection::connect(options);
  EXPECT_TRUE(direct) << direct.error().to_string();
  server_->stop();
  const auto error = ReplicationConnection::connect(options).error().to_string();
  EXPECT_THAT(error, AllOf(HasSubstr("127.0.0.1:" + std::to_string(options.port)),
                           HasSubstr("127.0.0.1:" + std::to_string(nobody.number()))));
}

TEST_P(PostgresReplicationConnection, ReadOnlyHostIsPassedOverWhenAWritableOneIsNeeded) {
  if (!start_server()) return;
  server_->sql("ALTER SYSTEM SET default_transaction_read_only = on; SELECT pg_reload_conf()");
  const PostgresServer other({.private_instance = true, .version = GetParam()});
  auto options = options_for(*server_);
  EXPECT_TRUE(eventually([&] {
    auto connection = ReplicationConnection::connect(options);
    if (!connection) return false;
    auto shown = connection->exec("SHOW transaction_read_only");
    return shown && shown->scalar() == "on";
  }));
  options.need = ConnectionOptions::Need::writable;
  auto refused = ReplicationConnection::connect(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::shutting_down) << refused.error().to_string();
  options.other_hosts = {{"127.0.0.1", other.port()}};
  auto connection = connect(options);
  auto port = connection.exec("SHOW port");
  ASSERT_TRUE(port);
  EXPECT_EQ(port->scalar(), std::to_string(other.port()));
}

}  // namespace
}  // namespace tailrace::testing
