// tailrace is killed at random moments under load; source and target are compared whole after each.
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/replication/replication_bed.h"
#include "tests/support/replication/workload.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

class KillTest : public ::testing::TestWithParam<EnginePair> {};

TEST_P(KillTest, NothingIsLostOrDoubled) {
  if (bed_missing(why_unavailable(GetParam().source))) return;
  if (bed_missing(why_unavailable(GetParam().target))) return;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);

  ReplicationBed bed(GetParam().source, GetParam().target);
  create_workload_tables(bed.source());
  for (int kills = 0; kills < 20;) {
    BackgroundLoad load(bed.source(), static_cast<std::uint32_t>(random()));
    for (int in_a_row = 0; in_a_row < 4; ++in_a_row, ++kills) {
      TailraceProcess tailrace(bed.run_arguments());
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 400));
      ASSERT_TRUE(tailrace.running()) << tailrace.error_output();
      tailrace.kill();
    }
    load.stop();
    bed.catch_up();
    ASSERT_EQ(bed.differences(), "") << "after " << kills << " kills";
    ASSERT_EQ(bed.stored_position(), bed.source_position());
  }
}

INSTANTIATE_TEST_SUITE_P(Pairs, KillTest,
                         ::testing::Values(EnginePair{Engine::mariadb, Engine::postgres15},
                                           EnginePair{Engine::mariadb, Engine::mariadb},
                                           EnginePair{Engine::mariadb, Engine::sqlite},
                                           EnginePair{Engine::mysql, Engine::mysql},
                                           EnginePair{Engine::mysql, Engine::postgres18}),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
