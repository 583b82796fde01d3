// The whole list can be done on every kind of source while it is written to, and the tools' copies
// lose no row.
#include "tests/support/schema_changes/change_list.h"

#include <memory>
#include <random>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/replication/engine_server.h"
#include "tests/support/replication/replication_bed.h"
#include "tests/support/schema_changes/change_tables.h"
#include "tests/support/schema_changes/table_writers.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

class ChangeListTest : public ::testing::TestWithParam<Engine> {};

TEST_P(ChangeListTest, CanBeDoneUnderLoad) {
  if (bed_missing(why_unavailable(GetParam()))) return;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  const auto source = start_shop(GetParam());
  create_changing_tables(*source);
  fill_tables(*source, seed, 200);
  TableWriters writers(*source, seed, 3, 1ms);
  const auto changes = table_changes(source->kind());
  EXPECT_GE(changes.size(), 30U);
  for (const TableChange& change : changes) {
    ASSERT_NO_THROW(change_table(*source, change, writers.keys())) << change.name;
  }
  writers.stop();
  EXPECT_EQ(writers.failure(), "");
  EXPECT_GT(writers.committed(), 100);
  EXPECT_GT(writers.committed(), writers.refused() / 4);
}

INSTANTIATE_TEST_SUITE_P(Sources, ChangeListTest,
                         ::testing::Values(Engine::mariadb, Engine::mysql, Engine::postgres18),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
