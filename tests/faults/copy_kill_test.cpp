// Tables that exist are copied while they are written to, and tailrace is killed on the way.
#include <algorithm>
#include <cstdlib>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/eventually.h"
#include "tests/support/replication/large_table.h"
#include "tests/support/replication/replication_bed.h"
#include "tests/support/replication/workload.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

constexpr int kKills = 5;
// TAILRACE_TEST_COPY_ROWS=10000000 is the real thing: minutes per pair, and gigabytes.
int rows() {
  static const char* const kWanted = std::getenv("TAILRACE_TEST_COPY_ROWS");
  return kWanted == nullptr ? 12'000 : std::max(std::atoi(kWanted), 12'000);
}
bool is_large() {
  return rows() > 1'000'000;
}
// So slow that the copy outlives the kills, and so small chunks that a restart has something to
// keep. Without a limit it would be over before the first look at it.
constexpr const char* kSlowly = R"("copy": {"workers": 3, "chunk_rows": 250, "max_rows": 600})";
constexpr const char* kQuickly = R"("copy": {"workers": 3})";

class CopyKill : public ::testing::TestWithParam<EnginePair> {};

TEST_P(CopyKill, EndsEqualAndKeepsWhatWasDone) {
  if (bed_missing(why_unavailable(GetParam().source))) return;
  if (bed_missing(why_unavailable(GetParam().target))) return;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);

  ReplicationBed bed(GetParam().source, GetParam().target);
  create_workload_tables(bed.source());
  bed.source().sql(Workload::of(bed.source(), seed)->transactions(150), "shop");
  create_large_table(bed.source(), rows());

  BackgroundLoad load(bed.source(), static_cast<std::uint32_t>(random()));
  LargeTableLoad large_load(bed.source(), rows(), static_cast<std::uint32_t>(random()));
  TailraceProcess tailrace(bed.run_arguments_of({.sink_options = is_large() ? kQuickly : kSlowly}));
  // A large copy is killed all along its way, a small one as soon as it has something to keep.
  const std::uint64_t step = is_large() ? static_cast<std::uint64_t>(rows() / (kKills + 2)) : 0;
  const auto patience = is_large() ? 600s : 60s;
  std::uint64_t copied = 0;
  for (int kills = 0; kills < kKills; ++kills) {
    ASSERT_TRUE(eventually(
        [&] {
          const auto report = bed.report_of();
          return report && report->phase == "copying" && report->copied_rows > copied + step;
        },
        patience))
        << "no progress behind " << copied << " rows: " << tailrace.error_output();
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 300));
    ASSERT_TRUE(tailrace.running()) << tailrace.error_output();
    copied = bed.report_of()->copied_rows;
    tailrace.kill();
    tailrace.start();
  }
  EXPECT_GT(copied, 0U);
  tailrace.kill();
  TailraceProcess rest(bed.run_arguments_of({.sink_options = kQuickly}));
  ASSERT_TRUE(eventually([&] { return bed.report_of()->phase == "exact"; }, patience))
      << bed.report_of()->phase << ": " << bed.report_of()->error << rest.error_output();
  load.stop();
  large_load.stop();
  ASSERT_EQ(load.failure(), "");
  ASSERT_EQ(large_load.failure(), "");
  EXPECT_GT(large_load.transactions(), 0);
  ASSERT_TRUE(bed.becomes_exact(patience)) << rest.error_output();
  EXPECT_EQ(bed.differences(), "");
}

// Every engine takes part on either side; TAILRACE_TEST_COPY_PAIRS=all takes each with each.
std::vector<EnginePair> pairs() {
  if (std::getenv("TAILRACE_TEST_COPY_PAIRS") == nullptr) {
    return {{Engine::mariadb, Engine::postgres18},
            {Engine::mysql, Engine::mariadb},
            {Engine::postgres18, Engine::mysql},
            {Engine::postgres15, Engine::postgres18},
            {Engine::postgres15, Engine::sqlite}};
  }
  std::vector<EnginePair> all;
  for (const Engine source : {Engine::mysql, Engine::mariadb, Engine::postgres18}) {
    for (const Engine target :
         {Engine::mysql, Engine::mariadb, Engine::postgres18, Engine::sqlite}) {
      all.push_back({source, target});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Pairs, CopyKill, ::testing::ValuesIn(pairs()),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
