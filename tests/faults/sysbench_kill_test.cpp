// sysbench writes for a minute while tailrace is killed every three seconds.
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

constexpr auto kLoadTime = 60s;

std::vector<std::string> sysbench(const DatabaseServer& source, const std::string& command) {
  return {"sysbench",
          "oltp_write_only",
          "--db-driver=mysql",
          "--mysql-host=127.0.0.1",
          "--mysql-port=" + std::to_string(source.port()),
          "--mysql-user=root",
          "--mysql-db=shop",
          "--tables=2",
          "--table-size=20000",
          "--threads=2",
          "--rate=400",
          "--time=" + std::to_string(kLoadTime.count()),
          command};
}

class SysbenchKillTest : public ::testing::TestWithParam<EnginePair> {};

TEST_P(SysbenchKillTest, EndsEqualAtTheSourcesPosition) {
  if (find_program("sysbench").empty()) GTEST_SKIP() << "sysbench is not installed";
  if (bed_missing(why_unavailable(GetParam().source))) return;
  if (bed_missing(why_unavailable(GetParam().target))) return;
  ReplicationBed bed(GetParam().source, GetParam().target);
  const CommandResult prepared = run_command({.arguments = sysbench(bed.source(), "prepare")});
  ASSERT_TRUE(prepared.ended.ok()) << prepared.output << prepared.error_output;

  ChildProcess load = ChildProcess::spawn(
      {.arguments = sysbench(bed.source(), "run"), .output = bed.folder() / "sysbench.log"});
  TailraceProcess tailrace(bed.run_arguments());
  int kills = 0;
  while (!load.wait(3s)) {
    ASSERT_TRUE(tailrace.running()) << tailrace.error_output();
    tailrace.kill();
    tailrace.start();
    ++kills;
  }
  tailrace.kill();
  EXPECT_GE(kills, 15);
  bed.catch_up();
  EXPECT_EQ(bed.differences(), "");
  EXPECT_EQ(bed.stored_position(), bed.source_position());
}

INSTANTIATE_TEST_SUITE_P(Pairs, SysbenchKillTest,
                         ::testing::Values(EnginePair{Engine::mysql, Engine::postgres15},
                                           EnginePair{Engine::mariadb, Engine::mariadb}),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
