// What ends a snapshot or a reader, and what they tell a person then.
#include <thread>

#include <gmock/gmock.h>

#include "tests/integration/postgres_snapshot_bed.h"
#include "tests/integration/postgres_source_bed.h"
#include "tests/support/eventually.h"

namespace tailrace::testing {
namespace {

using ::testing::HasSubstr;

class PostgresSnapshotRefusal : public PostgresSnapshotTest {
 protected:
  bool start_with_table() {
    if (!start()) return false;
    sql("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'a')");
    from_ = begin();
    return true;
  }
  // The error of reading a table that was described before.
  static Error refused(Snapshot& shop, const SnapshotTable& table, const KeyRange& range = {}) {
    auto reader = shop.open_reader();
    if (!reader) return std::move(reader).error();
    ChangeLog log;
    BlockBuilder builder = log.builder();
    builder.begin({});
    auto as_of = (*reader)->read(table, range, builder);
    EXPECT_TRUE(builder.abort());
    return as_of ? Error(ErrorKind::internal, "it was read") : std::move(as_of).error();
  }
  void expect_refused_after(const std::string& statements, ErrorKind kind,
                            const std::string& part) {
    SCOPED_TRACE(statements);
    const auto shop = snapshot(from_);
    const SnapshotTable table = described(*shop, "public.t");
    sql(statements);
    const Error error = refused(*shop, table);
    EXPECT_EQ(error.kind(), kind) << error.to_string();
    EXPECT_THAT(error.to_string(), HasSubstr(part));
  }
  Checkpoint from_;
};
TR_POSTGRES_VERSIONS(PostgresSnapshotRefusal);

TEST_P(PostgresSnapshotRefusal, OpenTransactionsAreNamed) {
  if (!start_with_table()) return;
  auto hasty = options();
  hasty.longest_slot_wait = std::chrono::milliseconds(300);
  source_ = make_source(hasty);
  sql("BEGIN; INSERT INTO t VALUES (2, 'open')");
  const auto made = source_->snapshot(from_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind(), ErrorKind::busy);
  EXPECT_THAT(made.error().to_string(), HasSubstr("process " + sql("SELECT pg_backend_pid()")));
  // Although the transaction is still open.
  EXPECT_TRUE(eventually([&] {
    return admin("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'walsender'") == "0";
  }));
  EXPECT_EQ(admin("SELECT count(*) FROM pg_replication_slots"), "1");
  sql("COMMIT");
  EXPECT_TRUE(source_->snapshot(from_));
}

TEST_P(PostgresSnapshotRefusal, AnotherServerOrDatabase) {
  if (!start_with_table()) return;
  Checkpoint other = from_;
  other.source_id = "postgresql:1:2";
  auto made = source_->snapshot(other);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind(), ErrorKind::source_changed) << made.error().to_string();
  other = from_;
  other.position.text = "FFFF/0@1";
  made = source_->snapshot(other);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind(), ErrorKind::source_changed) << made.error().to_string();
}

// The rows of the old definition, or of before TRUNCATE, are gone for every snapshot.
TEST_P(PostgresSnapshotRefusal, TablesThatHaveChanged) {
  if (!start_with_table()) return;
  const auto kind = ErrorKind::schema_mismatch;
  expect_refused_after("TRUNCATE t", kind, "emptied, rewritten");
  sql("INSERT INTO t VALUES (1, 'a')");
  expect_refused_after("ALTER TABLE t ALTER COLUMN id TYPE bigint", kind, "has changed");
  expect_refused_after("ALTER TABLE t ADD COLUMN w int", kind, "has changed");
  expect_refused_after("ALTER TABLE t RENAME COLUMN w TO x", kind, "has changed");
  expect_refused_after("ALTER TABLE t DROP COLUMN x", kind, "has changed");
  // As tools do that change a table by way of a copy of it.
  expect_refused_after(
      "CREATE TABLE t_new (LIKE t INCLUDING ALL); ALTER TABLE t RENAME TO t_old;"
      "ALTER TABLE t_new RENAME TO t",
      kind, "emptied, rewritten or replaced");
}

// Nothing between the snapshot and the reader: the rewriting is found by the snapshot alone.
TEST_P(PostgresSnapshotRefusal, ATableThatWasRewrittenBeforeItWasDescribed) {
  if (!start_with_table()) return;
  const auto shop = snapshot(from_);
  sql("ALTER TABLE t ALTER COLUMN v TYPE int USING 5");
  const Error error = refused(*shop, described(*shop, "public.t"));
  EXPECT_EQ(error.kind(), ErrorKind::schema_mismatch) << error.to_string();
  EXPECT_THAT(error.to_string(), HasSubstr("rewritten"));
}

TEST_P(PostgresSnapshotRefusal, RowsThatThisRoleMayNotSee) {
  if (!start_with_table()) return;
  admin(
      "CREATE TABLE theirs (id int PRIMARY KEY); ALTER PUBLICATION tailrace_test ADD TABLE "
      "theirs");
  const auto refused_tables = [&] {
    auto tables = snapshot(from_)->tables();
    return tables ? Error(ErrorKind::internal, "they were described") : std::move(tables).error();
  };
  EXPECT_EQ(refused_tables().kind(), ErrorKind::permission);
  EXPECT_THAT(refused_tables().to_string(), HasSubstr("GRANT SELECT ON \"public\".\"theirs\""));
  admin(
      "GRANT SELECT ON theirs TO cdc; ALTER TABLE theirs ENABLE ROW LEVEL SECURITY;"
      "CREATE POLICY few ON theirs USING (id > 5)");
  EXPECT_EQ(refused_tables().kind(), ErrorKind::permission);
  EXPECT_THAT(refused_tables().to_string(), HasSubstr("BYPASSRLS"));
}

TEST_P(PostgresSnapshotRefusal, ASnapshotThatEnded) {
  if (!start_with_table()) return;
  const auto shop = snapshot(from_);
  const SnapshotTable table = described(*shop, "public.t");
  admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'walsender'");
  Error error(ErrorKind::internal, "");
  EXPECT_TRUE(eventually([&] {
    error = refused(*shop, table);
    return error.kind() != ErrorKind::internal;
  }));
  EXPECT_EQ(error.kind(), ErrorKind::unreachable) << error.to_string();
  EXPECT_THAT(error.to_string(), HasSubstr("the snapshot ended"));
}

TEST_P(PostgresSnapshotRefusal, ReadersAndSnapshotsThatAreInterrupted) {
  if (!start_with_table()) return;
  const auto shop = snapshot(from_);
  const SnapshotTable table = described(*shop, "public.t");
  auto reader = shop->open_reader();
  ASSERT_TRUE(reader);
  sql("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
  const auto waits = [&] {
    return admin("SELECT count(*) FROM pg_locks WHERE NOT granted") == "1";
  };
  {
    std::jthread other([&] {
      EXPECT_TRUE(eventually(waits));
      (*reader)->interrupt();
    });
    ChangeLog log;
    BlockBuilder builder = log.builder();
    builder.begin({});
    const auto as_of = (*reader)->read(table, {}, builder);
    ASSERT_FALSE(as_of);
    EXPECT_EQ(as_of.error().kind(), ErrorKind::cancelled) << as_of.error().to_string();
  }
  sql("ROLLBACK; BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
  std::jthread other([&] {
    EXPECT_TRUE(eventually(waits));
    shop->interrupt();
  });
  const auto tables = shop->tables();
  ASSERT_FALSE(tables);
  EXPECT_EQ(tables.error().kind(), ErrorKind::cancelled) << tables.error().to_string();
  EXPECT_FALSE(shop->tables());
  sql("ROLLBACK");
}

TEST_P(PostgresSnapshotRefusal, BoundsOfAnotherKey) {
  if (!start_with_table()) return;
  const auto shop = snapshot(from_);
  const SnapshotTable table = described(*shop, "public.t");
  EXPECT_EQ(refused(*shop, table, {.after = R"(["1","2"])", .upto = {}}).kind(),
            ErrorKind::schema_mismatch);
  EXPECT_EQ(refused(*shop, table, {.after = {}, .upto = "1"}).kind(), ErrorKind::schema_mismatch);
}

}  // namespace
}  // namespace tailrace::testing
