// Every source with every target: all types and all kinds of change, tailrace killed on the way.
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/replication/postgres_columns.h"
#include "tests/support/replication/replication_bed.h"
#include "tests/support/replication/workload.h"

namespace tailrace::testing {
namespace {

class MatrixTest : public ::testing::TestWithParam<EnginePair> {};

Values values_for(const EnginePair& pair) {
  return is_postgres(pair.source) && is_postgres(pair.target) ? Values::postgres_only
                                                              : Values::everywhere;
}

TEST_P(MatrixTest, EndsEqualThroughKills) {
  const EnginePair& pair = GetParam();
  if (bed_missing(why_unavailable(pair.source))) return;
  if (bed_missing(why_unavailable(pair.target))) return;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);

  // Small, so that transactions of some thousand rows are sent before they are committed.
  BedOptions options;
  if (is_postgres(pair.source)) options.source_arguments = {"-c", "logical_decoding_work_mem=64kB"};
  ReplicationBed bed(pair.source, pair.target, options);
  create_workload_tables(bed.source());
  // Types of the user's own are the same at the target where somebody made them, else text.
  if (values_for(pair) == Values::postgres_only && random() % 2 == 0) {
    bed.target_sql("CREATE SCHEMA shop;" + std::string(kSampleTypes));
  }
  bed.catch_up();
  for (int round = 0; round < 2; ++round) {
    BackgroundLoad load(bed.source(), static_cast<std::uint32_t>(random()), values_for(pair));
    for (int kills = 0; kills < 6; ++kills) {
      TailraceProcess tailrace(bed.run_arguments());
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 900));
      ASSERT_TRUE(tailrace.running()) << tailrace.error_output();
      tailrace.kill();
    }
    load.stop();
    ASSERT_EQ(load.failure(), "");
    const std::string end = bed.source_position();
    bed.catch_up();
    ASSERT_EQ(bed.differences(), "") << "round " << round;
    ASSERT_TRUE(bed.has_reached(end)) << bed.stored_position() << " is not " << end;
    // Swapped values must not meet there from now on.
    if (round == 0) {
      bed.target_sql("CREATE UNIQUE INDEX by_code ON " + bed.target_table("items") + " (code)");
    }
  }
}

std::vector<EnginePair> every_pair() {
  std::vector<EnginePair> pairs;
  for (const Engine source :
       {Engine::mysql, Engine::mariadb, Engine::postgres15, Engine::postgres18}) {
    for (const Engine target :
         {source == Engine::postgres18 ? Engine::postgres15 : Engine::postgres18, Engine::mysql,
          Engine::mariadb, Engine::sqlite}) {
      pairs.push_back({source, target});
    }
  }
  return pairs;
}

INSTANTIATE_TEST_SUITE_P(Pairs, MatrixTest, ::testing::ValuesIn(every_pair()),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
