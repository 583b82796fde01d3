// More than memory, and more than the disk budget: bounded, and still complete.
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/eventually.h"
#include "tests/support/replication/replication_bed.h"
#include "tests/support/replication/workload.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

// One transaction of about 60 MB against a queue of 8 MiB.
TEST(QueueLimits, ATransactionLargerThanTheMemoryBudgetIsAppliedWhole) {
  if (bed_missing(why_unavailable(Engine::mariadb))) return;
  ReplicationBed bed(Engine::mariadb, Engine::sqlite);
  bed.source().sql(R"(
    CREATE TABLE big (id INT NOT NULL PRIMARY KEY, filler VARCHAR(200));
    INSERT INTO big SELECT seq, REPEAT(CHAR(65 + seq % 26), 200) FROM seq_1_to_300000;
    UPDATE big SET filler = REPEAT('z', 100) WHERE id % 1000 = 0;
  )",
                   "shop");
  TailraceProcess tailrace(bed.run_arguments({"--queue-memory", "8MiB"}));
  std::size_t peak_kib = 0;
  EXPECT_TRUE(eventually(
      [&] {
        peak_kib = std::max(peak_kib, tailrace.peak_resident_kib());
        return bed.stored_position() == bed.source_position();
      },
      120s))
      << tailrace.error_output();
  EXPECT_EQ(bed.differences(), "");
  RecordProperty("peak_resident_kib", static_cast<int>(peak_kib));
  EXPECT_LT(peak_kib, 200U << 10);
}

// A dead target and a small disk budget: the other target must not lose anything by it.
TEST(QueueLimits, AFullDiskBudgetHoldsTheSourceBackUntilTheTargetReturns) {
  if (bed_missing(why_unavailable(Engine::mariadb))) return;
  if (bed_missing(why_unavailable(Engine::postgres15))) return;
  ReplicationBed bed(Engine::mariadb, Engine::postgres15);
  const std::string other = "sqlite://" + (bed.folder() / "other.db").string();
  bed.source().sql("CREATE TABLE t (id INT NOT NULL PRIMARY KEY, filler VARCHAR(1000))", "shop");
  TailraceProcess tailrace(bed.run_arguments(
      {"--to", "other=" + other, "--queue-memory", "1MiB", "--queue-disk", "4MiB"}));
  ASSERT_TRUE(eventually([&] { return bed.stored_position() == bed.source_position(); }))
      << tailrace.error_output();
  bed.target().stop(StopMode::graceful);
  for (int i = 0; i < 20; ++i) {
    bed.source().sql("INSERT INTO t SELECT seq + " + std::to_string(i * 1000) +
                         ", REPEAT('x', 1000) FROM seq_1_to_1000",
                     "shop");
  }
  EXPECT_TRUE(eventually([&] {
    return tailrace.error_output().find("queue is full") != std::string::npos;
  })) << tailrace.error_output();
  std::uintmax_t spilled = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(bed.folder() / "state")) {
    if (entry.is_regular_file()) spilled += entry.file_size();
  }
  EXPECT_LE(spilled, 6U << 20);
  bed.target().start();
  EXPECT_TRUE(eventually([&] { return bed.stored_position() == bed.source_position(); }, 90s))
      << tailrace.error_output();
  EXPECT_EQ(bed.differences(), "");
}

}  // namespace
}  // namespace tailrace::testing
