// Targets and connections that go away while tailrace works on them.
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

class TargetOutageTest : public ::testing::TestWithParam<Engine> {};

TEST_P(TargetOutageTest, TheTargetIsKilledAndStartedAgain) {
  if (bed_missing(why_unavailable(Engine::mariadb))) return;
  if (bed_missing(why_unavailable(GetParam()))) return;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  ReplicationBed bed(Engine::mariadb, GetParam());
  create_workload_tables(bed.source());
  BackgroundLoad load(bed.source(), seed);
  TailraceProcess tailrace(bed.run_arguments());
  for (const StopMode mode : {StopMode::crash, StopMode::graceful, StopMode::crash}) {
    std::this_thread::sleep_for(700ms);
    bed.target().stop(mode);
    std::this_thread::sleep_for(300ms);
    bed.target().start();
  }
  std::this_thread::sleep_for(500ms);
  load.stop();
  EXPECT_TRUE(eventually([&] { return bed.stored_position() == bed.source_position(); }, 60s))
      << tailrace.error_output();
  tailrace.terminate();
  const auto ended = tailrace.wait(20s);
  ASSERT_TRUE(ended);
  EXPECT_TRUE(ended->ok()) << tailrace.error_output();
  EXPECT_EQ(bed.differences(), "");
}

TEST_P(TargetOutageTest, TheSourceConnectionIsCutInTheMiddleOfTransactions) {
  if (bed_missing(why_unavailable(Engine::mariadb))) return;
  if (bed_missing(why_unavailable(GetParam()))) return;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  ReplicationBed bed(Engine::mariadb, GetParam());
  create_workload_tables(bed.source());
  FaultProxy proxy(bed.source().port());
  ServerUrl through = bed.source().address();
  through.port = proxy.port();
  BackgroundLoad load(bed.source(), seed);
  TailraceProcess tailrace(bed.run_arguments({}, to_string(through)));
  for (int cuts = 0; cuts < 15; ++cuts) {
    proxy.cut_after(100'000 + random() % 100'000);  // behind the connection's set-up
    EXPECT_TRUE(eventually([&] { return proxy.cut_count() > static_cast<unsigned>(cuts); }, 60s));
  }
  load.stop();
  EXPECT_TRUE(eventually([&] { return bed.stored_position() == bed.source_position(); }, 60s))
      << tailrace.error_output();
  EXPECT_EQ(bed.differences(), "");
}

INSTANTIATE_TEST_SUITE_P(Targets, TargetOutageTest,
                         ::testing::Values(Engine::postgres15, Engine::mariadb),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
