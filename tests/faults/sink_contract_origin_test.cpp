// What the PostgreSQL sink applies carries a replication origin; sessions that the server ends.
#include <thread>

#include "sink_contract.h"
#include "sinks/postgres/origin.h"
#include "sinks/postgres/postgres_sink.h"
#include "tests/support/eventually.h"

namespace tailrace::testing {
namespace {

class PostgresOrigin : public SinkContract {
 protected:
  void SetUp() override {
    SinkContract::SetUp();
    if (!skipped()) bed_->sql("CREATE TABLE t (id int PRIMARY KEY, name text)");
  }
  Batch row(int id) {
    Batch batch(shape_ ? shape_ : shape_ = id_and_text("t"));
    batch.insert({std::to_string(id), "x"});
    return batch;
  }
  Status apply_row(Sink& sink, int id, const Checkpoint& checkpoint) {
    Batch batch = row(id);
    if (auto begun = sink.begin(); !begun) return begun;
    if (auto applied = sink.apply_net(batch.net(name("t"))); !applied) return applied;
    auto committed = sink.commit(checkpoint);
    return committed ? Status() : Status(std::move(committed).error());
  }
  static postgres::Origin::State state(const Sink& sink) {
    return dynamic_cast<const postgres::PostgresSink&>(sink).origin().state();
  }
  // The backend that serves our sink.
  std::string backend() {
    return bed_->sql(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'tailrace' AND pid <> "
        "pg_backend_pid() AND backend_type = 'client backend'");
  }

  SchemaPtr shape_;
};

using State = postgres::Origin::State;

TEST_P(PostgresOrigin, EveryTransactionIsMarkedWithPlaceAndTime) {
  if (skipped()) return;
  auto sink = open();
  bed_->sql("SELECT pg_create_logical_replication_slot('marks', 'test_decoding')");
  EXPECT_EQ(state(*sink), State::marking);
  EXPECT_OK(apply_row(*sink, 1, {"source-1", {"0/16B3748@1"}, 1700000000000001}));
  EXPECT_EQ(bed_->sql("SELECT external_id, remote_lsn FROM pg_replication_origin_status"),
            "tailrace_contract_sink\t0/16B3748");
  EXPECT_OK(apply_row(*sink, 2, {"source-1", {"3e11fa47:1-77"}, 1700000001000002}));
  sink->rollback();
  EXPECT_OK(apply_row(*sink, 3, {"source-1", {"1/0@1"}, 0}));
  // One LSN or time must never be that of the transaction before.
  EXPECT_EQ(bed_->sql("SELECT remote_lsn FROM pg_replication_origin_status"), "1/0");
  EXPECT_EQ(bed_->sql("SELECT (SELECT count(*) FROM pg_logical_slot_peek_changes('marks', NULL, "
                      "NULL)) > 0, (SELECT count(*) FROM pg_logical_slot_get_changes('marks', NULL,"
                      " NULL, 'only-local', '1', 'skip-empty-xacts', '1'))"),
            "t\t0");
  bed_->sql("SELECT pg_drop_replication_slot('marks')");
  if (bed_->sql("SHOW track_commit_timestamp") != "on") return;  // a server of somebody else
  EXPECT_EQ(bed_->sql("SET timezone = 'UTC'; SELECT id, CASE WHEN id < 3 THEN "
                      "pg_xact_commit_timestamp(xmin)::text ELSE (pg_xact_commit_timestamp(xmin) > "
                      "now() - interval '1 hour')::text END FROM t ORDER BY id"),
            "1\t2023-11-14 22:13:20.000001+00\n2\t2023-11-14 22:13:21.000002+00\n3\ttrue");
}

TEST_P(PostgresOrigin, WithoutPermissionItGoesOnUnmarkedAndSaysSo) {
  if (skipped()) return;
  bed_->sql(
      "DROP ROLE IF EXISTS plain; CREATE ROLE plain LOGIN; GRANT ALL ON SCHEMA shop TO plain;"
      "GRANT ALL ON t TO plain; GRANT CREATE ON DATABASE tailrace_contract TO plain");
  const auto automatic = bed_->target_as("plain");
  auto sink = must(automatic->open(lease_));
  EXPECT_EQ(state(*sink), State::unavailable);
  EXPECT_OK(apply_row(*sink, 1, checkpoint(1)));
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "1");
  const auto warned = [](Target& target) {
    for (const Finding& one : target.check()) {
      if (one.id == "PG-TGT-06") return one;
    }
    return Finding{};
  };
  EXPECT_EQ(warned(*automatic).level, Finding::Level::warning);
  const auto required = bed_->target_as("plain", "origin=on");
  EXPECT_EQ(warned(*required).level, Finding::Level::error);
  sink.reset();
  const auto refused = required->open(lease_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::permission);
  // The cure that is shown is one.
  std::string cure = refused.error().hint();
  EXPECT_EQ(cure, warned(*automatic).fix);
  cure = cure.substr(0, cure.find(" TO <")) + " TO plain";
  bed_->sql(cure);
  sink = must(required->open(lease_));
  EXPECT_EQ(state(*sink), State::marking);
  EXPECT_OK(apply_row(*sink, 2, checkpoint(2)));
  EXPECT_EQ(warned(*required).level, Finding::Level::ok);
  const auto off = bed_->target_as("plain", "origin=off");
  sink.reset();
  EXPECT_EQ(state(*must(off->open(lease_))), State::off);
  bed_->sql("DROP SCHEMA tailrace CASCADE; DROP OWNED BY plain CASCADE");
}

// The lease has been taken from it, so an older session that stays can be ended.
TEST_P(PostgresOrigin, OriginOfAnOlderSessionIsTakenOver) {
  if (skipped()) return;
  auto first = open();
  EXPECT_OK(apply_row(*first, 1, checkpoint(1)));
  auto second = open();
  EXPECT_EQ(state(*second), State::waiting);
  EXPECT_OK(apply_row(*second, 2, checkpoint(2)));
  EXPECT_EQ(state(*second), State::marking);
  const Status late = apply_row(*first, 3, checkpoint(3));
  ASSERT_FALSE(late);
  EXPECT_EQ(bed_->sql("SELECT id FROM t ORDER BY id"), "1\n2");
}

TEST_P(PostgresOrigin, SinkOfThatNameInAnotherDatabaseIsLeftAlone) {
  if (skipped()) return;
  bed_->sql("SELECT pg_replication_origin_create('tailrace_contract_sink')");
  auto sink = open();
  sink.reset();
  bed_->sql("DROP DATABASE IF EXISTS tailrace_other");
  bed_->sql("CREATE DATABASE tailrace_other");
  auto other = bed_->target_in("tailrace_other");
  Lease lease = {"contract", "sink", "daemon-2", {}};
  auto elsewhere = must(other->open(lease));
  ASSERT_TRUE(elsewhere->begin());
  EXPECT_OK(elsewhere->commit(checkpoint(1)));
  EXPECT_EQ(state(*elsewhere), State::marking);
  sink = open();
  EXPECT_OK(apply_row(*sink, 1, checkpoint(1)));
  EXPECT_EQ(state(*sink), State::unavailable);
  ASSERT_TRUE(elsewhere->begin());
  EXPECT_OK(elsewhere->commit(checkpoint(2)));
  elsewhere.reset();
  sink.reset();
}

// Whatever ends the session in the middle of a unit: nothing is lost, and it can be tried again.
TEST_P(PostgresOrigin, SessionThatTheServerEndsLosesNothing) {
  if (skipped()) return;
  const std::vector<std::string> ways = {"SELECT pg_terminate_backend(",
                                         "SELECT pg_cancel_backend("};
  int id = 0;
  for (const std::string& way : ways) {
    for (const bool commits : {false, true}) {
      auto sink = open();
      ++id;
      EXPECT_OK(apply_row(*sink, id, checkpoint(id)));
      const std::string pid = backend();
      Batch batch = row(++id);
      auto lock = bed_->lock("t");  // holds the unit, so that its session is at work
      ASSERT_TRUE(sink->begin());
      EXPECT_OK(sink->apply_net(batch.net(name("t"))));
      ASSERT_TRUE(eventually([&] {
        return bed_->sql("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = " + pid) == "1";
      }));
      bed_->sql(way + pid + ")");
      Status ended;
      if (commits) {
        auto committed = sink->commit(checkpoint(id));
        if (!committed) ended = std::move(committed).error();
      } else {
        lock.reset();
        ended = apply_row(*sink, id, checkpoint(id));
      }
      ASSERT_FALSE(ended);
      const ErrorKind kind = ended.error().kind();
      EXPECT_TRUE(kind == ErrorKind::shutting_down || kind == ErrorKind::unreachable ||
                  kind == ErrorKind::timeout || kind == ErrorKind::commit_in_doubt)
          << ended.error().to_string();
      lock.reset();
      sink.reset();
      sink = open();
      EXPECT_EQ(sink->checkpoint()->position.text, "pos-" + std::to_string(id - 1));
      EXPECT_OK(apply_row(*sink, id, checkpoint(id)));
      EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), std::to_string(id));
    }
  }
}

TEST_P(PostgresOrigin, SessionThatIdlesTooLongInATransactionLosesNothing) {
  if (skipped()) return;
  EXPECT_OK(apply_row(*open(), 1, checkpoint(1)));
  auto connection = bed_->connect();
  must(connection->exec("SET idle_in_transaction_session_timeout = '50ms'"));
  lease_.epoch = std::stoll(bed_->sql("UPDATE tailrace.checkpoint SET epoch = 5 RETURNING epoch"));
  ASSERT_TRUE(connection->enter_pipeline());
  const postgres::PostgresDialect dialect;
  auto origin = must(postgres::Origin::open(*connection, postgres::OriginMode::off, "unused"));
  postgres::PostgresSink idle(std::move(*connection), dialect, lease_, {}, std::move(origin));
  Batch batch = row(2);
  ASSERT_TRUE(idle.begin());
  EXPECT_OK(idle.apply_net(batch.net(name("t"))));
  // Within a pipeline a session is at work for the server, until an answer is waited for.
  SchemaChange truncate;
  truncate.kind = SchemaChangeKind::truncate;
  EXPECT_OK(idle.apply_schema_change(truncate, std::vector<TableName>{name("none")}));
  ASSERT_TRUE(eventually([&] { return backend().empty(); }));
  const auto committed = idle.commit(checkpoint(2));
  ASSERT_FALSE(committed);
  const ErrorKind kind = committed.error().kind();
  EXPECT_TRUE(kind == ErrorKind::commit_in_doubt || kind == ErrorKind::timeout)
      << committed.error().to_string();
  auto sink = open();
  EXPECT_EQ(sink->checkpoint()->position.text, "pos-1");
  EXPECT_OK(apply_row(*sink, 2, checkpoint(2)));
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "2");
}

INSTANTIATE_TEST_SUITE_P(Targets, PostgresOrigin,
                         ::testing::Values(Kind::postgres15, Kind::postgres18),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace tailrace::testing
