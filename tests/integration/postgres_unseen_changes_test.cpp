// Changes of a PostgreSQL source's tables that no row follows, while the daemon runs and while it
// does not: the targets end with the same tables, definitions and rows.
#include <exception>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/eventually.h"
#include "tests/support/schema_changes/many_targets_bed.h"
#include "tests/support/tailrace_process.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

constexpr const char* kTables =
    "CREATE TABLE t (id int PRIMARY KEY, v varchar(10), a int NOT NULL);"
    "CREATE TABLE u (id int PRIMARY KEY, v varchar(10));"
    "CREATE TABLE w (id int PRIMARY KEY, v varchar(10));"
    "CREATE TABLE y (id int PRIMARY KEY, n int);"
    "INSERT INTO t VALUES (1, 'one', 3), (2, 'two', 4); INSERT INTO u VALUES (1, 'u');"
    "INSERT INTO w VALUES (1, 'w'); INSERT INTO y VALUES (1, 2)";

// One after the other. The last ones change rows, or whose they are.
const std::vector<std::string> kWatched = {
    "CREATE INDEX by_v ON t (v); ALTER TABLE t ADD COLUMN n int NOT NULL DEFAULT 4;"
    "ALTER TABLE t ALTER COLUMN v SET DEFAULT 'x'; COMMENT ON TABLE t IS 'tt';"
    "CREATE TABLE e (id int PRIMARY KEY, v text NOT NULL)",
    "DROP INDEX by_v; ALTER TABLE t RENAME COLUMN n TO m; ALTER TABLE w RENAME TO x; DROP TABLE u",
    "ALTER TABLE t DROP COLUMN m; ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (id, a);"
    "DROP TABLE x; CREATE TABLE x (word varchar(9) PRIMARY KEY)",
    "ALTER TABLE t ALTER COLUMN a TYPE bigint USING a * 2; BEGIN; ALTER TABLE t RENAME TO z;"
    "ALTER TABLE y RENAME TO t; ALTER TABLE z RENAME TO y; COMMIT",
};
// All of them while nothing runs.
constexpr const char* kMissed =
    "CREATE INDEX by_v ON y (v); ALTER TABLE y ALTER COLUMN v DROP DEFAULT; DROP TABLE x;"
    "ALTER TABLE e RENAME TO f; ALTER TABLE t ADD COLUMN more text DEFAULT 'more';"
    "CREATE TABLE g (id int PRIMARY KEY)";

struct Run {
  Engine source;
  std::vector<Engine> targets;
};

void PrintTo(const Run& run, std::ostream* out) {
  *out << name_of(run.source);
}

class PostgresUnseenChanges : public ::testing::TestWithParam<Run> {};

TEST_P(PostgresUnseenChanges, AreFollowed) {
  bool missing = bed_missing(why_unavailable(GetParam().source));
  for (const Engine engine : GetParam().targets) missing |= bed_missing(why_unavailable(engine));
  if (missing) return;
  ManyTargetsBed bed(GetParam().source, GetParam().targets);
  bed.source().sql(kTables, "shop");
  TailraceProcess tailrace(bed.run_arguments());
  const auto expect_equal = [&] {
    for (const std::string& sink : bed.sinks()) {
      std::vector<std::string> schemas;
      std::string rows;
      const auto equal = [&] {
        // A copy ends behind a position that an idle server comes to after many seconds.
        bed.source().sql("SELECT txid_current()");
        const auto report = bed.report_of(sink);
        try {
          schemas = bed.schema_differences(sink, {});
          rows = schemas.empty() ? bed.row_differences(sink) : "not compared";
        } catch (const std::exception& error) {
          rows = error.what();  // a table may go while it is looked at
        }
        return report && report->phase == "exact" && report->error.empty() && rows.empty();
      };
      ASSERT_TRUE(eventually(equal, 40s)) << sink << ::testing::PrintToString(schemas) << rows
                                          << bed.describe() << tailrace.error_output();
    }
  };
  ASSERT_NO_FATAL_FAILURE(expect_equal());
  for (const std::string& change : kWatched) {
    SCOPED_TRACE(change);
    bed.source().sql(change, "shop");
    ASSERT_NO_FATAL_FAILURE(expect_equal());
  }
  tailrace.kill();
  bed.source().sql(kMissed, "shop");
  tailrace.start();
  SCOPED_TRACE(kMissed);
  expect_equal();
}

INSTANTIATE_TEST_SUITE_P(Sources, PostgresUnseenChanges,
                         ::testing::Values(Run{Engine::postgres15,
                                               {Engine::mariadb, Engine::sqlite}},
                                           Run{Engine::postgres18, {Engine::postgres18}}),
                         [](const auto& instance) { return name_of(instance.param.source); });

}  // namespace
}  // namespace tailrace::testing
