// Key ranges: every row in exactly one, of about the same size, whatever orders the key.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/integration/postgres_snapshot_bed.h"
#include "tests/integration/postgres_source_bed.h"

namespace tailrace::testing {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::SizeIs;

constexpr int kRows = 6000;

class PostgresSnapshotRanges : public PostgresSnapshotTest {
 protected:
  // rows: of the key's columns, made from i.
  void make_table(const std::string& name, const std::string& columns, const std::string& key,
                  const std::string& rows) {
    sql(
        fmt::format("CREATE TABLE {0} ({1}, pad text, PRIMARY KEY ({2}));"
                    "INSERT INTO {0} SELECT {3}, repeat('x', 40) FROM generate_series(1, {4}) i",
                    name, columns, key, rows, kRows));
    names_.push_back(name);
  }

  void expect_covered(Snapshot& shop, const SnapshotTable& table) {
    SCOPED_TRACE(table.schema->name.to_string());
    std::vector<std::uint64_t> sizes;
    const auto rows = sorted_lines(read(shop, table, 500, &sizes));
    EXPECT_THAT(rows, SizeIs(kRows));
    EXPECT_EQ(std::adjacent_find(rows.begin(), rows.end()), rows.end());
    EXPECT_THAT(sizes, SizeIs(AllOf(Ge(8U), Le(18U))));
    EXPECT_THAT(sizes, Each(Le(1500U)));
  }

  std::vector<std::string> names_;
};
TR_POSTGRES_VERSIONS(PostgresSnapshotRanges);

TEST_P(PostgresSnapshotRanges, CoverEveryKindOfKeyOnce) {
  if (!start()) return;
  make_table("numbers", "id int", "id", "i");
  // Nine tenths of the rows in a thousandth of the span.
  make_table("skewed", "id bigint", "id",
             "CASE WHEN i % 10 = 0 THEN i * 1000000000::bigint ELSE i END");
  make_table("pairs", "a int, b text", "a, b", "i % 7, md5(i::text)");
  make_table("pairs_in_c", "a text COLLATE \"C\", b int", "a, b",
             "(ARRAY['a', 'B', 'ä', '''', '\"', E'\\\\'])[i % 6 + 1], i");
  make_table("words", "w text", "w", "chr(65 + i % 50) || md5(i::text)");
  make_table("words_of_icu", "w text COLLATE \"en-US-x-icu\"", "w",
             "CASE i % 3 WHEN 0 THEN '-' WHEN 1 THEN 'É' ELSE 'e' END || md5(i::text)");
  make_table("padded", "w char(40)", "w", "md5(i::text)");
  make_table("uuids", "id uuid", "id", "md5(i::text)::uuid");
  make_table("moments", "at timestamptz, n interval", "at, n",
             "'2024-01-01'::timestamptz + i / 2 * interval '1 hour', i * interval '1.5 s'");
  make_table("floats", "f float8, raw bytea", "f, raw", "i / 3.0, decode(md5(i::text), 'hex')");
  if (admin("SELECT count(*) FROM pg_collation WHERE collname = 'en_US.utf8'") != "0") {
    make_table("words_of_libc", "w text COLLATE \"en_US.utf8\"", "w", "'-' || md5(i::text)");
  }
  if (admin("SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'") != "0") {
    // Its operators are outside of the search path, where text would be found instead.
    admin("CREATE EXTENSION citext");
    make_table("cases", "a citext, b citext", "a, b",
               "CASE WHEN i % 2 = 0 THEN 'a' ELSE 'B' END || i % 20, i::text");
  }
  const Checkpoint from = begin();
  const auto shop = snapshot(from);
  auto tables = shop->tables();
  ASSERT_TRUE(tables) << tables.error().to_string();
  EXPECT_THAT(*tables, SizeIs(names_.size()));
  for (const SnapshotTable& table : *tables) expect_covered(*shop, table);
}

// Its order is that of the index which replica identity names, not of the columns.
TEST_P(PostgresSnapshotRanges, FollowTheIndexOfTheReplicaIdentity) {
  if (!start()) return;
  sql(
      fmt::format("CREATE TABLE t (id int, w text NOT NULL, pad text);"
                  "INSERT INTO t SELECT i, chr(65 + i % 50) || i, repeat('x', 40) "
                  "FROM generate_series(1, {}) i;"
                  "CREATE UNIQUE INDEX t_w ON t (w COLLATE \"POSIX\" text_pattern_ops DESC);"
                  "ALTER TABLE t REPLICA IDENTITY USING INDEX t_w",
                  kRows));
  const Checkpoint from = begin();
  const auto shop = snapshot(from);
  const SnapshotTable table = described(*shop, "public.t");
  EXPECT_THAT(table.schema->key, ElementsAre(1));
  expect_covered(*shop, table);
}

TEST_P(PostgresSnapshotRanges, AreMadeWithoutStatisticsAndForPartitions) {
  if (!start()) return;
  sql("CREATE TABLE parts (id int, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id);"
      "CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (2000);"
      "CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (2000) TO (100000);");
  sql(fmt::format("INSERT INTO parts SELECT i, repeat('x', 40) FROM generate_series(1, {}) i",
                  kRows));
  make_table("old", "id int", "id", "i");
  // What ANALYZE would have found when the table had one row.
  sql("ALTER TABLE old SET (autovacuum_enabled = false); ALTER TABLE parts_1 SET "
      "(autovacuum_enabled = false); ALTER TABLE parts_2 SET (autovacuum_enabled = false)");
  EXPECT_THAT(admin("SELECT string_agg(DISTINCT reltuples::text, ' ') FROM pg_class "
                    "WHERE relname IN ('old', 'parts', 'parts_1', 'parts_2')"),
              HasSubstr("-1"));
  const Checkpoint from = begin();
  const auto shop = snapshot(from);
  for (const char* name : {"public.parts", "public.old"}) {
    const SnapshotTable table = described(*shop, name);
    EXPECT_THAT(table.rows, AllOf(Ge(kRows / 4U), Le(kRows * 4U))) << name;
    EXPECT_GT(table.bytes, 100'000U);
    expect_covered(*shop, table);
  }
  // The table grew a hundredfold since it was analysed.
  sql("TRUNCATE old; INSERT INTO old SELECT i, repeat('x', 40) FROM generate_series(1, 60) i;"
      "ANALYZE old; INSERT INTO old SELECT i, repeat('x', 40) FROM generate_series(61, 6000) i");
  const auto later = snapshot(from);
  expect_covered(*later, described(*later, "public.old"));
}

TEST_P(PostgresSnapshotRanges, AreReadByTheIndex) {
  if (!start()) return;
  make_table("pairs", "a int, b text", "a, b", "i % 7, md5(i::text)");
  const Checkpoint from = begin();
  const auto shop = snapshot(from);
  const SnapshotTable table = described(*shop, "public.pairs");
  const auto before = std::stoi(admin("SELECT sum(idx_tup_read) FROM pg_stat_user_indexes"));
  std::vector<std::uint64_t> sizes;
  EXPECT_THAT(read(*shop, table, 500, &sizes), SizeIs(kRows));
  const auto scanned = [&] {
    admin("SELECT pg_stat_clear_snapshot()");
    return std::stoi(
        admin("SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname = 'pairs'"));
  };
  const int seen = scanned();
  EXPECT_THAT(read(*shop, table, 500), SizeIs(kRows));
  // The sample is no scan; whatever was read came through the index.
  EXPECT_EQ(scanned(), seen) << before;
}

TEST_P(PostgresSnapshotRanges, ASmallTableAndOneWithoutKeyAreOne) {
  if (!start()) return;
  make_table("t", "id int", "id", "i");
  sql("CREATE TABLE bare (a int, b text); ALTER TABLE bare REPLICA IDENTITY FULL;"
      "INSERT INTO bare SELECT i % 10, NULL FROM generate_series(1, 5000) i;"
      "CREATE TABLE empty (id int PRIMARY KEY)");
  const Checkpoint from = begin();
  const auto shop = snapshot(from);
  const auto one = [&](const char* name, std::uint64_t rows_per_range) {
    const auto ranges = shop->split(described(*shop, name), rows_per_range);
    ASSERT_TRUE(ranges) << ranges.error().to_string();
    EXPECT_THAT(*ranges, ElementsAre(KeyRange{}));
  };
  one("public.t", 1'000'000);
  one("public.bare", 10);
  one("public.empty", 1);
  EXPECT_TRUE(described(*shop, "public.bare").schema->key.empty());
  EXPECT_THAT(read(*shop, described(*shop, "public.bare"), 10), SizeIs(5000));
  EXPECT_EQ(described(*shop, "public.empty").rows, 0U);
  EXPECT_THAT(read(*shop, described(*shop, "public.empty")), SizeIs(0));
}

}  // namespace
}  // namespace tailrace::testing
