// Changes of a PostgreSQL source's tables, of which its log says nothing: the target ends with the
// same columns and rows.
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {
namespace {

// Each is followed by rows. None of them makes rows that only a copy could bring.
const std::vector<std::string> kChanges = {
    "ALTER TABLE t ADD COLUMN a int",
    "ALTER TABLE t ADD COLUMN b int NOT NULL DEFAULT 7",
    "ALTER TABLE t ADD COLUMN c varchar(20) NOT NULL DEFAULT E'it''s\\\\n ü'",
    "ALTER TABLE t ADD COLUMN d numeric(8,2) DEFAULT 1.5, ADD COLUMN e bigint NOT NULL DEFAULT 2",
    "ALTER TABLE t ADD COLUMN f timestamptz NOT NULL DEFAULT now()",
    "ALTER TABLE t ADD COLUMN g boolean DEFAULT true, ADD COLUMN j jsonb DEFAULT '{\"k\": 1}'",
    "ALTER TABLE t ALTER COLUMN c TYPE varchar(60)",
    "ALTER TABLE t ALTER COLUMN d TYPE numeric(12,2)",
    "ALTER TABLE t ALTER COLUMN b DROP NOT NULL",
    "ALTER TABLE t RENAME COLUMN a TO a2",
    "ALTER TABLE t DROP COLUMN d",
    "UPDATE t SET a2 = id WHERE a2 IS NULL; ALTER TABLE t ALTER COLUMN a2 SET DEFAULT 4, "
    "ALTER COLUMN a2 SET NOT NULL",
    "BEGIN; ALTER TABLE t ADD COLUMN h int; UPDATE t SET h = id; ALTER TABLE t ALTER COLUMN h SET "
    "DEFAULT 1, ALTER COLUMN h SET NOT NULL; COMMIT",
    "TRUNCATE u",
    "ALTER TABLE t DROP COLUMN e; ALTER TABLE t ADD COLUMN e text DEFAULT 'e'",
    "ALTER TABLE t ADD COLUMN m mood DEFAULT 'ok'",
    "ALTER TYPE mood ADD VALUE 'sad' BEFORE 'ok'; INSERT INTO t (id, m) SELECT max(id) + 1, 'sad' "
    "FROM t",
    "VACUUM FULL t",
    "ALTER TABLE t RENAME COLUMN h TO i; ALTER TABLE t ADD COLUMN k int; "
    "ALTER TABLE t ALTER COLUMN v TYPE text",
    "INSERT INTO u VALUES (99, 'u'); ALTER TABLE u RENAME TO w; CREATE VIEW u AS SELECT 0 AS id, "
    "''::text AS v; CREATE RULE r AS "
    "ON INSERT TO u DO INSTEAD INSERT INTO w VALUES (NEW.id, NEW.v)",
};

constexpr const char* kTables =
    "CREATE TYPE mood AS ENUM ('ok', 'happy');"
    "CREATE TABLE t (id int PRIMARY KEY, v varchar(10));"
    "CREATE TABLE u (id int PRIMARY KEY, v varchar(10))";
constexpr const char* kRows =
    "INSERT INTO t VALUES (1, 'one'), (2, 'two'); INSERT INTO u VALUES (1, 'u')";

std::string rows_after(std::size_t change) {
  return "; INSERT INTO t (id, v) SELECT max(id) + 1, 'r' FROM t; UPDATE t SET v = 'w' WHERE id = "
         "1; INSERT INTO u VALUES (" +
         std::to_string(change + 10) + ", 'n')";
}

// "t.id\nt.v": a report of differences looks only for what the source has.
std::vector<std::string> columns_of(DatabaseServer& server, const std::string& database) {
  std::istringstream lines(
      server.sql("SELECT CONCAT(c.table_name, '.', c.column_name) FROM information_schema.columns c"
                 " JOIN information_schema.tables t ON t.table_schema = c.table_schema"
                 " AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'"
                 " WHERE c.table_schema = 'shop'",
                 database));
  std::vector<std::string> columns;
  for (std::string line; std::getline(lines, line);) columns.push_back(line);
  std::sort(columns.begin(), columns.end());
  return columns;
}

struct Run {
  EnginePair pair;
  std::size_t versions;  // that come to pass while nothing runs
};

class PostgresSchemaChanges : public ::testing::TestWithParam<Run> {};

TEST_P(PostgresSchemaChanges, TheTargetEndsWithTheSameColumnsAndRows) {
  const auto& [pair, versions] = GetParam();
  if (bed_missing(why_unavailable(pair.source))) return;
  if (bed_missing(why_unavailable(pair.target))) return;
  ReplicationBed bed(pair.source, pair.target);
  const std::string target_database = is_postgres(pair.target) ? "copy" : "";
  bed.source().sql(kTables, "shop");
  bed.catch_up();
  bed.source().sql(kRows, "shop");
  bed.catch_up();
  for (std::size_t i = 0; i < kChanges.size(); ++i) {
    bed.source().sql(kChanges[i], "shop");
    bed.source().sql(rows_after(i), "shop");
    if (i % versions != versions - 1 && i + 1 != kChanges.size()) continue;
    bed.catch_up();
    ASSERT_EQ(bed.differences(), "") << kChanges[i];
    ASSERT_EQ(columns_of(bed.target(), target_database), columns_of(bed.source(), "shop"))
        << kChanges[i];
  }
}

std::string name_of(const Run& run) {
  return testing::name_of(run.pair) + "_" + std::to_string(run.versions);
}
void PrintTo(const Run& run, std::ostream* out) {
  *out << name_of(run);
}

INSTANTIATE_TEST_SUITE_P(Pairs, PostgresSchemaChanges,
                         ::testing::Values(Run{{Engine::postgres15, Engine::mariadb}, 1},
                                           Run{{Engine::postgres18, Engine::postgres18}, 5}),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
