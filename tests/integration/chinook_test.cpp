// The Chinook sample database, when it lies beside the project: eleven tables with keys, indexes
// and foreign keys.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/compare/compare.h"
#include "tests/support/postgres_server.h"
#include "tests/support/replication/engine_server.h"

namespace tailrace::testing {
namespace {

std::filesystem::path script() {
  return std::filesystem::path(TAILRACE_SOURCE_DIR) /
         "../shared/datasets/chinook/Chinook_MySql.sql";
}

void load_chinook(const DatabaseServer& server) {
  std::ostringstream sql;
  sql << std::ifstream(script()).rdbuf();
  server.sql(sql.str());
}

void expect_all_equal(const std::string& source, const std::string& target,
                      const std::string& tables) {
  const CompareReport report = compare_databases(source, target, {.tables = {tables}});
  EXPECT_EQ(report.tables.size(), 11U);
  EXPECT_TRUE(report.equal()) << describe(report);
  EXPECT_GT(report.source_rows(), 15'000U);
}

class ChinookTest : public ::testing::TestWithParam<Engine> {};

// As a stream: every statement of the script is in the log.
TEST_P(ChinookTest, OneSourceTwoTargetsKilledOnTheWay) {
  if (!std::filesystem::exists(script())) GTEST_SKIP() << "the Chinook dataset is not there";
  if (bed_missing(why_unavailable(GetParam()))) return;
  if (bed_missing(why_unavailable(Engine::postgres15))) return;
  ReplicationBed bed(GetParam(), Engine::postgres15);
  load_chinook(bed.source());
  const std::string lite = "sqlite://" + (bed.folder() / "chinook.db").string();
  TailraceProcess tailrace({"run", "--from", bed.source_url(), "--to", "pg=" + bed.target_url(),
                            "--to", "lite=" + lite, "--tables", "Chinook.*", "--start", "earliest",
                            "--exit-when-caught-up", "--max-changes", "200", "--state-dir",
                            (bed.folder() / "state").string()});
  for (int kills = 0; kills < 10; ++kills) {
    static_cast<void>(tailrace.wait(std::chrono::milliseconds(30 + 20 * kills)));
    if (tailrace.running()) tailrace.kill();
    tailrace.start();
  }
  const auto ended = tailrace.wait();
  ASSERT_TRUE(ended);
  ASSERT_TRUE(ended->ok()) << tailrace.error_output();
  expect_all_equal(bed.source_url(), bed.target_url(), "Chinook.*");
  expect_all_equal(bed.source_url(), lite, "Chinook.*");
}

INSTANTIATE_TEST_SUITE_P(Sources, ChinookTest, ::testing::Values(Engine::mariadb, Engine::mysql),
                         [](const auto& instance) { return name_of(instance.param); });

// "Table column,column unique" of every index, the primary key included, and "Table(columns) ->
// Table(columns)" of every foreign key: names aside, what a server of this family says of them.
std::string mysql_keys(const DatabaseServer& server) {
  return server.sql(
      "SELECT CONCAT(TABLE_NAME, ' ', GROUP_CONCAT(COLUMN_NAME ORDER BY SEQ_IN_INDEX), ' ',"
      " NON_UNIQUE) AS k FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = 'Chinook'"
      " GROUP BY TABLE_NAME, INDEX_NAME, NON_UNIQUE UNION ALL"
      " SELECT CONCAT(TABLE_NAME, '(', GROUP_CONCAT(COLUMN_NAME ORDER BY ORDINAL_POSITION),"
      " ') -> ', REFERENCED_TABLE_NAME, '(',"
      " GROUP_CONCAT(REFERENCED_COLUMN_NAME ORDER BY ORDINAL_POSITION), ')')"
      " FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = 'Chinook'"
      " AND REFERENCED_TABLE_NAME IS NOT NULL"
      " GROUP BY TABLE_NAME, CONSTRAINT_NAME, REFERENCED_TABLE_NAME ORDER BY k");
}

std::string postgres_keys(const DatabaseServer& server) {
  return server.sql(
      "SELECT k FROM ("
      " SELECT c.relname || ' ' || string_agg(a.attname, ',' ORDER BY x.o) || ' ' ||"
      "   CASE WHEN i.indisunique THEN 0 ELSE 1 END AS k"
      " FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
      "   JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'Chinook',"
      "   unnest(i.indkey) WITH ORDINALITY x(n, o), pg_attribute a"
      " WHERE a.attrelid = c.oid AND a.attnum = x.n GROUP BY c.relname, i.indexrelid, i.indisunique"
      " UNION ALL SELECT c.relname || '(' || string_agg(a.attname, ',' ORDER BY x.o) || ') -> ' ||"
      "   r.relname || '(' || string_agg(b.attname, ',' ORDER BY x.o) || ')'"
      " FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid"
      "   JOIN pg_class r ON r.oid = f.confrelid"
      "   JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'Chinook',"
      "   ROWS FROM (unnest(f.conkey), unnest(f.confkey)) WITH ORDINALITY x(n, m, o),"
      "   pg_attribute a, pg_attribute b"
      " WHERE f.contype = 'f' AND a.attrelid = c.oid AND a.attnum = x.n AND b.attrelid = r.oid"
      "   AND b.attnum = x.m GROUP BY c.relname, f.oid, r.relname) AS keys"
      " ORDER BY k COLLATE \"C\"",
      "there");
}

std::string sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

// Copies with a configuration file: foreign keys are not made unless one asks for them.
void copy_once(const TempDir& folder, const std::string& name, const std::string& source,
               const std::string& target) {
  const auto file = folder / (name + ".json");
  std::ofstream(file) << R"({"state_dir": ")" << (folder / "state").string()
                      << R"(", "pipelines": [{"name": ")" << name << R"(", "source": )" << source
                      << R"(, "sinks": [{"name": "copy", "url": ")" << target
                      << R"(", "copy": {"foreign_keys": true}}]}]})";
  const auto ran = run_tailrace({"run", "-c", file.string(), "--exit-when-caught-up"});
  ASSERT_TRUE(ran.ended.ok()) << ran.error_output;
}

class ChinookRoundTrip : public ::testing::TestWithParam<Engine> {};

TEST_P(ChinookRoundTrip, ToPostgresAndBackWithKeysAndIndexes) {
  if (!std::filesystem::exists(script())) GTEST_SKIP() << "the Chinook dataset is not there";
  if (bed_missing(why_unavailable(GetParam()))) return;
  if (bed_missing(why_unavailable(Engine::postgres18))) return;
  const TempDir folder("chinook");
  const auto origin = start_server(GetParam());
  const auto home = start_server(GetParam());
  const PostgresServer middle({.private_instance = true, .version = 18});
  load_chinook(*origin);
  middle.sql("CREATE DATABASE there");
  copy_once(folder, "there", R"({"url": ")" + origin->url() + R"(", "tables": ["Chinook.*"]})",
            middle.url("there"));
  expect_all_equal(origin->url(), middle.url("there"), "Chinook.*");
  copy_once(
      folder, "back",
      R"({"url": ")" + middle.url("there") + R"(", "tables": ["Chinook.*"], "create_slot": true})",
      home->url());
  expect_all_equal(middle.url("there"), home->url(), "Chinook.*");
  expect_all_equal(origin->url(), home->url(), "Chinook.*");

  const std::string keys = sorted_lines(mysql_keys(*origin));
  EXPECT_THAT(keys, ::testing::HasSubstr("Track(AlbumId) -> Album(AlbumId)"));
  EXPECT_EQ(sorted_lines(postgres_keys(middle)), keys);
  EXPECT_EQ(sorted_lines(mysql_keys(*home)), keys);
}

INSTANTIATE_TEST_SUITE_P(Sources, ChinookRoundTrip,
                         ::testing::Values(Engine::mariadb, Engine::mysql),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
