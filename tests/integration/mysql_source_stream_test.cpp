// What a running MySQL or MariaDB logs becomes transactions, from any start, and goes on after.
#include <thread>

#include <gmock/gmock.h>

#include "tests/integration/mysql_source_bed.h"
#include "tests/support/fault_proxy.h"

namespace tailrace::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class MysqlSourceStream : public MysqlSourceTest {};
INSTANTIATE_TEST_SUITE_P(Servers, MysqlSourceStream, ::testing::Values(Kind::mariadb, Kind::mysql),
                         kind_suffix);

TEST_P(MysqlSourceStream, EarliestSeesEverything) {
  if (!start()) return;
  sql("INSERT INTO shop.orders VALUES (1, 'one'), (2, NULL);"
      "UPDATE shop.orders SET v = 'zwei' WHERE id = 2;"
      "CREATE DATABASE crm; CREATE TABLE crm.leads (id INT); INSERT INTO crm.leads VALUES (7);"
      "DELETE FROM shop.orders WHERE id = 1;"
      "ALTER TABLE shop.orders ADD COLUMN n INT DEFAULT 5;"
      "INSERT INTO shop.orders VALUES (3, 'three', 6);"
      "TRUNCATE shop.orders; DROP TABLE shop.orders; DROP DATABASE shop");
  const Captured all = capture(*source_, resolve(*source_, StartPoint::Kind::earliest));
  EXPECT_FALSE(all.error) << all.error->to_string();
  EXPECT_THAT(all.changes(), ElementsAre("create table shop.orders", "insert shop.orders 1 one",
                                         "insert shop.orders 2 NULL", "update shop.orders 2 zwei",
                                         "delete shop.orders 1 one", "alter table shop.orders +n",
                                         "insert shop.orders 3 three 6", "truncate shop.orders",
                                         "drop table shop.orders", "drop schema shop."));
}

TEST_P(MysqlSourceStream, NowSeesOnlyWhatFollows) {
  if (!start()) return;
  sql("INSERT INTO shop.orders VALUES (1, 'before')");
  const Checkpoint now = resolve(*source_, StartPoint::Kind::now);
  sql("INSERT INTO shop.orders VALUES (2, 'behind')");
  EXPECT_THAT(capture(*source_, now).changes(), ElementsAre("insert shop.orders 2 behind"));
}

// Every commit position of a run is a place from which the rest, and nothing else, follows.
void resume_everywhere(DatabaseServer& server, mysql::MySqlSource& source) {
  const Checkpoint start = resolve(source, StartPoint::Kind::now);
  for (int i = 1; i <= 6; ++i) {
    const std::string id = std::to_string(i);
    server.sql("BEGIN; INSERT INTO shop.orders VALUES (" + id +
               ", 'a'); UPDATE shop.orders SET v = '" + id + "' WHERE id = " + id + "; COMMIT");
    if (i == 3) server.sql("FLUSH BINARY LOGS");
  }
  const Captured all = capture(source, start);
  ASSERT_FALSE(all.error) << all.error->to_string();
  ASSERT_EQ(all.transactions.size(), 6U);
  for (std::size_t i = 0; i + 1 < all.transactions.size(); ++i) {
    const Captured rest = capture(source, at(start, all.transactions[i].position));
    ASSERT_FALSE(rest.error) << rest.error->to_string();
    ASSERT_EQ(rest.transactions.size(), all.transactions.size() - 1 - i);
    EXPECT_EQ(rest.transactions.front().id, all.transactions[i + 1].id);
    EXPECT_EQ(rest.transactions.front().position, all.transactions[i + 1].position);
  }
}

TEST_P(MysqlSourceStream, ResumesBehindAnyTransactionByGtid) {
  if (!start()) return;
  resume_everywhere(*server_, *source_);
}

TEST_P(MysqlSourceStream, ResumesBehindAnyTransactionByFile) {
  if (!start()) return;
  auto options = source_options(*server_);
  options.file_positions = true;
  source_ = make_source(options);
  EXPECT_THAT(resolve(*source_, StartPoint::Kind::now).position.text, HasSubstr("binlog.0000"));
  resume_everywhere(*server_, *source_);
}

TEST_P(MysqlSourceStream, IdleSourceMakesProgress) {
  if (!start()) return;
  const Checkpoint now = resolve(*source_, StartPoint::Kind::now);
  auto extractor = source_->open(now);
  ASSERT_TRUE(extractor) << extractor.error().to_string();
  const auto begin = std::chrono::steady_clock::now();
  const Captured idle = read_until(*source_, **extractor, now.position);
  EXPECT_FALSE(idle.error);
  EXPECT_TRUE(idle.transactions.empty());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
}

TEST_P(MysqlSourceStream, InterruptEndsAWait) {
  if (!start()) return;
  auto options = source_options(*server_);
  options.heartbeat = std::chrono::seconds(30);
  source_ = make_source(options);
  auto extractor = source_->open(resolve(*source_, StartPoint::Kind::now));
  ASSERT_TRUE(extractor) << extractor.error().to_string();
  const auto begin = std::chrono::steady_clock::now();
  std::jthread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    (*extractor)->interrupt();
  });
  BlockBuilder builder(1, [](const BlockPtr&) { return Status(); });
  while (true) {
    auto received = (*extractor)->next(builder);
    if (received) continue;
    EXPECT_EQ(received.error().kind(), ErrorKind::cancelled) << received.error().to_string();
    break;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST_P(MysqlSourceStream, GoesOnAfterTheServerCrashed) {
  if (!start()) return;
  const Checkpoint now = resolve(*source_, StartPoint::Kind::now);
  auto extractor = source_->open(now);
  ASSERT_TRUE(extractor) << extractor.error().to_string();
  sql("INSERT INTO shop.orders VALUES (1, 'one')");
  const Captured before = read_until(*source_, **extractor, source_->current().value().position);
  server_->restart(StopMode::crash);
  const Captured during = read_until(*source_, **extractor, Position{"binlog.999999:4"});
  ASSERT_TRUE(during.error);
  EXPECT_EQ(during.error->kind(), ErrorKind::unreachable) << during.error->to_string();
  sql("INSERT INTO shop.orders VALUES (2, 'two')");
  const Captured after = capture(*source_, at(now, before.position));
  EXPECT_FALSE(after.error) << after.error->to_string();
  EXPECT_THAT(after.changes(), ElementsAre("insert shop.orders 2 two"));
}

TEST_P(MysqlSourceStream, ConnectionCutInATransactionIsTransient) {
  if (!start()) return;
  FaultProxy proxy(server_->port());
  auto options = source_options(*server_);
  options.connection.port = proxy.port();
  source_ = make_source(options);
  const Checkpoint now = resolve(*source_, StartPoint::Kind::now);
  sql("INSERT INTO shop.orders VALUES (1, REPEAT('x', 100));"
      "INSERT INTO shop.orders SELECT 1 + seq, v FROM shop.orders JOIN (WITH RECURSIVE s AS "
      "(SELECT 1 AS seq UNION ALL SELECT seq + 1 FROM s WHERE seq < 900) SELECT seq FROM s) x");
  auto extractor = source_->open(now);
  ASSERT_TRUE(extractor) << extractor.error().to_string();
  proxy.cut_after(40'000);
  const Captured part = read_until(*source_, **extractor, source_->current().value().position);
  // current() may have been the connection that was cut; whichever, all is there in the end.
  if (part.error) {
    EXPECT_EQ(part.error->kind(), ErrorKind::unreachable) << part.error->to_string();
  }
  proxy.heal();
  const Captured all = capture(*source_, now);
  EXPECT_FALSE(all.error) << all.error->to_string();
  ASSERT_EQ(all.transactions.size(), 2U);
  EXPECT_EQ(all.transactions[1].rows.size(), 900U);
}

TEST_P(MysqlSourceStream, RollbacksAndSavepointsLeaveWhatWasCommitted) {
  if (!start()) return;
  const Checkpoint now = resolve(*source_, StartPoint::Kind::now);
  sql("BEGIN; INSERT INTO shop.orders VALUES (1, 'a'); ROLLBACK;"
      "BEGIN; INSERT INTO shop.orders VALUES (2, 'b'); SAVEPOINT s;"
      "INSERT INTO shop.orders VALUES (3, 'c'); ROLLBACK TO s; COMMIT");
  const Captured all = capture(*source_, now);
  EXPECT_FALSE(all.error) << all.error->to_string();
  EXPECT_THAT(all.changes(), ElementsAre("insert shop.orders 2 b"));
}

TEST_P(MysqlSourceStream, TableMadeFromASelect) {
  if (!start()) return;
  sql("INSERT INTO shop.orders VALUES (1, 'a')");
  const Checkpoint now = resolve(*source_, StartPoint::Kind::now);
  sql("CREATE TABLE shop.copied (PRIMARY KEY (id)) AS SELECT * FROM shop.orders");
  const Captured all = capture(*source_, now);
  EXPECT_FALSE(all.error) << all.error->to_string();
  EXPECT_THAT(all.changes(),
              UnorderedElementsAre("create table shop.copied", "insert shop.copied 1 a"));
}

// MySQL without GTIDs: files and offsets, and transactions without a name.
TEST_P(MysqlSourceStream, ServerWithoutGtids) {
  if (is_mariadb() || !start({"--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"})) return;
  EXPECT_THAT(resolve(*source_, StartPoint::Kind::earliest).position.text, HasSubstr(":4"));
  resume_everywhere(*server_, *source_);
}

TEST_P(MysqlSourceStream, SequencesAreLeftOut) {
  if (!is_mariadb() || !start()) return;
  const Checkpoint now = resolve(*source_, StartPoint::Kind::now);
  sql("CREATE SEQUENCE shop.s; SELECT NEXTVAL(shop.s);"
      "INSERT INTO shop.orders VALUES (NEXTVAL(shop.s), 'a'); DROP SEQUENCE shop.s");
  const Captured all = capture(*source_, now);
  EXPECT_FALSE(all.error) << all.error->to_string();
  EXPECT_THAT(all.changes(), ElementsAre("insert shop.orders 2 a"));
}

TEST_P(MysqlSourceStream, SystemVersionedTablesAreRefused) {
  if (!is_mariadb() || !start()) return;
  const Checkpoint now = resolve(*source_, StartPoint::Kind::now);
  sql("CREATE TABLE shop.versions (id INT PRIMARY KEY) WITH SYSTEM VERSIONING;"
      "INSERT INTO shop.versions VALUES (1)");
  const Captured refused = capture(*source_, now);
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->kind(), ErrorKind::source_settings) << refused.error->to_string();
  EXPECT_THAT(refused.error->to_string(), HasSubstr("shop.versions is system-versioned"));
}

TEST_P(MysqlSourceStream, CheckFindsNothingWrong) {
  if (!start()) return;
  for (const Finding& finding : source_->check()) {
    EXPECT_NE(finding.level, Finding::Level::error) << finding.id << " " << finding.message;
  }
}

}  // namespace
}  // namespace tailrace::testing
