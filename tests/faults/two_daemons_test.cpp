// Two daemons on one pipeline and sink: the second takes over, the first stops; never both.
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/eventually.h"
#include "tests/support/replication/replication_bed.h"
#include "tests/support/replication/workload.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

class TwoDaemonsTest : public ::testing::TestWithParam<Engine> {};

TEST_P(TwoDaemonsTest, TheFirstStopsAndTheSecondGoesOn) {
  if (bed_missing(why_unavailable(Engine::mariadb))) return;
  if (bed_missing(why_unavailable(GetParam()))) return;
  ReplicationBed bed(Engine::mariadb, GetParam());
  create_workload_tables(bed.source());
  BackgroundLoad load(bed.source(), std::random_device{}());
  TailraceProcess first(bed.run_arguments());
  ASSERT_TRUE(eventually([&] { return !bed.stored_position().empty(); })) << first.error_output();
  auto arguments = bed.run_arguments();
  arguments.back() = (bed.folder() / "second-state").string();
  TailraceProcess second(arguments);
  const auto ended = first.wait(30s);
  ASSERT_TRUE(ended) << first.error_output();
  EXPECT_EQ(ended->status, 1);
  EXPECT_NE(first.error_output().find("fenced"), std::string::npos) << first.error_output();
  EXPECT_TRUE(second.running()) << second.error_output();
  load.stop();
  EXPECT_TRUE(eventually([&] { return bed.stored_position() == bed.source_position(); }, 60s))
      << second.error_output();
  EXPECT_EQ(bed.differences(), "");
}

INSTANTIATE_TEST_SUITE_P(Targets, TwoDaemonsTest,
                         ::testing::Values(Engine::postgres15, Engine::mariadb, Engine::mysql,
                                           Engine::sqlite),
                         [](const auto& instance) { return name_of(instance.param); });

TEST(TwoDaemons, OneStateFolderServesOneOfThem) {
  if (bed_missing(why_unavailable(Engine::mariadb))) return;
  ReplicationBed bed(Engine::mariadb, Engine::sqlite);
  bed.source().sql("CREATE TABLE t (id INT PRIMARY KEY)", "shop");
  TailraceProcess first(bed.run_arguments());
  ASSERT_TRUE(eventually([&] { return !bed.stored_position().empty(); })) << first.error_output();
  const CommandResult second = run_tailrace(bed.run_arguments());
  EXPECT_FALSE(second.ended.ok());
  EXPECT_NE(second.error_output.find("another tailrace runs this pipeline"), std::string::npos)
      << second.error_output;
  EXPECT_TRUE(first.running());
}

}  // namespace
}  // namespace tailrace::testing
