// pgbench writes for a minute while tailrace is killed every three seconds and both servers are
// restarted; afterwards the slot holds nothing back.
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/eventually.h"
#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> pgbench(const DatabaseServer& source,
                                 const std::vector<std::string>& more) {
  std::vector<std::string> arguments{find_program("pgbench"),       "-h", "127.0.0.1", "-p",
                                     std::to_string(source.port()), "-U", "postgres"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  arguments.emplace_back("shop");
  return arguments;
}

void initialise(const DatabaseServer& source, const std::string& steps) {
  const CommandResult result =
      run_command({.arguments = pgbench(source, {"-i", "-s", "5", "-q", "-I", steps})});
  ASSERT_TRUE(result.ended.ok()) << result.output << result.error_output;
}

// Runs pgbench for that long and kills the daemon every three seconds. False: the daemon was gone.
bool load_and_kill(const DatabaseServer& source, TailraceProcess& tailrace, int seconds,
                   int& kills) {
  ChildProcess load = ChildProcess::spawn(
      {.arguments = pgbench(source, {"-c", "4", "-n", "-T", std::to_string(seconds)})});
  while (!load.wait(3s)) {
    if (!tailrace.running()) return false;
    tailrace.kill();
    tailrace.start();
    ++kills;
  }
  return true;
}

// Changes of tables that are not published must not be kept for us.
void expect_nothing_held_back(ReplicationBed& bed) {
  bed.source().sql("CREATE SCHEMA aside; CREATE TABLE aside.filler (t text)", "shop");
  for (int i = 0; i < 2; ++i) {
    bed.source().sql(
        "INSERT INTO aside.filler SELECT repeat('x', 1000) FROM generate_series(1, "
        "5000); CHECKPOINT",
        "shop");
    const std::string end = bed.source_position();
    EXPECT_TRUE(eventually([&] { return bed.slot("confirmed_flush_lsn >= '" + end + "'") == "t"; }))
        << bed.slot("confirmed_flush_lsn") << " stays before " << end;
  }
  EXPECT_TRUE(eventually([&] {
    bed.source().sql("CHECKPOINT");
    return bed.slot("pg_current_wal_lsn() - restart_lsn < 4000000") == "t";
  })) << bed.slot("pg_current_wal_lsn() - restart_lsn");
}

TEST(PgbenchKillTest, EndsEqualAndHoldsNothingBack) {
  if (find_program("pgbench").empty()) GTEST_SKIP() << "pgbench is not installed";
  if (bed_missing(why_unavailable(Engine::postgres18))) return;
  if (bed_missing(why_unavailable(Engine::postgres15))) return;
  ReplicationBed bed(Engine::postgres18, Engine::postgres15);
  initialise(bed.source(), "dtp");
  // It has no key; without an identity of its rows the source would refuse changes of it.
  bed.source().sql("ALTER TABLE pgbench_history REPLICA IDENTITY FULL", "shop");
  bed.catch_up();
  initialise(bed.source(), "g");

  TailraceProcess tailrace(bed.run_arguments());
  int kills = 0;
  ASSERT_TRUE(load_and_kill(bed.source(), tailrace, 20, kills)) << tailrace.error_output();
  bed.source().restart();
  ASSERT_TRUE(load_and_kill(bed.source(), tailrace, 20, kills)) << tailrace.error_output();
  bed.target().restart();
  ASSERT_TRUE(load_and_kill(bed.source(), tailrace, 20, kills)) << tailrace.error_output();
  EXPECT_GE(kills, 15);
  EXPECT_TRUE(bed.comes_up_to_date(180s)) << tailrace.error_output();
  EXPECT_EQ(bed.differences(), "");
  EXPECT_NE(bed.source().sql("SELECT count(*) FROM pgbench_history", "shop"), "0");
  expect_nothing_held_back(bed);
}

}  // namespace
}  // namespace tailrace::testing
