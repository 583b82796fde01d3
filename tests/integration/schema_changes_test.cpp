// Changes of the source's tables under way: the target ends with the same columns and rows.
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {
namespace {

// Each is followed by a row, which brings the types.
const std::vector<std::string> kChanges = {
    "ALTER TABLE t ADD COLUMN a INT",
    "ALTER TABLE t ADD COLUMN b INT NOT NULL DEFAULT 7",
    "ALTER TABLE t ADD COLUMN c VARCHAR(20) NOT NULL DEFAULT 'it''s\\\\n ü'",
    "ALTER TABLE t ADD COLUMN d DECIMAL(8,2) DEFAULT 1.5, ADD COLUMN e BIGINT NOT NULL; "
    "ALTER TABLE t ALTER COLUMN e SET DEFAULT 2",
    "ALTER TABLE t ADD COLUMN f DATETIME(3) DEFAULT '2024-01-02 03:04:05'",
    "ALTER TABLE t ADD COLUMN g ENUM('x','y') NOT NULL DEFAULT 'y'",
    "ALTER TABLE t MODIFY a BIGINT",
    "ALTER TABLE t MODIFY c VARCHAR(60) NOT NULL DEFAULT 'z'",
    "ALTER TABLE t MODIFY d DECIMAL(12,4)",
    "ALTER TABLE t MODIFY b INT NULL",
    "ALTER TABLE t RENAME COLUMN a TO a2",
    "ALTER TABLE t CHANGE b b2 BIGINT",
    "ALTER TABLE t DROP COLUMN d",
    "ALTER TABLE t DROP COLUMN e, ADD COLUMN e INT NOT NULL DEFAULT 3",
    "ALTER TABLE t ADD INDEX i (a2)",
    "ALTER TABLE t ADD COLUMN first_one INT DEFAULT -4 FIRST",
    "RENAME TABLE u TO u_away; RENAME TABLE u_away TO u, t TO t_away; RENAME TABLE t_away TO t",
    "TRUNCATE TABLE u",
    // Each has the other's place, and its own again.
    "RENAME TABLE t TO x, u TO t, x TO u; INSERT INTO t VALUES (5000, 'x'); "
    "RENAME TABLE u TO x, t TO u, x TO t",
    "ALTER TABLE u DROP PRIMARY KEY, ADD PRIMARY KEY (id, v); INSERT INTO u VALUES (5000, 'y')",
    "ALTER TABLE u DROP PRIMARY KEY; INSERT INTO u VALUES (5000, 'y')",
    "DELETE FROM u WHERE id = 5000; ALTER TABLE u ADD PRIMARY KEY (id)",
    "CREATE TABLE _t_gho LIKE t; ALTER TABLE _t_gho ADD COLUMN h INT NOT NULL DEFAULT 9; "
    "INSERT INTO _t_gho (id, c) SELECT id, 'ghost' FROM t LIMIT 1; DELETE FROM _t_gho; "
    "INSERT INTO _t_gho SELECT t.*, 9 FROM t; "
    "RENAME /* gh-ost */ TABLE t TO _t_del, _t_gho TO t; DROP TABLE _t_del",
    "CREATE TABLE _t_new LIKE t; ALTER TABLE _t_new DROP COLUMN g; "
    "INSERT INTO _t_new (first_one, id, v, a2, b2, c, f, e, h) "
    "SELECT first_one, id, v, a2, b2, c, f, e, h FROM t; "
    "ANALYZE TABLE _t_new /* pt-online-schema-change */; "
    "RENAME TABLE t TO _t_old, _t_new TO t; DROP TABLE _t_old",
    // By hand, with what is left of the rows: no tool has said that they are the same.
    "CREATE TABLE _t_new LIKE t; INSERT INTO _t_new SELECT * FROM t WHERE id < 4; "
    "RENAME TABLE t TO _t_old, _t_new TO t; DROP TABLE _t_old",
};

// "t.id\nt.v": differences() looks only for what the source has. What was dropped there, and the
// helpers of a copy, must not be at the target either.
constexpr const char* kColumns =
    "SELECT CONCAT(TABLE_NAME, '.', COLUMN_NAME) FROM information_schema.COLUMNS"
    " WHERE TABLE_SCHEMA = 'shop'";
constexpr const char* kSqliteColumns =
    "SELECT t.name || '.' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c"
    " WHERE t.type = 'table' AND t.name NOT LIKE 'tailrace_%'";

std::vector<std::string> columns_of(const std::string& text) {
  std::istringstream lines(text);
  std::vector<std::string> columns;
  for (std::string line; std::getline(lines, line);) columns.push_back(line);
  std::sort(columns.begin(), columns.end());
  return columns;
}

class SchemaChangesTest : public ::testing::TestWithParam<EnginePair> {};

TEST_P(SchemaChangesTest, TheTargetEndsWithTheSameColumnsAndRows) {
  if (bed_missing(why_unavailable(GetParam().source))) return;
  if (bed_missing(why_unavailable(GetParam().target))) return;
  ReplicationBed bed(GetParam().source, GetParam().target);
  bed.source().sql(
      "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(10));"
      "CREATE TABLE u (id INT PRIMARY KEY, v VARCHAR(10));"
      "INSERT INTO t (v) VALUES ('one'), ('two'); INSERT INTO u VALUES (1, 'u')",
      "shop");
  bed.catch_up();
  // One by one, and then all those that are left with a target that lags behind them.
  for (std::size_t i = 0; i < kChanges.size(); ++i) {
    bed.source().sql(kChanges[i] +
                         "; INSERT INTO t (v) VALUES ('r'); UPDATE t SET v = 'w' "
                         "WHERE id = 1; INSERT INTO u VALUES (" +
                         std::to_string(i + 10) + ", 'n')",
                     "shop");
    if (i % 4 != 3 && i + 1 != kChanges.size()) continue;
    bed.catch_up();
    ASSERT_EQ(bed.differences(), "") << kChanges[i];
    const bool file = GetParam().target == Engine::sqlite;
    ASSERT_EQ(columns_of(bed.target_sql(file ? kSqliteColumns : kColumns)),
              columns_of(bed.source().sql(kColumns, "shop")))
        << kChanges[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Pairs, SchemaChangesTest,
                         ::testing::Values(EnginePair{Engine::mysql, Engine::postgres18},
                                           EnginePair{Engine::mariadb, Engine::mysql},
                                           EnginePair{Engine::mariadb, Engine::sqlite}),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
