// What a session hands on of the changes that an application makes.
#include <gmock/gmock.h>

#include "tests/integration/postgres_source_bed.h"

namespace tailrace::testing {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

class PostgresSourceStream : public PostgresSourceTest {};
TR_POSTGRES_VERSIONS(PostgresSourceStream);

TEST_P(PostgresSourceStream, RowsInTheOrderOfTheirCommits) {
  if (!start()) return;
  const Checkpoint from = begin();
  sql("INSERT INTO t VALUES (1, 'a'), (2, 'b');"
      "UPDATE t SET v = 'c' WHERE id = 2;"
      "BEGIN; UPDATE t SET id = 3 WHERE id = 1; DELETE FROM t WHERE id = 2; COMMIT;"
      "BEGIN; INSERT INTO t VALUES (9, 'never'); ROLLBACK");
  SourceReader reader(*source_, from);
  ASSERT_TRUE(reader.read_all());
  EXPECT_THAT(reader.changes(),
              ElementsAre("insert public.t 1 a", "insert public.t 2 b", "update public.t 2 c",
                          "update public.t 3 a", "delete public.t 2 <unchanged>"));
  EXPECT_THAT(reader.transactions, SizeIs(3));
  EXPECT_THAT(reader.transactions, Each(MatchesRegex("[0-9]+:[0-9A-F]+/[0-9A-F]+")));
}

TEST_P(PostgresSourceStream, TruncateWithItsFlags) {
  if (!start()) return;
  sql("CREATE TABLE u (id int PRIMARY KEY REFERENCES t)");
  const Checkpoint from = begin();
  sql("TRUNCATE t, u RESTART IDENTITY; TRUNCATE t CASCADE");
  SourceReader reader(*source_, from);
  ASSERT_TRUE(reader.read_all());
  EXPECT_THAT(reader.changes(), ElementsAre("truncate public.t public.u restart",
                                            "truncate public.t public.u cascade"));
}

TEST_P(PostgresSourceStream, LogicalMessages) {
  if (!start()) return;
  const Checkpoint from = begin();
  sql("BEGIN; INSERT INTO t VALUES (1, 'a');"
      "SELECT pg_logical_emit_message(true, 'note', 'inside'); COMMIT;"
      "BEGIN; SELECT pg_logical_emit_message(false, 'beat', 'kept'); ROLLBACK;"
      "INSERT INTO t VALUES (2, 'b')");
  SourceReader reader(*source_, from);
  ASSERT_TRUE(reader.read_all());
  EXPECT_THAT(reader.changes(), ElementsAre("insert public.t 1 a", "message note inside",
                                            "message beat kept at once", "insert public.t 2 b"));
}

TEST_P(PostgresSourceStream, OriginsAreNamedAndSkippedOnRequest) {
  if (!start()) return;
  const Checkpoint from = begin();
  admin("SELECT pg_replication_origin_create('tailrace_other_db')");
  admin(
      "SELECT pg_replication_origin_session_setup('tailrace_other_db');"
      "INSERT INTO t VALUES (1, 'theirs')");
  sql("INSERT INTO t VALUES (2, 'ours')");
  {
    SourceReader reader(*source_, from);
    ASSERT_TRUE(reader.read_all());
    EXPECT_THAT(reader.changes(),
                ElementsAre("insert public.t 1 theirs", "insert public.t 2 ours"));
    EXPECT_THAT(reader.origins, ElementsAre("tailrace_other_db", ""));
  }
  auto skipping = options();
  skipping.pipeline = "skipping";
  skipping.skip_origins = {"tailrace_*"};
  const auto source = make_source(skipping);
  auto place = source->resolve({StartPoint::Kind::now, {}});
  ASSERT_TRUE(place) << place.error().to_string();
  admin(
      "SELECT pg_replication_origin_session_setup('tailrace_other_db');"
      "INSERT INTO t VALUES (3, 'theirs')");
  sql("INSERT INTO t VALUES (4, 'ours')");
  SourceReader reader(*source, *place);
  ASSERT_TRUE(reader.read_all());
  EXPECT_THAT(reader.changes(), ElementsAre("insert public.t 4 ours"));
}

TEST_P(PostgresSourceStream, LargeTransactionsComeWhileTheyAreOpen) {
  if (!start({"-c", "logical_decoding_work_mem=64kB"})) return;
  const Checkpoint from = begin();
  sql("BEGIN; INSERT INTO t SELECT i, repeat('x', 50) FROM generate_series(1, 5000) i;"
      "SAVEPOINT s; INSERT INTO t SELECT i, 'gone' FROM generate_series(5001, 9000) i;"
      "ROLLBACK TO s; INSERT INTO t VALUES (10000, 'last'); COMMIT;"
      "INSERT INTO t VALUES (10001, 'behind')");
  SourceReader reader(*source_, from);
  ASSERT_TRUE(reader.read_all());
  const auto changes = reader.changes();
  ASSERT_EQ(changes.size(), 5002U);
  EXPECT_THAT(changes, Not(Contains(HasSubstr("gone"))));
  EXPECT_EQ(changes[5000], "insert public.t 10000 last");
  EXPECT_THAT(reader.transactions, SizeIs(2));
  EXPECT_NE(admin("SELECT stream_txns FROM pg_stat_replication_slots"), "0");
}

TEST_P(PostgresSourceStream, PreparedTransactionsComeWithTheirCommit) {
  if (!start()) return;
  const Checkpoint from = begin();
  sql("BEGIN; INSERT INTO t VALUES (1, 'kept'); PREPARE TRANSACTION 'a';"
      "BEGIN; INSERT INTO t VALUES (2, 'dropped'); PREPARE TRANSACTION 'b'");
  SourceReader reader(*source_, from);
  ASSERT_TRUE(reader.read_all());
  EXPECT_THAT(reader.changes(), ElementsAre());
  sql("ROLLBACK PREPARED 'b'; COMMIT PREPARED 'a'");
  ASSERT_TRUE(reader.read_all());
  EXPECT_THAT(reader.changes(), ElementsAre("insert public.t 1 kept"));
}

TEST_P(PostgresSourceStream, ASessionContinuesWhereTheLastOneEnded) {
  if (!start()) return;
  const Checkpoint from = begin();
  std::string position = from.position.text;
  std::vector<std::string> seen;
  for (int i = 1; i <= 5; ++i) {
    sql("INSERT INTO t VALUES (" + std::to_string(i) + ", 'x')");
    SourceReader reader(*source_, at(from, position));
    reader.confirms = i % 2 == 0;  // what was not confirmed is not sent again either
    ASSERT_TRUE(reader.read_all());
    for (const std::string& line : reader.changes()) seen.push_back(line);
    position = reader.position;
  }
  EXPECT_THAT(seen, ElementsAre("insert public.t 1 x", "insert public.t 2 x", "insert public.t 3 x",
                                "insert public.t 4 x", "insert public.t 5 x"));
}

TEST_P(PostgresSourceStream, SinksThatAreAheadAreTold) {
  if (!start()) return;
  SourceReader reader(*source_, begin());
  sql("INSERT INTO t VALUES (1, 'a')");
  ASSERT_TRUE(reader.read_until([&] { return !reader.transactions.empty(); }));
  const Position first{reader.position};
  sql("INSERT INTO t VALUES (2, 'b')");
  ASSERT_TRUE(reader.read_until([&] { return reader.transactions.size() == 2; }));
  const auto held = source_->contains(first, reader.transactions[0], {});
  ASSERT_TRUE(held);
  EXPECT_EQ(*held, std::optional(true));
  const auto later = source_->contains(first, reader.transactions[1], {});
  ASSERT_TRUE(later);
  EXPECT_EQ(*later, std::optional(false));
}

// The goal of --exit-when-caught-up: the log's end, although no change comes that far.
TEST_P(PostgresSourceStream, TheEndOfTheLogIsReachedWhenNothingIsWrittenAnyMore) {
  if (!start()) return;
  SourceReader reader(*source_, begin());
  admin("CREATE TABLE elsewhere (id int)");
  for (int i = 0; i < 5; ++i) {
    admin("INSERT INTO elsewhere VALUES (1); SELECT pg_switch_wal()");
    const auto start = std::chrono::steady_clock::now();
    ASSERT_TRUE(reader.read_all());
    // Long before the server writes something of its own (every 15 seconds).
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(8));
  }
}

}  // namespace
}  // namespace tailrace::testing
