// Tables that get another definition, another name, or no name any more while they are copied.
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/eventually.h"
#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

class MysqlCopyDefinitions : public ::testing::TestWithParam<EnginePair> {};
INSTANTIATE_TEST_SUITE_P(Pairs, MysqlCopyDefinitions,
                         ::testing::Values(EnginePair{Engine::mariadb, Engine::postgres15},
                                           EnginePair{Engine::mysql, Engine::mariadb}),
                         [](const auto& instance) { return name_of(instance.param); });

constexpr const char* kTables =
    "CREATE TABLE d (i INT PRIMARY KEY);"
    "INSERT INTO d VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);"
    "CREATE TABLE a (id INT PRIMARY KEY, v INT, w VARCHAR(20) NOT NULL);"
    "INSERT INTO a SELECT x.i + 10 * y.i + 100 * z.i + 1000 * t.i, 1, 'a' FROM d x, d y, d z, d t "
    "WHERE t.i < 3;"
    "CREATE TABLE b LIKE a; INSERT INTO b SELECT * FROM a;"
    "CREATE TABLE c LIKE a; INSERT INTO c SELECT * FROM a;"
    "CREATE TABLE e LIKE a; INSERT INTO e SELECT * FROM a;"
    "CREATE TABLE f LIKE a; INSERT INTO f SELECT * FROM a;"
    "CREATE TABLE g LIKE a; INSERT INTO g SELECT * FROM a;"
    "CREATE TABLE p (id INT PRIMARY KEY) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN "
    "(1500), PARTITION p1 VALUES LESS THAN MAXVALUE); INSERT INTO p SELECT id FROM a";

constexpr const char* kChanges =
    "RENAME TABLE a TO a2; INSERT INTO a2 VALUES (7000, 1, 'n');"
    "DROP TABLE b; CREATE TABLE b (id INT PRIMARY KEY, z INT); INSERT INTO b VALUES (1, 1);"
    "RENAME TABLE c TO x, e TO c, x TO e; UPDATE c SET v = -1 WHERE id < 100;"
    "DELETE FROM e WHERE id > 2900;"
    "ALTER TABLE f ADD COLUMN k INT DEFAULT 4, DROP COLUMN v;"
    "CREATE TABLE _g_gho LIKE g; ALTER TABLE _g_gho ADD COLUMN q INT DEFAULT 3;"
    "INSERT INTO _g_gho (id, v, w) SELECT id, v, w FROM g;"
    "RENAME TABLE g TO _g_del, _g_gho TO g; DROP TABLE _g_del; UPDATE g SET q = 9 WHERE id < 10;"
    "ALTER TABLE p DROP PARTITION p0; INSERT INTO p VALUES (5000)";

// While the copy is under way again, after a kill.
constexpr const char* kMoreChanges =
    "ALTER TABLE f ADD COLUMN n INT NOT NULL, MODIFY w VARCHAR(60) NOT NULL;"
    "UPDATE f SET n = id WHERE id < 500; ALTER TABLE p ADD COLUMN v INT DEFAULT 1;"
    "UPDATE p SET v = 2 WHERE id < 2000; INSERT INTO f VALUES (9000, 'z', 5, 6)";

TEST_P(MysqlCopyDefinitions, EndEqual) {
  if (bed_missing(why_unavailable(GetParam().source))) return;
  if (bed_missing(why_unavailable(GetParam().target))) return;
  ReplicationBed bed(GetParam().source, GetParam().target);
  bed.source().sql(kTables, "shop");
  TailraceProcess daemon(bed.run_arguments_of(
      {.sink_options = R"("copy": {"workers": 2, "chunk_rows": 300, "max_rows": 5000})"}));
  const auto copied = [&](std::uint64_t rows) {
    return eventually([&] {
      const auto report = bed.report_of();
      return report && (report->copied_rows > rows || report->phase != "copying");
    });
  };
  ASSERT_TRUE(copied(3000)) << daemon.error_output();
  bed.source().sql(kChanges, "shop");
  for (int kill = 0; kill < 3; ++kill) {
    std::this_thread::sleep_for(400ms);
    daemon.kill();
    if (kill == 1) bed.source().sql(kMoreChanges, "shop");
    daemon.start();
  }
  // Some are copied again once the others are there.
  EXPECT_TRUE(eventually([&] { return bed.becomes_exact(1s) && bed.differences().empty(); }, 60s))
      << bed.differences() << bed.report_of()->error << daemon.error_output();
}

// The stream begins before the first look at the tables: what it says of them is older than their
// rows, names and columns included.
TEST_P(MysqlCopyDefinitions, WhatChangedBeforeTheFirstLookEndsEqual) {
  if (bed_missing(why_unavailable(GetParam().source))) return;
  if (bed_missing(why_unavailable(GetParam().target))) return;
  ReplicationBed bed(GetParam().source, GetParam().target);
  bed.source().sql(kTables, "shop");
  bed.target().stop();
  TailraceProcess daemon(bed.run_arguments_of({.sink_options = R"("copy": {"workers": 2})"}));
  ASSERT_TRUE(eventually([&] {
    return std::filesystem::exists(bed.state_dir() / "bed" / "progress.json");
  })) << daemon.error_output();
  for (const char* table : {"a", "b", "c", "e", "f", "g"}) {
    const std::string name(table);
    bed.source().sql("INSERT INTO " + name + " VALUES (8000, 8, 'early'); UPDATE " + name +
                         " SET v = 3 WHERE id < 20; DELETE FROM " + name + " WHERE id = 50",
                     "shop");
  }
  bed.source().sql(kChanges, "shop");
  bed.source().sql(kMoreChanges, "shop");
  bed.target().start();
  EXPECT_TRUE(eventually([&] { return bed.becomes_exact(1s) && bed.differences().empty(); }, 60s))
      << bed.differences() << bed.report_of()->error << daemon.error_output();
}

class PostgresCopyDefinitions : public ::testing::TestWithParam<EnginePair> {};
INSTANTIATE_TEST_SUITE_P(Pairs, PostgresCopyDefinitions,
                         ::testing::Values(EnginePair{Engine::postgres18, Engine::mysql},
                                           EnginePair{Engine::postgres15, Engine::postgres18}),
                         [](const auto& instance) { return name_of(instance.param); });

constexpr const char* kPostgresTables =
    "CREATE TABLE a (id int PRIMARY KEY, v int, w varchar(20) NOT NULL);"
    "INSERT INTO a SELECT n, 1, 'a' FROM generate_series(0, 2999) n;"
    "CREATE TABLE b (LIKE a INCLUDING ALL); INSERT INTO b SELECT * FROM a;"
    "CREATE TABLE c (LIKE a INCLUDING ALL); INSERT INTO c SELECT * FROM a;"
    "CREATE TABLE e (LIKE a INCLUDING ALL); INSERT INTO e SELECT * FROM a;"
    "CREATE TABLE f (LIKE a INCLUDING ALL); INSERT INTO f SELECT * FROM a";

constexpr const char* kPostgresChanges =
    "ALTER TABLE f ADD COLUMN k int DEFAULT 4, DROP COLUMN v; UPDATE f SET k = 9 WHERE id < 10;"
    "ALTER TABLE a ADD COLUMN n numeric(10,2) NOT NULL DEFAULT 1.5; DELETE FROM a WHERE id > 2900;"
    "ALTER TABLE b ALTER v TYPE bigint; UPDATE b SET v = 5000000000 WHERE id = 7;"
    "BEGIN; ALTER TABLE c RENAME TO x; ALTER TABLE e RENAME TO c; ALTER TABLE x RENAME TO e; "
    "COMMIT;"
    "UPDATE c SET v = -1 WHERE id < 100; DELETE FROM e WHERE id > 2900";

TEST_P(PostgresCopyDefinitions, EndEqual) {
  if (bed_missing(why_unavailable(GetParam().source))) return;
  if (bed_missing(why_unavailable(GetParam().target))) return;
  ReplicationBed bed(GetParam().source, GetParam().target);
  bed.source().sql(kPostgresTables, "shop");
  TailraceProcess daemon(bed.run_arguments_of(
      {.sink_options = R"("copy": {"workers": 2, "chunk_rows": 300, "max_rows": 5000})"}));
  ASSERT_TRUE(eventually([&] {
    const auto report = bed.report_of();
    return report && report->copied_rows > 3000;
  })) << daemon.error_output();
  // The copy goes on with a snapshot of its own, so what is read behind a kill is of another
  // moment.
  bed.source().sql(kPostgresChanges, "shop");
  for (int kill = 0; kill < 2; ++kill) {
    std::this_thread::sleep_for(400ms);
    daemon.kill();
    daemon.start();
  }
  EXPECT_TRUE(eventually([&] { return bed.becomes_exact(1s) && bed.differences().empty(); }, 60s))
      << bed.differences() << bed.report_of()->error << daemon.error_output();
}

}  // namespace
}  // namespace tailrace::testing
