// tailrace is killed at random moments under load; source and target are compared whole after each.
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "tests/support/beds.h"
#include "tests/support/replication/replication_bed.h"
#include "tests/support/replication/workload.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

struct Pair {
  Engine source;
  Engine target;
};

void PrintTo(const Pair& pair, std::ostream* out) {
  *out << name_of(pair.source) << " to " << name_of(pair.target);
}

class KillTest : public ::testing::TestWithParam<Pair> {};

TEST_P(KillTest, NothingIsLostOrDoubled) {
  if (bed_missing(why_unavailable(GetParam().source))) return;
  if (bed_missing(why_unavailable(GetParam().target))) return;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);

  ReplicationBed bed(GetParam().source, GetParam().target);
  create_workload_tables(bed.source());
  for (int kills = 0; kills < 20;) {
    BackgroundLoad load(bed.source(), random());
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
                         ::testing::Values(Pair{Engine::mariadb, Engine::postgres15},
                                           Pair{Engine::mariadb, Engine::mariadb},
                                           Pair{Engine::mariadb, Engine::sqlite},
                                           Pair{Engine::mysql, Engine::mysql},
                                           Pair{Engine::mysql, Engine::postgres18}),
                         [](const auto& info) {
                           return std::string(name_of(info.param.source)) + "_to_" +
                                  std::string(name_of(info.param.target));
                         });

}  // namespace
}  // namespace tailrace::testing
