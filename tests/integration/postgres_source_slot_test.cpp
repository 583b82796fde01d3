// Slot and publication: made on request alone, given up on request alone, waited for when in use.
#include <gmock/gmock.h>

#include "tests/integration/postgres_source_bed.h"
#include "tests/support/child_process.h"
#include "tests/support/eventually.h"

namespace tailrace::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PostgresSourceSlot : public PostgresSourceTest {
 protected:
  std::string made() {
    return admin(
        "SELECT (SELECT count(*) FROM pg_replication_slots) || ' slots, ' || "
        "(SELECT count(*) FROM pg_publication) || ' publications'");
  }
  void expect_unresolved(ErrorKind kind, const std::string& part) {
    const std::string before = made();
    auto checkpoint = source_->resolve({StartPoint::Kind::now, {}});
    ASSERT_FALSE(checkpoint) << part;
    EXPECT_EQ(checkpoint.error().kind(), kind) << checkpoint.error().to_string();
    EXPECT_THAT(checkpoint.error().to_string(), HasSubstr(part));
    EXPECT_EQ(made(), before);
  }
};
TR_POSTGRES_VERSIONS(PostgresSourceSlot);

TEST_P(PostgresSourceSlot, MadeOnlyOnRequest) {
  if (!start()) return;
  auto plain = options();
  plain.create_slot = false;
  source_ = make_source(plain);
  expect_unresolved(ErrorKind::source_settings, "--create-slot");
  EXPECT_EQ(made(), "0 slots, 0 publications");
  source_ = make_source(options());
  const Checkpoint first = begin();
  EXPECT_EQ(made(), "1 slots, 1 publications");
  EXPECT_EQ(first.position.text, slot_column("confirmed_flush_lsn") + "@1");
  EXPECT_EQ(admin("SELECT pubname, puballtables, pubviaroot FROM pg_publication"),
            "tailrace_test\tf\tt");
  if (GetParam() >= 17) {
    EXPECT_EQ(slot_column("failover"), "t");
  }
  // Found again, by both.
  source_ = make_source(plain);
  EXPECT_EQ(begin().position, first.position);
  EXPECT_EQ(made(), "1 slots, 1 publications");
}

TEST_P(PostgresSourceSlot, EverythingIsPublishedForAnAdministrator) {
  if (!start()) return;
  auto all = options();
  all.connection.user = "postgres";
  all.tables = {};
  source_ = make_source(all);
  const Checkpoint from = begin();
  EXPECT_EQ(admin("SELECT puballtables FROM pg_publication"), "t");
  sql("CREATE TABLE later (id int PRIMARY KEY); INSERT INTO later VALUES (1)");
  SourceReader reader(*source_, from);
  ASSERT_TRUE(reader.read_all());
  EXPECT_THAT(reader.changes(), ElementsAre("insert public.later 1"));
}

TEST_P(PostgresSourceSlot, ATableWithoutIdentityIsRefusedBeforeItBreaksTheSource) {
  if (!start()) return;
  sql("CREATE TABLE bare (a int)");
  expect_unresolved(ErrorKind::source_settings, "public.bare");
  EXPECT_EQ(made(), "0 slots, 0 publications");
  sql("ALTER TABLE bare REPLICA IDENTITY FULL");
  begin();
}

TEST_P(PostgresSourceSlot, NoFreeSlot) {
  if (!start({"-c", "max_replication_slots=1"})) return;
  admin("SELECT pg_create_physical_replication_slot('other')");
  expect_unresolved(ErrorKind::source_settings, "all 1 replication slots are in use");
}

TEST_P(PostgresSourceSlot, WalLevel) {
  if (!start({"-c", "wal_level=replica"})) return;
  expect_unresolved(ErrorKind::source_settings, "wal_level is replica");
}

TEST_P(PostgresSourceSlot, RoleWithoutPrivilege) {
  if (!start()) return;
  admin("ALTER ROLE cdc NOREPLICATION");
  expect_unresolved(ErrorKind::permission, "ALTER ROLE \"cdc\" REPLICATION");
  admin("ALTER ROLE cdc REPLICATION; CREATE TABLE theirs (id int PRIMARY KEY)");
  // Only the owner of a table may publish it.
  expect_unresolved(ErrorKind::permission, "CREATE PUBLICATION \"tailrace_test\" FOR TABLE");
}

TEST_P(PostgresSourceSlot, OneThatSendsPreparedTransactionsIsRefused) {
  if (!start()) return;
  begin();
  admin(
      "SELECT pg_drop_replication_slot('tailrace_test');"
      "SELECT pg_create_logical_replication_slot('tailrace_test', 'pgoutput', twophase => true)");
  expect_unresolved(ErrorKind::source_settings, "without TWO_PHASE");
}

TEST_P(PostgresSourceSlot, OfAnotherPluginOrDatabaseIsRefused) {
  if (!start()) return;
  admin("SELECT pg_create_logical_replication_slot('tailrace_test', 'test_decoding')");
  expect_unresolved(ErrorKind::source_settings, "uses the plugin test_decoding");
  admin("SELECT pg_drop_replication_slot('tailrace_test')");
  server_->sql("SELECT pg_create_logical_replication_slot('tailrace_test', 'pgoutput')",
               "postgres");
  expect_unresolved(ErrorKind::source_settings, "belongs to the database \"postgres\"");
}

// The server makes a slot only when all transactions of that moment have ended.
TEST_P(PostgresSourceSlot, OpenTransactionsAreWaitedForAndNamed) {
  if (!start()) return;
  auto hasty = options();
  hasty.longest_slot_wait = std::chrono::seconds(1);
  source_ = make_source(hasty);
  sql("BEGIN; INSERT INTO t VALUES (1, 'open'); PREPARE TRANSACTION 'forgotten'");
  expect_unresolved(ErrorKind::busy, "prepared transaction 'forgotten'");
  EXPECT_EQ(made(), "0 slots, 0 publications");
  sql("ROLLBACK PREPARED 'forgotten'");
  begin();
}

TEST_P(PostgresSourceSlot, InUseIsWaitedFor) {
  if (!start()) return;
  const Checkpoint from = begin();
  {
    const ChildProcess other = ChildProcess::spawn(
        {.arguments = {find_program("pg_recvlogical"), "-h", "127.0.0.1", "-p",
                       std::to_string(server_->port()), "-U", "cdc", "-d", "shop", "--slot",
                       "tailrace_test", "--start", "-f", "/dev/null", "-o", "proto_version=1", "-o",
                       "publication_names=tailrace_test", "--no-loop"}});
    ASSERT_TRUE(eventually([&] { return slot_column("active") == "t"; }));
    auto opened = source_->open(from);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind(), ErrorKind::busy) << opened.error().to_string();
    EXPECT_THAT(opened.error().message(),
                AllOf(HasSubstr("in use by process"), HasSubstr("pg_recvlogical")));
    const auto released = source_->release();
    ASSERT_FALSE(released);
    EXPECT_EQ(released.error().kind(), ErrorKind::busy);
  }
  ASSERT_TRUE(eventually([&] { return slot_column("active") == "f"; }));
  sql("INSERT INTO t VALUES (1, 'a')");
  SourceReader reader(*source_, from);
  ASSERT_TRUE(reader.read_all());
  EXPECT_THAT(reader.changes(), ElementsAre("insert public.t 1 a"));
}

// Nobody waits for wal_sender_timeout because we left.
TEST_P(PostgresSourceSlot, IsFreeAsSoonAsASessionEnds) {
  if (!start()) return;
  const Checkpoint from = begin();
  for (int i = 0; i < 3; ++i) {
    SourceReader reader(*source_, from);
    ASSERT_FALSE(reader.error) << reader.error->to_string();
    reader.step();
    reader.close();
    EXPECT_EQ(slot_column("active"), "f");
  }
}

TEST_P(PostgresSourceSlot, StartingAtAPosition) {
  if (!start()) return;
  const Checkpoint from = begin();
  sql("INSERT INTO t VALUES (1, 'passed over')");
  const std::string place = log_end();
  sql("INSERT INTO t VALUES (2, 'read')");
  auto checkpoint = source_->resolve({StartPoint::Kind::position, Position{place}});
  ASSERT_TRUE(checkpoint) << checkpoint.error().to_string();
  EXPECT_EQ(checkpoint->position.text, place + "@1");
  for (const char* wrong : {"0/1", "FF/0", "middle"}) {
    auto refused = source_->resolve({StartPoint::Kind::position, Position{wrong}});
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().kind(), ErrorKind::invalid_config) << wrong;
  }
  SourceReader reader(*source_, *checkpoint);
  ASSERT_TRUE(reader.read_all());
  EXPECT_THAT(reader.changes(), ElementsAre("insert public.t 2 read"));
}

TEST_P(PostgresSourceSlot, WhatIsKeptAndGivenUp) {
  if (!start()) return;
  begin();
  sql("INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 2000) i");
  auto kept = source_->retention();
  ASSERT_TRUE(kept && *kept);
  EXPECT_EQ((*kept)->name, "replication slot tailrace_test");
  EXPECT_EQ((*kept)->state, "reserved");
  EXPECT_EQ((*kept)->confirmed.text, slot_column("confirmed_flush_lsn") + "@1");
  EXPECT_GT((*kept)->bytes, 1'000'000U);
  auto given_up = source_->release();
  ASSERT_TRUE(given_up) << given_up.error().to_string();
  EXPECT_THAT(*given_up, AllOf(HasSubstr("replication slot tailrace_test"),
                               HasSubstr("publication tailrace_test")));
  EXPECT_EQ(made(), "0 slots, 0 publications");
  EXPECT_THAT(source_->release().value(), HasSubstr("nothing"));
  EXPECT_EQ(source_->retention().value()->state, "missing");
}

TEST_P(PostgresSourceSlot, PublicationsOfOthersAreNeverDropped) {
  if (!start()) return;
  sql("CREATE PUBLICATION mine FOR TABLE t");
  auto named = options();
  named.publications = {"mine"};
  source_ = make_source(named);
  begin();
  ASSERT_TRUE(source_->release());
  EXPECT_EQ(made(), "0 slots, 1 publications");
}

TEST_P(PostgresSourceSlot, ATemporaryOneLeavesNothingBehind) {
  if (!start()) return;
  sql("CREATE PUBLICATION mine FOR TABLE t");
  auto temporary = options();
  temporary.publications = {"mine"};
  temporary.temporary_slot = true;
  temporary.create_slot = false;
  source_ = make_source(temporary);
  const Checkpoint from = begin();
  EXPECT_EQ(made(), "0 slots, 1 publications");
  SourceReader reader(*source_, from);
  ASSERT_FALSE(reader.error) << reader.error->to_string();
  EXPECT_EQ(admin("SELECT temporary FROM pg_replication_slots"), "t");
  sql("INSERT INTO t VALUES (1, 'a')");
  ASSERT_TRUE(reader.read_all());
  EXPECT_THAT(reader.changes(), ElementsAre("insert public.t 1 a"));
  reader.close();
  EXPECT_TRUE(eventually([&] { return made() == "0 slots, 1 publications"; }));
  // A second session would not continue where the first one ended.
  auto again = source_->open(from);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind(), ErrorKind::position_lost);
}

}  // namespace
}  // namespace tailrace::testing
