// Prepared transactions of a PostgreSQL source arrive whole when they are committed, whatever is
// restarted in between.
#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {
namespace {

class TwoPhaseTest : public ::testing::TestWithParam<EnginePair> {};

TEST_P(TwoPhaseTest, ArrivesAtItsSecondPhase) {
  if (bed_missing(why_unavailable(GetParam().source))) return;
  if (bed_missing(why_unavailable(GetParam().target))) return;
  ReplicationBed bed(GetParam().source, GetParam().target,
                     {.source_arguments = {"-c", "logical_decoding_work_mem=64kB"}});
  bed.source().sql("CREATE TABLE t (id integer PRIMARY KEY, v text)", "shop");
  bed.catch_up();
  bed.source().sql(R"(
    BEGIN; INSERT INTO t VALUES (1, 'kept'); PREPARE TRANSACTION 'will commit';
    BEGIN; INSERT INTO t VALUES (2, 'gone'); PREPARE TRANSACTION 'will roll back';
    BEGIN; INSERT INTO t SELECT n, repeat('x', 100) FROM generate_series(1001, 4000) n;
    PREPARE TRANSACTION 'large';
    INSERT INTO t VALUES (3, 'meanwhile');
  )",
                   "shop");
  bed.catch_up();
  const std::string ids =
      "SELECT id FROM " + bed.target_table("t") + " WHERE id < 1000 ORDER BY id";
  EXPECT_EQ(bed.target_sql(ids), "3");
  TailraceProcess tailrace(bed.run_arguments());
  ASSERT_TRUE(bed.comes_up_to_date()) << tailrace.error_output();
  tailrace.kill();
  bed.source().restart(StopMode::crash);
  tailrace.start();
  bed.source().sql("ROLLBACK PREPARED 'will roll back'; COMMIT PREPARED 'will commit'", "shop");
  ASSERT_TRUE(bed.comes_up_to_date()) << tailrace.error_output();
  EXPECT_EQ(bed.target_sql(ids), "1\n3");
  bed.source().sql("COMMIT PREPARED 'large'; UPDATE t SET v = v || '!'", "shop");
  ASSERT_TRUE(bed.comes_up_to_date()) << tailrace.error_output();
  EXPECT_EQ(bed.differences(), "");
}

INSTANTIATE_TEST_SUITE_P(Pairs, TwoPhaseTest,
                         ::testing::Values(EnginePair{Engine::postgres15, Engine::postgres18},
                                           EnginePair{Engine::postgres18, Engine::sqlite}),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
