// Which rows and columns are read: those that the publications send.
#include <gmock/gmock.h>

#include "tests/integration/postgres_snapshot_bed.h"
#include "tests/integration/postgres_source_bed.h"

namespace tailrace::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PostgresSnapshotPublication : public PostgresSnapshotTest {
 protected:
  // With these publications instead of one of our own.
  Checkpoint begin_with(std::vector<std::string> publications) {
    auto given = options();
    given.publications = std::move(publications);
    source_ = make_source(given);
    return begin();
  }
  std::vector<std::string> names(Snapshot& shop) {
    std::vector<std::string> names;
    auto tables = shop.tables();
    EXPECT_TRUE(tables) << tables.error().to_string();
    for (const auto& table : *tables) names.push_back(table.schema->name.to_string());
    return names;
  }
  // Inserted rows that were streamed, in order.
  static std::vector<std::string> streamed(const ChangeLog& log) {
    std::vector<std::string> lines;
    for (const auto& entry : log.entries) lines.push_back(entry.change.after.line());
    return lines;
  }
};
TR_POSTGRES_VERSIONS(PostgresSnapshotPublication);

TEST_P(PostgresSnapshotPublication, RowFiltersAndColumnLists) {
  if (!start()) return;
  sql("CREATE TABLE t (id int PRIMARY KEY, secret text, price numeric, day date);"
      "CREATE PUBLICATION dear FOR TABLE t (id, price, day) WHERE (price > 10);"
      "CREATE PUBLICATION recent FOR TABLE t (id, price, day) WHERE (day > '2024-02-29')");
  const Checkpoint from = begin_with({"dear", "recent"});
  sql("INSERT INTO t VALUES (1, 's', 5, '2020-01-01'), (2, 's', 50, '2020-01-01'),"
      "(3, 's', 5, '2024-03-01'), (4, 's', NULL, NULL)");
  const auto shop = snapshot(from);
  const SnapshotTable table = described(*shop, "public.t");
  const auto log = stream(from);
  const auto copied = read(*shop, table);
  EXPECT_THAT(lines(copied), ElementsAre("2|50|2020-01-01", "3|5|2024-03-01"));
  EXPECT_EQ(streamed(log), lines(copied));
  EXPECT_EQ(*log.entries.at(0).change.after.schema, *table.schema);
}

TEST_P(PostgresSnapshotPublication, OneWithoutFilterHasAllRows) {
  if (!start()) return;
  sql("CREATE TABLE t (id int PRIMARY KEY, price int);"
      "CREATE PUBLICATION dear FOR TABLE t WHERE (id > 10);"
      "CREATE PUBLICATION everything FOR TABLE t");
  const Checkpoint from = begin_with({"dear", "everything"});
  sql("INSERT INTO t VALUES (1, 1), (20, 20)");
  const auto shop = snapshot(from);
  EXPECT_THAT(lines(read(*shop, described(*shop, "public.t"))), ElementsAre("1|1", "20|20"));
}

TEST_P(PostgresSnapshotPublication, PartitionsByTheirRootOrByThemselves) {
  if (!start()) return;
  sql("CREATE TABLE p (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);"
      "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);"
      "CREATE TABLE p2 (v text, id int NOT NULL);"  // another order of columns
      "ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (10) TO (20);"
      "CREATE UNLOGGED TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (30);"
      "CREATE PUBLICATION by_root FOR TABLE p WITH (publish_via_partition_root = true);"
      "CREATE PUBLICATION by_leaf FOR TABLE p1, p2");
  const Checkpoint from = begin_with({"by_root", "by_leaf"});
  sql("INSERT INTO p VALUES (1, 'a'), (11, 'b'), (21, 'never in the log')");
  {
    const auto shop = snapshot(from);
    EXPECT_THAT(names(*shop), ElementsAre("public.p"));
    const auto copied = read(*shop, described(*shop, "public.p"));
    EXPECT_THAT(lines(copied), ElementsAre("1|a", "11|b"));
    EXPECT_EQ(streamed(stream(from)), lines(copied));
  }
  EXPECT_TRUE(source_->release());
  const Checkpoint again = begin_with({"by_leaf"});
  const auto shop = snapshot(again);
  EXPECT_THAT(names(*shop), ElementsAre("public.p1", "public.p2"));
  EXPECT_THAT(lines(read(*shop, described(*shop, "public.p2"))), ElementsAre("b|11"));
}

TEST_P(PostgresSnapshotPublication, PublicationsThatContradictEachOtherAreRefused) {
  if (!start()) return;
  sql("CREATE TABLE t (id int PRIMARY KEY, a int, b int);"
      "CREATE PUBLICATION one FOR TABLE t (id, a); CREATE PUBLICATION two FOR TABLE t (id, b)");
  const auto shop = snapshot(begin_with({"one", "two"}));
  const auto tables = shop->tables();
  ASSERT_FALSE(tables);
  EXPECT_EQ(tables.error().kind(), ErrorKind::source_settings);
  EXPECT_THAT(tables.error().to_string(), HasSubstr("different columns"));
}

TEST_P(PostgresSnapshotPublication, ChildrenOfAnInheritedTableAreNotItsRows) {
  if (!start()) return;
  sql("CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (PRIMARY KEY (id)) "
      "INHERITS (parent); INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2)");
  const auto shop = snapshot(begin());
  EXPECT_THAT(lines(read(*shop, described(*shop, "public.parent"))), ElementsAre("1"));
  EXPECT_THAT(lines(read(*shop, described(*shop, "public.child"))), ElementsAre("2"));
}

TEST_P(PostgresSnapshotPublication, GeneratedColumnsAsTheStreamHasThem) {
  if (!start()) return;
  const bool sent = GetParam() >= 18;
  sql("CREATE TABLE t (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED, v int);"
      "CREATE PUBLICATION p FOR TABLE t" +
      std::string(sent ? " WITH (publish_generated_columns = stored)" : ""));
  const Checkpoint from = begin_with({"p"});
  sql("INSERT INTO t (id, v) VALUES (1, 7)");
  const auto log = stream(from);
  const auto shop = snapshot(from);
  const auto copied = read(*shop, described(*shop, "public.t"));
  EXPECT_THAT(lines(copied), ElementsAre(sent ? "1|2|7" : "1|7"));
  EXPECT_EQ(streamed(log), lines(copied));
  EXPECT_EQ(*log.entries.at(0).change.after.schema, *copied.at(0).schema);
}

// A table whose columns have no values of their own in binary form, names that need quotes.
TEST_P(PostgresSnapshotPublication, NamesThatNeedQuotes) {
  if (!start()) return;
  sql("CREATE TABLE \"Odd \"\"table\" (\"the id\" int PRIMARY KEY, \"sel'ect\" int[]);"
      "INSERT INTO \"Odd \"\"table\" SELECT i, '{1,2}' FROM generate_series(1, 2000) i");
  const auto shop = snapshot(begin());
  const auto copied = read(*shop, described(*shop, "public.Odd \"table"), 100);
  EXPECT_EQ(copied.size(), 2000U);
  EXPECT_EQ(copied.at(0).line(), "1|[1,2]");
}

}  // namespace
}  // namespace tailrace::testing
