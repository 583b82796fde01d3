// The real pt-online-schema-change changes tables of a source that is written to, with targets of
// several kinds, and the daemon is killed in the middle of it. One of its runs is killed, too, and
// what it leaves is dropped by hand, some of it only after the next run.
#include <chrono>
#include <iostream>
#include <random>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/eventually.h"
#include "tests/support/schema_changes/change_list.h"
#include "tests/support/schema_changes/many_targets_bed.h"
#include "tests/support/schema_changes/online_change.h"
#include "tests/support/schema_changes/table_writers.h"
#include "tests/support/tailrace_process.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

// Rows with keys that no writer knows: no change makes them others.
constexpr int kSteadyRows = 30;
constexpr int kFirstSteady = 1'000'000;

struct Targets {
  Engine source;
  std::vector<Engine> targets;
};

void PrintTo(const Targets& targets, std::ostream* out) {
  *out << name_of(targets.source);
}

class SchemaLoadTools : public ::testing::TestWithParam<Targets> {
 protected:
  void SetUp() override {
    skip_ = bed_missing(OnlineChange::why_unavailable());
    skip_ |= bed_missing(why_unavailable(GetParam().source));
    for (const Engine engine : GetParam().targets) skip_ |= bed_missing(why_unavailable(engine));
  }

  void fill(ManyTargetsBed& bed, std::uint32_t seed) {
    create_changing_tables(bed.source());
    fill_tables(bed.source(), seed, 1500);
    // The tool copies in one piece what it takes for small.
    bed.source().sql("ANALYZE TABLE customers, orders", "shop");
    for (int id = kFirstSteady; id < kFirstSteady + kSteadyRows; ++id) {
      const std::string key = std::to_string(id);
      bed.source().sql("INSERT INTO customers (id, name) VALUES (" + key + ", 'steady');" +
                           "INSERT INTO orders (id, customer) VALUES (" + key + ", 1)",
                       "shop");
    }
  }

  // At every target, whatever the tool is doing: no table of its own, and no row missing.
  static void look_at_targets(const ManyTargetsBed& bed) {
    for (const std::string& sink : bed.sinks()) {
      ASSERT_EQ(bed.underscored_tables(sink), std::vector<std::string>()) << sink;
      for (const char* table : {"customers", "orders"}) {
        ASSERT_EQ(bed.target_sql(sink, "SELECT count(*) FROM " + bed.target_table(sink, table) +
                                           " WHERE id >= " + std::to_string(kFirstSteady)),
                  std::to_string(kSteadyRows))
            << table << " of " << sink;
      }
    }
  }

  // Rows that the tool has copied so far; none before it has its table, or after that has gone.
  static int copied_rows(ManyTargetsBed& bed, const std::string& copy) {
    try {
      return std::stoi(bed.source().sql("SELECT count(*) FROM " + copy, "shop"));
    } catch (const std::runtime_error&) {
      return 0;
    }
  }

  static bool is_copying(ManyTargetsBed& bed, const std::string& copy) {
    return eventually([&] { return copied_rows(bed, copy) > 200; }, 30s);
  }

  void kill(TailraceProcess& tailrace) {
    tailrace.kill();
    std::this_thread::sleep_for(std::chrono::milliseconds(random_() % 100));
    tailrace.start();
  }

  // One run from its beginning to its end; the daemon is killed twice meanwhile.
  void change(ManyTargetsBed& bed, TailraceProcess& tailrace, const std::string& table,
              const std::string& copy, const std::string& alter,
              const std::vector<std::string>& more = {}) {
    OnlineChange tool(bed.source(), table, alter, more);
    ASSERT_TRUE(is_copying(bed, copy)) << tool.said();
    kill(tailrace);
    while (tool.running()) ASSERT_NO_FATAL_FAILURE(look_at_targets(bed));
    kill(tailrace);
    ASSERT_NO_THROW(tool.finish());
    ASSERT_NO_FATAL_FAILURE(look_at_targets(bed));
  }

  bool skip_ = false;
  std::mt19937 random_;
};

TEST_P(SchemaLoadTools, PtOnlineSchemaChangeIsFollowed) {
  if (skip_) return;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  random_.seed(seed);
  ManyTargetsBed bed(GetParam().source, GetParam().targets);
  fill(bed, seed);
  TableWriters writers(bed.source(), seed, 3, 4ms);
  TailraceProcess tailrace(bed.run_arguments());
  for (const std::string& sink : bed.sinks()) {
    ASSERT_TRUE(bed.finishes_copy(sink, 60s)) << bed.describe() << tailrace.error_output();
  }
  ASSERT_NO_FATAL_FAILURE(look_at_targets(bed));

  ASSERT_NO_FATAL_FAILURE(change(bed, tailrace, "customers", "_customers_new",
                                 "ADD COLUMN level SMALLINT NOT NULL DEFAULT 4, DROP COLUMN email,"
                                 " MODIFY name VARCHAR(80) NOT NULL, ADD INDEX by_state (state)",
                                 {"--no-drop-old-table"}));
  {
    OnlineChange killed(bed.source(), "orders", "DROP COLUMN status");
    ASSERT_TRUE(is_copying(bed, "_orders_new")) << killed.said();
    killed.kill();
  }
  drop_triggers_of(bed.source(), "orders");
  // Its table is still there, and what comes next takes another name.
  ASSERT_NO_FATAL_FAILURE(
      change(bed, tailrace, "orders", "__orders_new",
             "ADD COLUMN priority INT NOT NULL DEFAULT 3, MODIFY total BIGINT"));
  bed.source().sql("DROP TABLE _orders_new, _customers_old", "shop");
  writers.stop();
  ASSERT_EQ(writers.failure(), "");
  EXPECT_GT(writers.committed(), 200);

  for (const std::string& sink : bed.sinks()) {
    SCOPED_TRACE(sink);
    ASSERT_TRUE(bed.becomes_exact(sink, 60s)) << bed.describe() << tailrace.error_output();
    std::vector<std::string> differences;
    const auto follows = [&] { return (differences = bed.schema_differences(sink, {})).empty(); };
    EXPECT_TRUE(eventually(follows, 20s)) << ::testing::PrintToString(differences);
    EXPECT_EQ(bed.row_differences(sink), "");
  }
  ASSERT_NO_FATAL_FAILURE(look_at_targets(bed));
  // What both tools promise was enough: no table was copied a second time.
  EXPECT_EQ(tailrace.error_output().find("copied again"), std::string::npos)
      << tailrace.error_output();
}

INSTANTIATE_TEST_SUITE_P(
    Sources, SchemaLoadTools,
    ::testing::Values(Targets{Engine::mariadb,
                              {Engine::postgres18, Engine::mariadb, Engine::sqlite}},
                      Targets{Engine::mysql, {Engine::postgres15, Engine::mysql, Engine::sqlite}}),
    [](const auto& instance) { return name_of(instance.param.source); });

}  // namespace
}  // namespace tailrace::testing
