// What can happen to a PostgreSQL source, its connection and its slot.
#include <chrono>
#include <future>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/eventually.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/replication/replication_bed.h"
#include "tests/support/replication/workload.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

class PostgresOutageTest : public ::testing::TestWithParam<Engine> {
 protected:
  bool missing() {
    return bed_missing(why_unavailable(GetParam())) ||
           bed_missing(why_unavailable(Engine::postgres15));
  }
  static std::unique_ptr<ReplicationBed> bed_with_table(
      std::vector<std::string> source_arguments = {}) {
    auto bed = std::make_unique<ReplicationBed>(
        GetParam(), Engine::postgres15,
        BedOptions{.source_arguments = std::move(source_arguments)});
    bed->source().sql("CREATE TABLE t (id integer PRIMARY KEY, v text)", "shop");
    bed->catch_up();
    return bed;
  }
  static bool says(const TailraceProcess& tailrace, const std::string& text) {
    return eventually([&] { return tailrace.error_output().find(text) != std::string::npos; }, 30s);
  }
  static std::string through(const ReplicationBed& bed, const FaultProxy& proxy) {
    ServerUrl url = parse_url(bed.source_url());
    url.port = proxy.port();
    return to_string(url);
  }
};

std::chrono::milliseconds time_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               start);
}

// Those that wait for time limits of the daemon.
class SlowPostgresOutageTest : public PostgresOutageTest {};

TEST_P(PostgresOutageTest, TheSourceIsStoppedAndKilledUnderLoad) {
  if (missing()) return;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  ReplicationBed bed(GetParam(), Engine::postgres15,
                     {.source_arguments = {"-c", "logical_decoding_work_mem=64kB"}});
  create_workload_tables(bed.source());
  bed.catch_up();
  TailraceProcess tailrace(bed.run_arguments());
  std::uint32_t round = 0;
  for (const StopMode mode : {StopMode::crash, StopMode::graceful, StopMode::crash}) {
    const auto workload = Workload::of(bed.source(), seed + ++round, Values::postgres_only);
    bed.source().sql(workload->transactions(60), "shop");
    bed.source().restart(mode);
    bed.source().sql(workload->transactions(60), "shop");
  }
  EXPECT_TRUE(bed.comes_up_to_date(90s)) << tailrace.error_output();
  EXPECT_EQ(bed.differences(), "") << tailrace.error_output();
}

TEST_P(PostgresOutageTest, ASourceThatStopsIsNotHeldUp) {
  if (missing()) return;
  const auto bed = bed_with_table();
  TailraceProcess tailrace(bed->run_arguments());
  bed->source().sql("INSERT INTO t SELECT n, 'x' FROM generate_series(1, 1000) n", "shop");
  ASSERT_TRUE(bed->comes_up_to_date()) << tailrace.error_output();
  EXPECT_LT(time_of([&] { bed->source().stop(StopMode::graceful); }), 10s);
  bed->source().start();
  bed->source().sql("INSERT INTO t VALUES (5000, 'after')", "shop");
  EXPECT_TRUE(bed->comes_up_to_date()) << tailrace.error_output();
  EXPECT_EQ(bed->differences(), "");
}

// The target is stuck, so nothing can be confirmed: the source may not wait for ever.
TEST_P(SlowPostgresOutageTest, ASourceThatStopsIsNotHeldUpByAStuckTarget) {
  if (missing()) return;
  const auto bed = bed_with_table();
  TailraceProcess tailrace(bed->run_arguments());
  bed->source().sql("INSERT INTO t VALUES (1, 'x')", "shop");
  ASSERT_TRUE(bed->comes_up_to_date()) << tailrace.error_output();
  bed->target().stop(StopMode::graceful);
  bed->source().sql("INSERT INTO t VALUES (2, 'y')", "shop");
  EXPECT_LT(time_of([&] { bed->source().stop(StopMode::graceful); }), 50s);
  bed->source().start();
  bed->target().start();
  EXPECT_TRUE(bed->comes_up_to_date()) << tailrace.error_output();
  EXPECT_EQ(bed->differences(), "");
}

TEST_P(PostgresOutageTest, TheWalsenderIsKilledAgainAndAgain) {
  if (missing()) return;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  ReplicationBed bed(GetParam(), Engine::postgres15,
                     {.source_arguments = {"-c", "logical_decoding_work_mem=64kB"}});
  create_workload_tables(bed.source());
  bed.catch_up();
  BackgroundLoad load(bed.source(), seed, Values::postgres_only);
  TailraceProcess tailrace(bed.run_arguments());
  for (int kills = 0; kills < 6; ++kills) {
    ASSERT_TRUE(eventually([&] {
      return bed.source().sql(
                 "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots "
                 "WHERE active") == "t";
    })) << tailrace.error_output();
  }
  load.stop();
  ASSERT_EQ(load.failure(), "");
  EXPECT_TRUE(bed.comes_up_to_date()) << tailrace.error_output();
  EXPECT_EQ(bed.differences(), "") << tailrace.error_output();
}

TEST_P(PostgresOutageTest, TheConnectionIsCutInTheMiddleOfTransactions) {
  if (missing()) return;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  ReplicationBed bed(GetParam(), Engine::postgres15,
                     {.source_arguments = {"-c", "logical_decoding_work_mem=64kB"}});
  create_workload_tables(bed.source());
  bed.catch_up();
  FaultProxy proxy(bed.source().port());
  BackgroundLoad load(bed.source(), seed, Values::postgres_only);
  TailraceProcess tailrace(bed.run_arguments({}, through(bed, proxy)));
  for (unsigned cuts = 0; cuts < 10; ++cuts) {
    proxy.cut_after(100'000 + random() % 100'000);  // behind the connection's set-up
    ASSERT_TRUE(eventually([&] { return proxy.cut_count() > cuts; }, 60s))
        << tailrace.error_output();
  }
  load.stop();
  ASSERT_EQ(load.failure(), "");
  EXPECT_TRUE(bed.comes_up_to_date()) << tailrace.error_output();
  EXPECT_EQ(bed.differences(), "") << tailrace.error_output();
}

// Both ends believe in a connection that carries nothing any more.
TEST_P(SlowPostgresOutageTest, AHalfOpenConnectionIsNoticed) {
  if (missing()) return;
  const auto bed = bed_with_table({"-c", "wal_sender_timeout=4s"});
  FaultProxy proxy(bed->source().port());
  TailraceProcess tailrace(bed->run_arguments({}, through(*bed, proxy)));
  bed->source().sql("INSERT INTO t VALUES (1, 'before')", "shop");
  ASSERT_TRUE(bed->comes_up_to_date()) << tailrace.error_output();
  const auto connections = proxy.connection_count();
  proxy.blackhole(true);
  bed->source().sql("INSERT INTO t VALUES (2, 'lost on the way')", "shop");
  EXPECT_TRUE(eventually([&] { return proxy.connection_count() > connections; }, 100s))
      << tailrace.error_output();
  proxy.heal();
  EXPECT_TRUE(bed->comes_up_to_date(90s)) << tailrace.error_output();
  EXPECT_EQ(bed->differences(), "");
}

// Another database of the server writes; the slot of ours must not keep its log.
TEST_P(SlowPostgresOutageTest, AnIdleDatabaseHoldsNoLogBack) {
  if (missing()) return;
  const auto bed = bed_with_table();
  bed->source().sql("CREATE DATABASE busy");
  bed->source().sql("CREATE TABLE filler (t text)", "busy");
  TailraceProcess tailrace(bed->run_arguments());
  for (int i = 0; i < 2; ++i) {
    bed->source().sql("INSERT INTO filler SELECT repeat('x', 1000) FROM generate_series(1, 10000)",
                      "busy");
    const std::string end = bed->source_position();
    EXPECT_TRUE(eventually([&] {
      return bed->slot("confirmed_flush_lsn >= '" + end + "'") == "t";
    })) << tailrace.error_output();
  }
  EXPECT_TRUE(eventually([&] {
    bed->source().sql("CHECKPOINT");
    return bed->slot("pg_current_wal_lsn() - restart_lsn < 4000000") == "t";
  })) << bed->slot("pg_current_wal_lsn() - restart_lsn");
  // The place that was confirmed without any change is a place from which to go on.
  tailrace.kill();
  bed->source().sql("INSERT INTO t VALUES (1, 'at last')", "shop");
  bed->catch_up();
  EXPECT_EQ(bed->differences(), "");
}

TEST_P(PostgresOutageTest, ALostSlotIsNamedAndRefused) {
  if (missing()) return;
  const auto bed = bed_with_table({"-c", "max_slot_wal_keep_size=16MB", "-c", "max_wal_size=32MB"});
  bed->source().sql("INSERT INTO t VALUES (1, 'before')", "shop");
  bed->catch_up();
  const std::string stored = bed->stored_position();
  bed->source().sql("INSERT INTO t VALUES (2, 'never seen')", "shop");
  bed->source().sql("CREATE SCHEMA aside; CREATE TABLE aside.filler (t text)", "shop");
  ASSERT_TRUE(eventually([&] {
    bed->source().sql(
        "INSERT INTO aside.filler SELECT repeat('x', 1000) FROM generate_series(1, "
        "20000); SELECT pg_switch_wal(); CHECKPOINT",
        "shop");
    return bed->slot("wal_status") == "lost";
  })) << bed->slot("wal_status");
  TailraceProcess tailrace(bed->run_arguments());
  EXPECT_TRUE(says(tailrace, "tailrace_bed")) << tailrace.error_output();
  EXPECT_TRUE(says(tailrace, " is lost")) << tailrace.error_output();
  EXPECT_TRUE(says(tailrace, "--drop-slot")) << tailrace.error_output();  // the way out
  // A daemon whose only pipeline is at its end leaves, or stays to report it; it goes on in no
  // case.
  bed->source().sql("INSERT INTO t VALUES (3, 'after')", "shop");
  const auto ended = tailrace.wait(3s);
  if (ended) {
    EXPECT_FALSE(ended->ok());
  }
  EXPECT_EQ(bed->stored_position(), stored);
  EXPECT_EQ(bed->target_sql("SELECT id FROM shop.t"), "1");
}

INSTANTIATE_TEST_SUITE_P(Sources, PostgresOutageTest,
                         ::testing::Values(Engine::postgres15, Engine::postgres18),
                         [](const auto& instance) { return name_of(instance.param); });

INSTANTIATE_TEST_SUITE_P(Sources, SlowPostgresOutageTest, ::testing::Values(Engine::postgres18),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
