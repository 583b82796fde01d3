// The contract of sinks/sink.h that the copy of tables relies on: ledger, convergence, clearing.
#include "sink_contract_loader.h"

namespace tailrace::testing {
namespace {

TEST_P(LoaderContract, LedgerIsKeptWithTheUnit) {
  if (skipped()) return;
  EXPECT_TRUE(ledger(*sink_).empty());
  const std::string longest(255, 'k');
  const std::vector<LedgerEntry> entries = {
      {"a \"q\" 'b' \\ \xC3\xA4", "{\"x\": \"it's \\\\ \\u00e4 \xF0\x9F\x98\x80\"}"},
      {longest, std::string(100'000, 't')}};
  EXPECT_OK(write_ledger(*sink_, entries, 1));
  EXPECT_EQ(ledger(*sink_), entries);
  ASSERT_TRUE(sink_->begin());
  EXPECT_OK(sink_->write_ledger(std::vector<LedgerEntry>{{"c", "never"}, {longest, ""}}));
  sink_->rollback();
  sink_ = open();
  EXPECT_EQ(ledger(*sink_), entries);
  EXPECT_OK(write_ledger(*sink_, {{entries[0].key, "other"}, {longest, ""}, {"absent", ""}}, 2));
  EXPECT_EQ(ledger(*sink_), (std::vector<LedgerEntry>{{entries[0].key, "other"}}));
}

TEST_P(LoaderContract, LedgerKeysDifferByEveryOctet) {
  if (skipped()) return;
  const std::vector<LedgerEntry> entries = {{"T", "1"}, {"t", "2"}, {"t ", "3"}};
  EXPECT_OK(write_ledger(*sink_, entries, 1));
  EXPECT_EQ(ledger(*sink_), entries);
}

TEST_P(LoaderContract, LedgersOfSinksAreApart) {
  if (skipped()) return;
  EXPECT_OK(write_ledger(*sink_, {{"mine", "1"}}, 1));
  Lease other{"contract", "other", "daemon-1", {}};
  auto second = must(target_->open(other));
  EXPECT_TRUE(ledger(*second).empty());
}

// An installation of a version that copied nothing has the checkpoint table only.
TEST_P(LoaderContract, LedgerTableIsMadeWhenMissing) {
  if (skipped()) return;
  Batch batch(id_and_text("t"));
  batch.insert({"1", "one"});
  ASSERT_TRUE(apply(*sink_, batch, 7));
  sink_.reset();
  bed_->sql(is_sqlite() ? "DROP TABLE tailrace_ledger" : "DROP TABLE tailrace.ledger");
  sink_ = open();
  EXPECT_EQ(sink_->checkpoint()->position.text, "pos-7");
  EXPECT_OK(write_ledger(*sink_, {{"a", "1"}}, 8));
  EXPECT_EQ(ledger(*sink_).size(), 1U);
}

TEST_P(LoaderContract, ConvergingTablesForgiveMissingRows) {
  if (skipped()) return;
  Batch rows(id_and_text("t"));
  rows.insert({"1", "one"});
  ASSERT_TRUE(apply(*sink_, rows));
  const SchemaPtr shape = schema("t", {column("id", LogicalType::int32, "int"),
                                       column("name", LogicalType::string, "varchar(50)", 50),
                                       column("more", LogicalType::string, "varchar(50)", 50)});
  ASSERT_TRUE(add_column(*sink_, "t", "more", 1));
  bed_->sql(is_sqlite() ? "ALTER TABLE t ADD COLUMN more text"
                        : "ALTER TABLE t ADD COLUMN more varchar(50)");
  sink_->rollback();
  sink_ = open();
  Batch missing(shape);
  missing.update({"7", kUnchanged, kUnchanged}, {"7", "x", kUnchanged});
  missing.update({"1", kUnchanged, kUnchanged}, {"1", "ONE", kUnchanged});
  for (const bool net : {true, false}) {
    sink_->set_converging({});
    EXPECT_EQ((net ? apply(*sink_, missing) : apply_in_order(*sink_, missing)).error().kind(),
              ErrorKind::row_rejected);
    sink_->rollback();
    sink_ = open();
    sink_->set_converging({name("t"), name("other")});
    EXPECT_OK(net ? apply(*sink_, missing, 2) : apply_in_order(*sink_, missing, 2));
  }
  EXPECT_EQ(bed_->sql("SELECT id, name FROM t"), "1\tONE");
  // Whole rows are inserted; rows that are gone already may be removed.
  Batch whole(shape);
  whole.update({"8", "a", "b"}, {"8", "eight", "b"}).remove({"9", "gone", std::nullopt});
  EXPECT_OK(apply_in_order(*sink_, whole, 3));
  EXPECT_EQ(bed_->sql("SELECT id, name FROM t ORDER BY id"), "1\tONE\n8\teight");
  // Under its new key the row could not be made: nobody would ever bring it.
  Batch moved(shape);
  moved.update({"5", kUnchanged, kUnchanged}, {"6", "x", kUnchanged});
  const Status refused = apply_in_order(*sink_, moved, 4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::row_rejected);
  EXPECT_MENTIONS(refused.error().to_string(), "id=5");
  EXPECT_MENTIONS(refused.error().hint(), "copy the table anew");
  sink_->rollback();
  sink_ = open();
  sink_->set_converging({});
  EXPECT_FALSE(apply(*sink_, missing, 5));
}

// A row that moves from one chunk to another while both are read is met twice, or under its old key
// alone.
TEST_P(LoaderContract, RowThatMovedWhileItWasCopiedIsOneRow) {
  if (skipped() || !is_mysql()) return;
  const SchemaPtr shape = schema("t", {column("id", LogicalType::int32, "int"),
                                       column("name", LogicalType::string, "varchar(50)", 50),
                                       column("more", LogicalType::string, "varchar(50)", 50)});
  Batch copied(shape);
  copied.insert({"1", "old", "kept"}).insert({"2", "old", "kept"});
  copied.insert({"3", "old", "kept"}).insert({"5", "old", "kept"}).insert({"6", "old", "kept"});
  ASSERT_TRUE(apply(*sink_, copied));
  sink_->set_converging({name("t")});
  Batch moved(shape);
  moved.update({"1", kUnchanged, kUnchanged}, {"2", "new", kUnchanged});
  moved.update({"3", kUnchanged, kUnchanged}, {"4", "new", kUnchanged});
  moved.update({"5", "old", "kept"}, {"6", "new", "whole"});
  EXPECT_OK(apply_in_order(*sink_, moved, 2));
  EXPECT_EQ(bed_->sql("SELECT id, name, more FROM t ORDER BY id"),
            "2\tnew\tkept\n4\tnew\tkept\n6\tnew\twhole");
}

TEST_P(LoaderContract, TablesAreCleared) {
  if (skipped()) return;
  Batch rows(id_and_text("t"));
  rows.insert({"1", "one"}).insert({"2", "two"});
  ASSERT_TRUE(apply(*sink_, rows));
  ASSERT_TRUE(sink_->begin());
  EXPECT_OK(sink_->clear_table(name("t")));
  sink_->rollback();
  sink_ = open();
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "2");
  ASSERT_TRUE(sink_->begin());
  EXPECT_OK(sink_->clear_table(name("t")));
  EXPECT_OK(sink_->clear_table(name("missing")));
  Batch again(rows.changes().front().schema);
  again.insert({"2", "anew"});
  EXPECT_OK(sink_->apply_net(again.net(name("t"))));
  EXPECT_OK(sink_->write_ledger(std::vector<LedgerEntry>{chunk(1)}));
  EXPECT_OK(sink_->commit(checkpoint(2)));
  EXPECT_EQ(bed_->sql("SELECT id, name FROM t"), "2\tanew");
  EXPECT_EQ(ledger(*sink_).size(), 1U);
}

// Rows of other tables are not ours to remove.
TEST_P(LoaderContract, ClearingATableLeavesThoseThatReferToIt) {
  if (skipped() || is_sqlite()) return;
  bed_->sql("CREATE TABLE t (id " + bed_->bigint() +
            " NOT NULL PRIMARY KEY, name varchar(50)); CREATE TABLE child (id " + bed_->bigint() +
            " NOT NULL PRIMARY KEY, t " + bed_->bigint() +
            ", FOREIGN KEY (t) REFERENCES t (id) ON DELETE CASCADE);"
            "INSERT INTO t VALUES (1, 'one'); INSERT INTO child VALUES (10, 1)");
  ASSERT_TRUE(sink_->begin());
  EXPECT_OK(sink_->clear_table(name("t")));
  EXPECT_OK(sink_->commit(checkpoint(1)));
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "0");
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM child"), "1");
}

// Engines whose sinks keep a ledger.
INSTANTIATE_TEST_SUITE_P(Targets, LoaderContract,
                         ::testing::Values(Kind::postgres15, Kind::postgres18, Kind::mariadb,
                                           Kind::mysql, Kind::sqlite),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace tailrace::testing
