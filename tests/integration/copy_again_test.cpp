// What the log does not tell follows by itself: rows that changed with a definition, and
// definitions that no row shows.
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/eventually.h"
#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

constexpr int kRows = 2'000;
constexpr const char* kCopy = R"("copy": {"workers": 2, "chunk_rows": 500})";

// Writes to every part of `busy`, whatever columns it has beside these.
class Writer {
 public:
  explicit Writer(DatabaseServer& source)
      : thread_([this, &source](std::stop_token stop) {
          std::mt19937 random(1);
          const auto id = [&] { return std::to_string(random() % (kRows + 200)); };
          try {
            while (!stop.stop_requested()) {
              std::string sql = "BEGIN;";
              for (int i = 0; i < 5; ++i) {
                sql += "INSERT IGNORE INTO busy (id, word) VALUES (" + id() + ", 'new');" +
                       "UPDATE busy SET word = 'w" + id() + "' WHERE id = " + id() + ";" +
                       "DELETE FROM busy WHERE id = " + id() + ";" +
                       "UPDATE IGNORE busy SET id = " + id() + " WHERE id = " + id() + ";";
              }
              source.sql(sql + "COMMIT", "shop");
            }
          } catch (const std::exception& e) {
            failure_ = e.what();
          }
        }) {}
  // What ended it early; empty: nothing did.
  std::string stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    return failure_;
  }

 private:
  std::string failure_;
  std::jthread thread_;
};

class CopyAgainBySelf : public ::testing::TestWithParam<EnginePair> {
 protected:
  void SetUp() override {
    if (bed_missing(why_unavailable(GetParam().source))) return;
    if (bed_missing(why_unavailable(GetParam().target))) return;
    bed_ = std::make_unique<ReplicationBed>(GetParam().source, GetParam().target);
    sql("CREATE TABLE busy (id INT PRIMARY KEY, word VARCHAR(20)) SELECT 10 * a.d + b.d + 1 AS id,"
        " 'old' AS word FROM " +
        numbers(kRows / 10) + " a, " + numbers(10) + " b;" +
        "CREATE TABLE still (id INT PRIMARY KEY, v VARCHAR(20), amount DECIMAL(10,3));"
        "INSERT INTO still VALUES (1, 'one', 1.234), (2, 'two', 2.345), (3, 'three', -0.005)");
    daemon_.emplace(bed_->run_arguments_of({.sink_options = kCopy}));
    EXPECT_TRUE(bed_->becomes_exact()) << daemon_->error_output();
  }
  void sql(const std::string& statements) { bed_->source().sql(statements, "shop"); }
  static std::string numbers(int count) {
    return "(WITH RECURSIVE n (d) AS (SELECT 0 UNION ALL SELECT d + 1 FROM n WHERE d < " +
           std::to_string(count - 1) + ") SELECT d FROM n)";
  }
  void expect_equal() {
    EXPECT_TRUE(eventually([&] { return bed_->becomes_exact() && bed_->differences().empty(); }))
        << bed_->differences() << daemon_->error_output();
    EXPECT_EQ(bed_->report_of()->error, "");
  }
  bool becomes(const std::string& query, const std::string& answer) {
    const bool came = eventually([&] { return bed_->target_sql(query) == answer; });
    EXPECT_EQ(bed_->target_sql(query), answer) << query << "\n" << daemon_->error_output();
    return came;
  }
  std::string columns_of(const std::string& table) const {
    return "SELECT column_name FROM information_schema.columns WHERE table_schema = 'shop' AND "
           "table_name = '" +
           table + "' ORDER BY ordinal_position";
  }
  // Names of its indexes that are no primary key's.
  std::string indexes_of(const std::string& table) const {
    if (is_postgres(GetParam().target)) {
      return "SELECT indexname FROM pg_indexes WHERE schemaname = 'shop' AND tablename = '" +
             table + "' AND indexname NOT LIKE '%pkey' ORDER BY 1";
    }
    return "SELECT DISTINCT index_name FROM information_schema.statistics WHERE table_schema = "
           "'shop' AND table_name = '" +
           table + "' AND index_name <> 'PRIMARY' ORDER BY 1";
  }

  std::unique_ptr<ReplicationBed> bed_;
  std::optional<TailraceProcess> daemon_;
};

INSTANTIATE_TEST_SUITE_P(Pairs, CopyAgainBySelf,
                         ::testing::Values(EnginePair{Engine::mariadb, Engine::postgres15},
                                           EnginePair{Engine::mysql, Engine::mariadb}),
                         [](const auto& instance) { return name_of(instance.param); });

TEST_P(CopyAgainBySelf, RowsThatChangedWithADefinitionUnderWrites) {
  if (!bed_) return;
  Writer writer(bed_->source());
  // MySQL itself refuses what its own replicas could not repeat.
  const bool any_default = GetParam().source == Engine::mariadb;
  sql(any_default ? "ALTER TABLE busy ADD COLUMN u CHAR(36) DEFAULT (UUID())"
                  : "ALTER TABLE busy ADD COLUMN u DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6)");
  std::this_thread::sleep_for(500ms);
  sql("ALTER TABLE busy ADD COLUMN n INT AUTO_INCREMENT UNIQUE");
  sql("ALTER TABLE still ADD COLUMN at DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6)");
  sql("ALTER TABLE still MODIFY amount DECIMAL(8,1)");
  std::this_thread::sleep_for(500ms);
  ASSERT_EQ(writer.stop(), "");
  expect_equal();
  EXPECT_THAT(daemon_->error_output(), ::testing::HasSubstr("table is copied again"));
}

TEST_P(CopyAgainBySelf, DefinitionsThatNoRowShows) {
  if (!bed_) return;
  sql("CREATE TABLE bare (id INT PRIMARY KEY, v VARCHAR(20) DEFAULT 'x', KEY by_v (v))");
  EXPECT_TRUE(becomes(columns_of("bare"), "id\nv"));
  EXPECT_TRUE(becomes(indexes_of("bare"), "by_v"));
  sql("ALTER TABLE still ADD COLUMN w INT DEFAULT 7, ADD INDEX by_w (w);"
      "ALTER TABLE bare ADD COLUMN z BIGINT NOT NULL");
  EXPECT_TRUE(becomes(columns_of("still"), "id\nv\namount\nw"));
  EXPECT_TRUE(becomes(columns_of("bare"), "id\nv\nz"));
  EXPECT_TRUE(becomes(indexes_of("still"), "by_w"));
  sql("ALTER TABLE still DROP INDEX by_w, ADD UNIQUE INDEX by_v (v);"
      "ALTER TABLE bare DROP COLUMN v");
  EXPECT_TRUE(becomes(indexes_of("still"), "by_v"));
  EXPECT_TRUE(becomes(columns_of("bare"), "id\nz"));
  // Of a person at the target.
  bed_->target_sql("CREATE INDEX mine ON " + bed_->target_table("still") + " (amount)");
  sql("ALTER TABLE still ADD INDEX by_w (w, v); RENAME TABLE bare TO moved");
  EXPECT_TRUE(becomes(indexes_of("still"), "by_v\nby_w\nmine"));
  EXPECT_TRUE(becomes(columns_of("moved"), "id\nz"));
  EXPECT_TRUE(becomes(columns_of("bare"), ""));
  // What is given to a column beside its type, as a row shows that names nothing.
  sql("ALTER TABLE still ALTER COLUMN w SET DEFAULT 9");
  const std::string still = bed_->target_table("still");
  EXPECT_TRUE(eventually([&] {
    bed_->target_sql("DELETE FROM " + still + " WHERE id = 77; INSERT INTO " + still +
                     " (id) VALUES (77)");
    return bed_->target_sql("SELECT w FROM " + still + " WHERE id = 77") == "9";
  })) << daemon_->error_output();
  bed_->target_sql("DELETE FROM " + still + " WHERE id = 77");
  expect_equal();
}

// It is told, rows go on, and when the rows fit it is made.
TEST_P(CopyAgainBySelf, AUniqueIndexThatRowsOfTheTargetDoNotFit) {
  if (!bed_) return;
  const std::string still = bed_->target_table("still");
  bed_->target_sql("INSERT INTO " + still + " VALUES (70, 'same', 0), (71, 'same', 0)");
  daemon_->terminate();
  ASSERT_TRUE(daemon_->wait());
  daemon_.emplace(bed_->run_arguments_of(
      {.pipeline_options = R"("retry": {"blocked": "500ms"})", .sink_options = kCopy}));
  sql("ALTER TABLE still ADD UNIQUE INDEX by_v (v)");
  ASSERT_TRUE(eventually([&] { return daemon_->error_output().find("by_v") != std::string::npos; }))
      << daemon_->error_output();
  sql("INSERT INTO still VALUES (4, 'four', 4)");
  EXPECT_TRUE(becomes("SELECT v FROM " + still + " WHERE id = 4", "four"));
  EXPECT_EQ(bed_->target_sql(indexes_of("still")), "");
  bed_->target_sql("DELETE FROM " + still + " WHERE id > 60");
  EXPECT_TRUE(becomes(indexes_of("still"), "by_v"));
  expect_equal();
}

}  // namespace
}  // namespace tailrace::testing
