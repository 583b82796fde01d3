// What a snapshot reads: the rows of one moment, with the values and the schema of the stream.
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/integration/postgres_snapshot_bed.h"
#include "tests/integration/postgres_source_bed.h"
#include "tests/support/eventually.h"
#include "tests/support/replication/postgres_columns.h"

namespace tailrace::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class PostgresSnapshotRows : public PostgresSnapshotTest {
 protected:
  // One row with NULLs, and as many as it takes to have every value once.
  void make_table(const std::string& name, const std::vector<SampleColumn>& columns) {
    std::string definition;
    std::size_t rows = 1;
    for (const SampleColumn& column : columns) {
      definition += fmt::format(", {} {}", column.name, column.type);
      rows = std::max(rows, column.values.size() + column.postgres_only.size());
    }
    sql(fmt::format("CREATE TABLE shop.{} (id int PRIMARY KEY{})", name, definition));
    fill_ += fmt::format("INSERT INTO shop.{} (id) VALUES (0);", name);
    for (std::size_t i = 0; i < rows; ++i) {
      std::string values;
      for (const SampleColumn& column : columns) {
        auto all = column.values;
        all.insert(all.end(), column.postgres_only.begin(), column.postgres_only.end());
        values += ", " + (i < all.size() ? all[i] : std::string("NULL"));
      }
      fill_ += fmt::format("INSERT INTO shop.{} VALUES ({}{});", name, i + 1, values);
    }
  }
  std::string fill_;
};
TR_POSTGRES_VERSIONS(PostgresSnapshotRows);

// Each value of each type, byte for byte, and the shape of the tables.
TEST_P(PostgresSnapshotRows, ValuesAndSchemasAreThoseOfTheStream) {
  if (!start()) return;
  sql(std::string("CREATE SCHEMA shop;") + kSampleTypes);
  make_table("scalars", scalar_columns());
  make_table("arrays", array_columns());
  make_table("structures", structured_columns());
  const Checkpoint from = begin();
  sql(fill_);
  std::map<std::string, ReadRow> streamed;
  for (const auto& entry : stream(from).entries) {
    const ReadRow& row = entry.change.after;
    streamed[row.schema->name.table + " " + row.values()[0]] = row;
  }
  const auto shop = snapshot(from);
  std::size_t copied = 0;
  for (const char* name : {"shop.scalars", "shop.arrays", "shop.structures"}) {
    for (const ReadRow& row : read(*shop, described(*shop, name))) {
      const std::string id = row.schema->name.table + " " + row.values()[0];
      ASSERT_TRUE(streamed.contains(id)) << id;
      EXPECT_EQ(*row.schema, *streamed[id].schema);
      EXPECT_EQ(row.values(), streamed[id].values()) << id;
      EXPECT_EQ(row.image, streamed[id].image) << id;
      ++copied;
    }
  }
  EXPECT_EQ(copied, streamed.size());
  EXPECT_GT(copied, 15U);
}

TEST_P(PostgresSnapshotRows, AreThoseOfOnePositionWhileOthersWrite) {
  if (!start()) return;
  sql("CREATE TABLE account (id int PRIMARY KEY, balance int);"
      "INSERT INTO account SELECT i, 0 FROM generate_series(1, 300) i");
  const Checkpoint from = begin();
  std::map<std::string, std::string> state;
  for (int i = 1; i <= 300; ++i) state[std::to_string(i)] = "0";

  std::atomic<bool> stop = false;
  std::atomic<int> written = 0;
  std::jthread writer([&, other = connect()]() mutable {
    for (int i = 0; !stop.load(); ++i) {
      auto done = other.exec(fmt::format(
          "BEGIN; UPDATE account SET balance = balance - 1 WHERE id = {};"
          "UPDATE account SET balance = balance + 1 WHERE id = {};"
          "INSERT INTO account VALUES ({}, 0); DELETE FROM account WHERE id = {}; COMMIT",
          i % 300 + 1, (i + 7) % 300 + 1, 1000 + i, 1000 + i - 5));
      EXPECT_TRUE(done) << done.error().to_string();
      written.fetch_add(1);
    }
  });
  EXPECT_TRUE(eventually([&] { return written.load() > 50; }));
  const auto shop = snapshot(from);
  const int at_snapshot = written.load();
  EXPECT_TRUE(eventually([&] { return written.load() > at_snapshot + 50; }));
  const auto rows = read(*shop, described(*shop, "public.account"), 50);
  stop = true;
  writer.join();

  // The stream makes the same rows up to the snapshot's position, and goes on behind it.
  auto reader = shop->open_reader();
  ASSERT_TRUE(reader);
  ChangeLog ignored;
  BlockBuilder builder = ignored.builder();
  builder.begin({});
  const auto as_of = (*reader)->read(described(*shop, "public.account"), {}, builder);
  ASSERT_TRUE(as_of) << as_of.error().to_string();
  std::size_t behind = 0;
  for (const auto& entry : stream(from).entries) {
    if (*source_->compare(Position{entry.committed}, as_of->position) > 0) {
      ++behind;
      continue;
    }
    if (entry.change.kind == ChangeKind::remove) {
      state.erase(entry.change.before.values()[0]);
    } else {
      const auto values = entry.change.after.values();
      state[values[0]] = values[1];
    }
  }
  EXPECT_GT(behind, 50U);
  std::map<std::string, std::string> copied;
  for (const ReadRow& row : rows) copied[row.values()[0]] = row.values()[1];
  EXPECT_EQ(copied, state);
  EXPECT_EQ(rows.size(), copied.size());
}

// A slot that is left behind would fill the disk of the source.
TEST_P(PostgresSnapshotRows, TheSlotIsGoneAndTheMomentStays) {
  if (!start()) return;
  sql("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)");
  const Checkpoint from = begin();
  auto shop = snapshot(from);
  EXPECT_EQ(admin("SELECT string_agg(slot_name, ' ') FROM pg_replication_slots"), "tailrace_test");
  EXPECT_EQ(admin("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'walsender'"), "1");
  const SnapshotTable table = described(*shop, "public.t");
  sql("INSERT INTO t VALUES (2)");
  // Longer than wal_sender_timeout, which is one second here.
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  EXPECT_THAT(lines(read(*shop, table)), ElementsAre("1"));
  shop.reset();
  EXPECT_TRUE(eventually([&] {
    return admin(
               "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tailrace test'") ==
           "0";
  }));
  shop = snapshot(from);
  EXPECT_THAT(lines(read(*shop, described(*shop, "public.t"))), ElementsAre("1", "2"));
}

}  // namespace
}  // namespace tailrace::testing
