// Whole databases from a source to a target, compared value by value.
#include <filesystem>
#include <fstream>
#include <sstream>

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

// The Chinook sample database when it lies beside the project, from one source to two targets.
class ChinookTest : public ::testing::TestWithParam<Engine> {
 protected:
  static std::filesystem::path script() {
    return std::filesystem::path(TAILRACE_SOURCE_DIR) /
           "../shared/datasets/chinook/Chinook_MySql.sql";
  }
};

TEST_P(ChinookTest, OneSourceTwoTargetsKilledOnTheWay) {
  if (!std::filesystem::exists(script())) GTEST_SKIP() << "the Chinook dataset is not there";
  if (bed_missing(why_unavailable(GetParam()))) return;
  if (bed_missing(why_unavailable(Engine::postgres15))) return;
  ReplicationBed bed(GetParam(), Engine::postgres15);
  std::ostringstream sql;
  sql << std::ifstream(script()).rdbuf();
  bed.source().sql(sql.str());
  const std::string lite = "sqlite://" + (bed.folder() / "chinook.db").string();
  const std::vector<std::string> arguments{"run",
                                           "--from",
                                           bed.source_url(),
                                           "--to",
                                           "pg=" + bed.target_url(),
                                           "--to",
                                           "lite=" + lite,
                                           "--tables",
                                           "Chinook.*",
                                           "--start",
                                           "earliest",
                                           "--exit-when-caught-up",
                                           "--max-changes",
                                           "200",
                                           "--state-dir",
                                           (bed.folder() / "state").string()};
  TailraceProcess tailrace(arguments);
  for (int kills = 0; kills < 10; ++kills) {
    static_cast<void>(tailrace.wait(std::chrono::milliseconds(30 + 20 * kills)));
    if (tailrace.running()) tailrace.kill();
    tailrace.start();
  }
  const auto ended = tailrace.wait();
  ASSERT_TRUE(ended);
  ASSERT_TRUE(ended->ok()) << tailrace.error_output();
  for (const std::string& target : {bed.target_url(), lite}) {
    const CompareReport report =
        compare_databases(bed.source_url(), target, {.tables = {"Chinook.*"}});
    EXPECT_EQ(report.tables.size(), 11U);
    EXPECT_TRUE(report.equal()) << describe(report);
    EXPECT_GT(report.source_rows(), 15'000U);
  }
}

INSTANTIATE_TEST_SUITE_P(Sources, ChinookTest, ::testing::Values(Engine::mariadb, Engine::mysql),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
