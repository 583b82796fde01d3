// Whole databases from a source to a target, compared value by value.
#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/compare/compare.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/mysql_server.h"
#include "tests/support/postgres_server.h"
#include "tests/support/replication/replication_bed.h"
#include "tests/support/replication/workload.h"

namespace tailrace::testing {
namespace {

class ReplicationTest : public ::testing::TestWithParam<EnginePair> {
 protected:
  bool missing() {
    return bed_missing(why_unavailable(GetParam().source)) ||
           bed_missing(why_unavailable(GetParam().target));
  }
};

TEST_P(ReplicationTest, ARandomWorkloadEndsEqual) {
  if (missing()) return;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  ReplicationBed bed(GetParam().source, GetParam().target);
  create_workload_tables(bed.source());
  const auto workload = Workload::of(bed.source(), seed);
  for (int round = 0; round < 3; ++round) {
    bed.source().sql(workload->transactions(300), "shop");
    bed.catch_up();
    ASSERT_EQ(bed.differences(), "") << "round " << round;
    ASSERT_EQ(bed.stored_position(), bed.source_position());
  }
}

TEST_P(ReplicationTest, TruncateAndDropReachTheTarget) {
  if (missing()) return;
  ReplicationBed bed(GetParam().source, GetParam().target);
  bed.source().sql(R"(
    CREATE TABLE kept (id INT PRIMARY KEY, v VARCHAR(10));
    CREATE TABLE gone (id INT PRIMARY KEY);
    INSERT INTO kept VALUES (1, 'a'), (2, 'b');
    INSERT INTO gone VALUES (1);
    TRUNCATE TABLE kept;
    INSERT INTO kept VALUES (3, 'c');
  )",
                   "shop");
  bed.catch_up();
  ASSERT_EQ(bed.differences(), "");
  bed.source().sql(
      "DROP TABLE gone; INSERT INTO kept VALUES (4, 'd'); CREATE TABLE gone (id INT "
      "PRIMARY KEY, other INT); INSERT INTO gone VALUES (7, 8)",
      "shop");
  bed.catch_up();
  EXPECT_EQ(bed.differences(), "");
}

INSTANTIATE_TEST_SUITE_P(Pairs, ReplicationTest,
                         ::testing::Values(EnginePair{Engine::mariadb, Engine::postgres15},
                                           EnginePair{Engine::mariadb, Engine::mariadb},
                                           EnginePair{Engine::mariadb, Engine::sqlite},
                                           EnginePair{Engine::mariadb, Engine::mysql},
                                           EnginePair{Engine::mysql, Engine::postgres18},
                                           EnginePair{Engine::mysql, Engine::mysql},
                                           EnginePair{Engine::mysql, Engine::mariadb},
                                           EnginePair{Engine::mysql, Engine::sqlite}),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
