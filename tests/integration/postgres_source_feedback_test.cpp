// What the server is told: its log goes on being removed, and it may shut down.
#include <algorithm>
#include <csignal>
#include <thread>

#include <gmock/gmock.h>

#include "tests/integration/postgres_source_bed.h"
#include "tests/support/child_process.h"
#include "tests/support/eventually.h"
#include "tests/support/fault_proxy.h"

namespace tailrace::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PostgresSourceFeedback : public PostgresSourceTest {
 protected:
  // Reads until the slot's place is at or behind this one.
  bool read_until_confirmed(SourceReader& reader, const std::string& lsn) {
    const auto place = postgres::Lsn::parse(lsn).value();
    return reader.read_until([&] { return confirmed() >= place; });
  }
};
TR_POSTGRES_VERSIONS(PostgresSourceFeedback);

TEST_P(PostgresSourceFeedback, NothingIsConfirmedBeforeASinkHasIt) {
  if (!start()) return;
  const Checkpoint from = begin();
  SourceReader reader(*source_, from);
  reader.confirms = false;
  sql("INSERT INTO t VALUES (1, 'a')");
  ASSERT_TRUE(reader.read_all());
  for (int i = 0; i < 3; ++i) reader.step();
  EXPECT_EQ(slot_column("confirmed_flush_lsn") + "@1", from.position.text);
  // Not more than was received, whoever says so.
  reader.extractor()->confirm(Position{"FF/0@1"});
  for (int i = 0; i < 3; ++i) reader.step();
  EXPECT_LE(confirmed(), postgres::Lsn::parse(log_end()).value());
}

// Other tables and other databases write; nothing of ours does.
TEST_P(PostgresSourceFeedback, AnIdlePipelineHoldsNoLog) {
  if (!start()) return;
  SourceReader reader(*source_, begin());
  admin("CREATE TABLE elsewhere (v text)");
  const auto restart_before = postgres::Lsn::parse(slot_column("restart_lsn")).value();
  for (int i = 0; i < 3; ++i) {
    admin("INSERT INTO elsewhere SELECT repeat('x', 1000) FROM generate_series(1, 5000)");
    server_->sql("CREATE TABLE IF NOT EXISTS z (v text); INSERT INTO z VALUES ('x'); CHECKPOINT",
                 "postgres");
    ASSERT_TRUE(read_until_confirmed(reader, log_end()));
  }
  EXPECT_THAT(reader.changes(), ElementsAre());
  ASSERT_TRUE(reader.read_until([&] {
    admin("CHECKPOINT");
    return postgres::Lsn::parse(slot_column("restart_lsn")).value().value >
           restart_before.value + 10'000'000;
  }));
}

TEST_P(PostgresSourceFeedback, TheServersTimeoutIsKept) {
  if (!start({"-c", "wal_sender_timeout=1000"})) return;
  SourceReader reader(*source_, begin());
  reader.step();
  // Answered for twice the time after which the server would have left.
  const std::string since = admin("SELECT now()");
  const auto answered_for_long = [&] {
    return admin("SELECT count(*) FROM pg_stat_replication WHERE reply_time > timestamptz '" +
                 since + "' + interval '2 seconds'") == "1";
  };
  ASSERT_TRUE(reader.read_until(answered_for_long));
  // While a block waits for room, nothing is read.
  const std::string blocked = admin("SELECT now()");
  EXPECT_TRUE(eventually([&] {
    reader.extractor()->keep_alive();
    return admin("SELECT count(*) FROM pg_stat_replication WHERE reply_time > timestamptz '" +
                 blocked + "' + interval '2 seconds'") == "1";
  }));
  sql("INSERT INTO t VALUES (1, 'a')");
  ASSERT_TRUE(reader.read_all());
  EXPECT_THAT(reader.changes(), ElementsAre("insert public.t 1 a"));
}

TEST_P(PostgresSourceFeedback, AServerThatShutsDownIsNotHeld) {
  if (!start()) return;
  const Checkpoint from = begin();
  SourceReader reader(*source_, from);
  sql("INSERT INTO t VALUES (1, 'a')");
  ASSERT_TRUE(reader.read_all());
  ASSERT_EQ(::kill(server_->pid(), SIGINT), 0);
  const Error error = reader.read_to_error();
  EXPECT_THAT(error.kind(), ErrorKind::shutting_down) << error.to_string();
  server_->stop();
  server_->start();
  sql("INSERT INTO t VALUES (2, 'b')");
  SourceReader next(*source_, at(from, reader.position));
  ASSERT_TRUE(next.read_all());
  EXPECT_THAT(next.changes(), ElementsAre("insert public.t 2 b"));
}

// A sink that cannot store anything: the server waits for it no longer than we are told.
TEST_P(PostgresSourceFeedback, AStuckSinkHoldsAShutdownOnlySoLong) {
  if (!start()) return;
  auto hasty = options();
  hasty.longest_hold = std::chrono::seconds(2);
  source_ = make_source(hasty);
  const Checkpoint from = begin();
  SourceReader reader(*source_, from);
  sql("INSERT INTO t VALUES (1, 'a')");
  ASSERT_TRUE(read_until_confirmed(reader, log_end()));
  const std::string position = reader.position;
  reader.confirms = false;
  sql("INSERT INTO t VALUES (2, 'b')");
  ASSERT_TRUE(reader.read_until([&] { return reader.changes().size() == 2; }));
  ASSERT_EQ(::kill(server_->pid(), SIGINT), 0);
  const Error error = reader.read_to_error();
  EXPECT_EQ(error.kind(), ErrorKind::shutting_down) << error.to_string();
  EXPECT_THAT(error.message(), HasSubstr("let go"));
  EXPECT_THAT(reader.lines, ::testing::Contains("progress wanted"));
  reader.close();
  server_->stop();
  server_->start();
  // It was not confirmed, so it comes again.
  SourceReader next(*source_, at(from, position));
  ASSERT_TRUE(next.read_all());
  EXPECT_THAT(next.changes(), ElementsAre("insert public.t 2 b"));
}

// The same while nothing can be read at all.
TEST_P(PostgresSourceFeedback, AFullQueueHoldsAShutdownOnlySoLong) {
  if (!start()) return;
  auto hasty = options();
  hasty.longest_hold = std::chrono::seconds(1);
  source_ = make_source(hasty);
  SourceReader reader(*source_, begin());
  reader.step();
  sql("INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 50000) i");
  ASSERT_EQ(::kill(server_->pid(), SIGINT), 0);
  EXPECT_TRUE(eventually([&] {
    reader.extractor()->keep_alive();
    return !is_alive(server_->pid());
  }));
  EXPECT_EQ(reader.read_to_error().kind(), ErrorKind::shutting_down);
}

TEST_P(PostgresSourceFeedback, AnIdleSessionCanBeInterrupted) {
  if (!start()) return;
  SourceReader reader(*source_, begin());
  reader.step();
  std::jthread later([&] { reader.extractor()->interrupt(); });
  EXPECT_EQ(reader.read_to_error().kind(), ErrorKind::cancelled);
}

TEST_P(PostgresSourceFeedback, CutsLoseAndDoubleNothing) {
  if (!start()) return;
  FaultProxy proxy(server_->port());
  auto through = options();
  through.connection.port = proxy.port();
  source_ = make_source(through);
  const Checkpoint from = begin();
  std::vector<std::string> expected;
  for (int i = 100; i < 2100; ++i) {
    expected.push_back("insert public.t " + std::to_string(i) + " " + std::string(200, 'x'));
  }
  for (int i = 1; i <= 20; ++i) {
    const std::string first = std::to_string(i * 100);
    sql("INSERT INTO t SELECT i, repeat('x', 200) FROM generate_series(" + first + ", " + first +
        " + 99) i");
  }
  std::string position = from.position.text;
  std::vector<std::string> seen;
  std::uint64_t cuts = 0;
  // Each session is cut a little later: while it connects, starts, and inside transactions.
  for (std::uint64_t bytes = 500; seen.size() < expected.size(); bytes += 8'000) {
    proxy.cut_after(bytes);
    SourceReader reader(*source_, at(from, position));
    const auto deadline = std::chrono::steady_clock::now() + kDeadline;
    while (!reader.error && seen.size() + reader.changes().size() < expected.size()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      reader.step();
    }
    if (reader.error && reader.error->kind() != ErrorKind::busy) {
      ++cuts;
      EXPECT_EQ(reader.error->kind(), ErrorKind::unreachable) << reader.error->to_string();
    }
    for (const std::string& line : reader.changes()) seen.push_back(line);
    if (!reader.position.empty()) position = reader.position;
    reader.close();
    proxy.heal();
  }
  const auto [wrong, right] =
      std::mismatch(seen.begin(), seen.end(), expected.begin(), expected.end());
  EXPECT_TRUE(wrong == seen.end() && right == expected.end())
      << seen.size() << " changes of " << expected.size() << ", they differ at "
      << wrong - seen.begin() << ": " << (wrong == seen.end() ? "end" : wrong->substr(0, 30));
  EXPECT_GT(cuts, 3U);
}

TEST_P(PostgresSourceFeedback, AConnectionThatOnlyLooksAliveIsGivenUp) {
  if (!start()) return;
  FaultProxy proxy(server_->port());
  auto through = options();
  through.connection.port = proxy.port();
  through.longest_silence = std::chrono::seconds(3);
  source_ = make_source(through);
  SourceReader reader(*source_, begin());
  reader.step();
  proxy.blackhole(true);
  const Error error = reader.read_to_error();
  EXPECT_EQ(error.kind(), ErrorKind::unreachable) << error.to_string();
  EXPECT_THAT(error.message(), HasSubstr("has not answered"));
}

}  // namespace
}  // namespace tailrace::testing
