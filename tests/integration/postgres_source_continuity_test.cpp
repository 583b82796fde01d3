// A slot, or a server, that does not continue where we stopped is never read from.
#include <gmock/gmock.h>

#include "tests/integration/postgres_source_bed.h"
#include "tests/support/beds.h"
#include "tests/support/eventually.h"

namespace tailrace::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PostgresSourceContinuity : public PostgresSourceTest {
 protected:
  // Opening at this checkpoint fails like this, and makes nothing on the server.
  void expect_refused(const Checkpoint& from, ErrorKind kind, const std::string& part) {
    const std::string slots = admin("SELECT count(*) FROM pg_replication_slots");
    auto opened = source_->open(from);
    ASSERT_FALSE(opened) << part;
    EXPECT_EQ(opened.error().kind(), kind) << opened.error().to_string();
    EXPECT_THAT(opened.error().message(), HasSubstr(part));
    EXPECT_FALSE(opened.error().hint().empty());
    EXPECT_EQ(admin("SELECT count(*) FROM pg_replication_slots"), slots);
  }
  // Reads everything that is there, confirms it, and answers where that was.
  Checkpoint read_some() {
    const Checkpoint from = begin();
    sql("INSERT INTO t SELECT coalesce(max(id), 0) + 1, 'x' FROM t");
    SourceReader reader(*source_, from);
    EXPECT_TRUE(reader.read_all());
    return at(from, reader.position);
  }
};
TR_POSTGRES_VERSIONS(PostgresSourceContinuity);

TEST_P(PostgresSourceContinuity, MissingSlot) {
  if (!start()) return;
  const Checkpoint from = read_some();
  admin("SELECT pg_drop_replication_slot('tailrace_test')");
  expect_refused(from, ErrorKind::position_lost, "tailrace_test does not exist");
}

TEST_P(PostgresSourceContinuity, SlotThatWasMadeAnew) {
  if (!start()) return;
  const Checkpoint from = read_some();
  admin("SELECT pg_drop_replication_slot('tailrace_test')");
  sql("INSERT INTO t VALUES (100, 'never seen')");
  admin("SELECT pg_create_logical_replication_slot('tailrace_test', 'pgoutput')");
  expect_refused(from, ErrorKind::position_lost, "ahead of our position");
}

TEST_P(PostgresSourceContinuity, SlotThatSomebodyAdvanced) {
  if (!start()) return;
  const Checkpoint from = read_some();
  sql("INSERT INTO t VALUES (100, 'never seen')");
  admin("SELECT pg_replication_slot_advance('tailrace_test', pg_current_wal_flush_lsn())");
  expect_refused(from, ErrorKind::position_lost, "ahead of our position");
}

TEST_P(PostgresSourceContinuity, SlotThatWasLost) {
  if (!start({"-c", "max_slot_wal_keep_size=1MB", "-c", "min_wal_size=32MB", "-c",
              "max_wal_size=32MB"})) {
    return;
  }
  const Checkpoint from = read_some();
  ASSERT_TRUE(eventually([&] {
    admin(
        "SELECT pg_logical_emit_message(false, 'fill', repeat('x', 1000000)) "
        "FROM generate_series(1, 10); SELECT pg_switch_wal(); CHECKPOINT");
    return slot_column("wal_status") == "lost";
  }));
  expect_refused(from, ErrorKind::position_lost, "tailrace_test is lost");
  const auto kept = source_->retention();
  ASSERT_TRUE(kept) << kept.error().to_string();
  EXPECT_THAT((*kept)->state, HasSubstr("lost"));
}

TEST_P(PostgresSourceContinuity, AnotherClusterOrDatabase) {
  if (!start()) return;
  Checkpoint from = read_some();
  const std::string own = from.source_id;
  EXPECT_EQ(own, admin("SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || oid "
                       "FROM pg_database WHERE datname = 'shop'"));
  from.source_id = "1234567890/5";
  expect_refused(from, ErrorKind::source_changed, "another database cluster");
  from.source_id = own + "1";
  expect_refused(from, ErrorKind::source_changed, "the database \"shop\" is not the one");
}

TEST_P(PostgresSourceContinuity, ALogThatEndsBeforeOurPosition) {
  if (!start()) return;
  Checkpoint from = read_some();
  from.position.text = "FF/1@1";
  expect_refused(from, ErrorKind::source_changed, "before our position FF/1");
  from.position.text = log_end() + "@7";
  expect_refused(from, ErrorKind::source_changed, "timeline");
  from.position.text = "nonsense";
  auto opened = source_->open(from);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind(), ErrorKind::checkpoint_corrupt);
}

TEST_P(PostgresSourceContinuity, TheSlotAfterACrashOfTheServerIsOlderAndThatIsFine) {
  if (!start()) return;
  const Checkpoint from = read_some();
  server_->restart(StopMode::crash);
  sql("INSERT INTO t VALUES (100, 'later')");
  SourceReader reader(*source_, from);
  ASSERT_TRUE(reader.read_all());
  EXPECT_THAT(reader.changes(), ElementsAre("insert public.t 100 later"));
}

TEST_P(PostgresSourceContinuity, APromotedStandbyContinuesWhenItHasEverything) {
  if (!start()) return;
  if (GetParam() < 17) return;  // slots do not survive before
  Checkpoint from = begin();
  PostgresServer standby({.arguments = {"-c", "sync_replication_slots=on"},
                          .private_instance = true,
                          .version = GetParam(),
                          .standby_of = server_.get()});
  {
    // The copy is usable once the slot has moved beyond the place where the standby began.
    SourceReader reader(*source_, from);
    ASSERT_TRUE(reader.read_until([&] {
      admin("SELECT pg_log_standby_snapshot()");
      return standby.sql(
                 "SELECT count(*) FROM pg_replication_slots WHERE synced "
                 "AND NOT temporary AND slot_name = 'tailrace_test'") == "1";
    }));
    ASSERT_TRUE(reader.read_all());
    from = at(from, reader.position);
  }
  auto moved = options();
  moved.connection.port = standby.port();
  {
    const auto copy = make_source(moved);
    auto opened = copy->open(from);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message(), HasSubstr("only keeps a copy"));
  }
  sql("INSERT INTO t VALUES (200, 'last')");
  const std::string end = log_end();
  ASSERT_TRUE(eventually(
      [&] { return standby.sql("SELECT pg_last_wal_replay_lsn() >= '" + end + "'") == "t"; }));
  server_->stop();
  standby.sql("SELECT pg_promote()");
  standby.sql("INSERT INTO t VALUES (201, 'promoted')", "shop");

  moved.connection.port = options().connection.port;
  moved.connection.other_hosts = {{"127.0.0.1", standby.port()}};
  const auto source = make_source(moved);
  SourceReader reader(*source, from);
  ASSERT_TRUE(reader.read_all());
  EXPECT_THAT(reader.changes(),
              ElementsAre("insert public.t 200 last", "insert public.t 201 promoted"));
  EXPECT_THAT(reader.position, HasSubstr("@2"));
  // A position behind the place where the old timeline ended is of a lost history.
  reader.close();
  const std::string beyond = standby.sql("SELECT pg_current_wal_flush_lsn()") + "@1";
  auto opened = source->open(at(from, beyond));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind(), ErrorKind::source_changed) << opened.error().to_string();
  EXPECT_THAT(opened.error().message(), HasSubstr("left timeline 1 at"));
}

}  // namespace
}  // namespace tailrace::testing
