// The contract of sinks/sink.h, kept by every SQL sink against a real server.
// Rows as they must be after a unit.
#include "sink_contract.h"
#include "sink_contract_types.h"

namespace tailrace::testing {
namespace {

TEST_P(SinkContract, RowsSwapUniqueValuesInOneUnit) {
  if (skipped()) return;
  bed_->sql("CREATE TABLE t (id " + bed_->bigint() +
            " NOT NULL PRIMARY KEY, name varchar(50), UNIQUE (name))");
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "a"}).insert({"2", "b"}).insert({"3", "c"});
  ASSERT_TRUE(apply(*sink, batch));
  Batch swap(batch.changes().front().schema);
  swap.update({"1", "a"}, {"1", "b"}).update({"2", "b"}, {"2", "a"}).remove({"3", "c"});
  swap.insert({"4", "c"});
  EXPECT_OK(apply(*sink, swap, 2));
  EXPECT_OK(apply(*sink, swap, 3));
  EXPECT_EQ(bed_->sql("SELECT id, name FROM t ORDER BY id"), "1\tb\n2\ta\n4\tc");
}

TEST_P(SinkContract, ColumnsOfTheTargetsOwnAreKept) {
  if (skipped()) return;
  bed_->sql("CREATE TABLE t (id " + bed_->bigint() +
            " NOT NULL PRIMARY KEY, name varchar(50), note varchar(9), UNIQUE (name))");
  bed_->sql("INSERT INTO t VALUES (1, 'a', 'mine')");
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.update({"1", "a"}, {"1", "b"}).insert({"2", "c"});
  EXPECT_OK(apply(*sink, batch));
  Batch moved(batch.changes().front().schema);
  moved.update({"1", "b"}, {"7", "d"});
  EXPECT_OK(apply_in_order(*sink, moved, 2));
  EXPECT_EQ(bed_->sql("SELECT id, name, note FROM t ORDER BY id"), "2\tc\tNULL\n7\td\tmine");
}

TEST_P(SinkContract, OrderedChangesFollowTheSource) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "a"}).update({"1", "a"}, {"2", "a"}).insert({"1", "z"}).remove({"2", "a"});
  batch.update({"5", "x"}, {"6", "late"});  // the row is missing: it converges
  EXPECT_OK(apply_in_order(*sink, batch));
  EXPECT_EQ(bed_->sql("SELECT id, name FROM t ORDER BY id"), "1\tz\n6\tlate");
}

TEST_P(SinkContract, RowsWithoutKeyAreTouchedOneByOne) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(id_and_text("log", {}));
  batch.insert({"1", "a"}).insert({"1", "a"}).insert({"1", "A"}).insert({"2", std::nullopt});
  batch.remove({"1", "a"}).update({"2", std::nullopt}, {"3", "b"});
  EXPECT_OK(apply_in_order(*sink, batch));
  EXPECT_EQ(bed_->sql("SELECT id, name FROM log WHERE id = 3 OR name = 'a' ORDER BY id"),
            is_mysql() ? bed_->sql("SELECT id, name FROM log ORDER BY id") : "1\ta\n3\tb");
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM log"), "3");
  Batch missing(batch.changes().front().schema);
  missing.remove({"8", "nobody"});
  const Status refused = apply_in_order(*sink, missing, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::row_rejected);
}

TEST_P(SinkContract, UnsentColumnsKeepTheirValue) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(schema("t", {column("id", LogicalType::int32, "int"),
                           column("a", LogicalType::string, "varchar(9)", 9),
                           column("b", LogicalType::string, "varchar(9)", 9)}));
  batch.insert({"1", "a1", "b1"}).insert({"2", "a2", "b2"});
  ASSERT_TRUE(apply(*sink, batch));
  const SchemaPtr shape = batch.changes().front().schema;
  Batch partial(shape);
  partial.update({"1", kUnchanged, kUnchanged}, {"1", "A1", kUnchanged});
  partial.update({"2", kUnchanged, kUnchanged}, {"2", kUnchanged, std::nullopt});
  EXPECT_OK(apply(*sink, partial, 2));
  EXPECT_OK(apply_in_order(*sink, partial, 3));
  EXPECT_EQ(bed_->sql("SELECT id, a, b FROM t ORDER BY id"), "1\tA1\tb1\n2\ta2\tNULL");

  Batch missing(shape);
  missing.update({"3", kUnchanged, kUnchanged}, {"3", "x", kUnchanged});
  const Status refused = apply_in_order(*sink, missing, 4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::row_rejected);
  EXPECT_MENTIONS(refused.error().to_string(), "id=3");
  sink->rollback();
  Batch incomplete(shape);
  incomplete.insert({"4", "x", kUnchanged});
  sink = open();
  EXPECT_EQ(apply(*sink, incomplete, 4).error().kind(), ErrorKind::unsupported_value);
}

// PostgreSQL sends no row as it was when the key stays, and only the key when it changes.
TEST_P(SinkContract, RowsAsTheyWereAreNotNeeded) {
  if (skipped()) return;
  bed_->sql("CREATE TABLE t (id " + bed_->bigint() +
            " NOT NULL PRIMARY KEY, u varchar(9), v varchar(9), UNIQUE (u))");
  auto sink = open();
  Batch batch(schema("t", {column("id", LogicalType::int32, "int"),
                           column("u", LogicalType::string, "varchar(9)", 9),
                           column("v", LogicalType::string, "varchar(9)", 9)}));
  batch.insert({"1", "a", "x"}).insert({"2", "b", "y"}).insert({"3", "c", "z"});
  ASSERT_TRUE(apply(*sink, batch));
  const SchemaPtr shape = batch.changes().front().schema;
  Batch swap(shape);
  swap.update({}, {"1", "b", "x"}).update({"2", kUnchanged, kUnchanged}, {"2", "a", "y"});
  EXPECT_OK(apply(*sink, swap, 2));
  EXPECT_EQ(bed_->sql("SELECT id, u, v FROM t ORDER BY id"), "1\tb\tx\n2\ta\ty\n3\tc\tz");
  Batch partial(shape);
  partial.update({}, {"1", kUnchanged, "X"}).update({}, {"2", std::nullopt, kUnchanged});
  partial.update({}, {"3", kUnchanged, kUnchanged});
  EXPECT_OK(apply(*sink, partial, 3));
  EXPECT_OK(apply_in_order(*sink, partial, 4));
  EXPECT_EQ(bed_->sql("SELECT id, u, v FROM t ORDER BY id"), "1\tb\tX\n2\tNULL\ty\n3\tc\tz");
  Batch moved(shape);
  moved.update({"1", kUnchanged, kUnchanged}, {"7", kUnchanged, kUnchanged});
  moved.update({"3", kUnchanged, kUnchanged}, {"8", "d", kUnchanged});
  EXPECT_OK(apply_in_order(*sink, moved, 5));
  EXPECT_EQ(bed_->sql("SELECT id, u, v FROM t ORDER BY id"), "2\tNULL\ty\n7\tb\tX\n8\td\tz");
  Batch removal(shape);
  removal.remove({"7", kUnchanged, kUnchanged});
  EXPECT_OK(apply(*sink, removal, 6));
  EXPECT_EQ(bed_->sql("SELECT id FROM t ORDER BY id"), "2\n8");
  // A row that is missing cannot be made of what was sent; the error names it.
  for (const Row& after : {Row{"5", kUnchanged, "n"}, Row{"6", "n", kUnchanged}}) {
    Batch missing(shape);
    missing.update(*after[0] == "5" ? Row() : Row{"4", kUnchanged, kUnchanged}, after);
    const Status refused = apply_in_order(*sink, missing, 7);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::row_rejected);
    EXPECT_MENTIONS(refused.error().to_string(), *after[0] == "5" ? "id=5" : "id=4");
    sink->rollback();
    sink = open();
  }
  EXPECT_EQ(bed_->sql("SELECT id, u, v FROM t ORDER BY id"), "2\tNULL\ty\n8\td\tz");
}

TEST_P(SinkContract, TablesAreEmptiedAndDropped) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "one"});
  ASSERT_TRUE(apply(*sink, batch));
  const std::vector<TableName> targets = {name("t")};
  SchemaChange change;
  change.tables = {{"shop", "t"}};
  change.kind = SchemaChangeKind::truncate;
  ASSERT_TRUE(sink->begin());
  EXPECT_OK(sink->apply_schema_change(change, targets));
  EXPECT_OK(sink->apply_net(batch.net(name("t"))));
  EXPECT_OK(sink->commit(checkpoint(2)));
  EXPECT_EQ(bed_->sql("SELECT id FROM t"), "1");

  const std::vector<TableName> schema_only = {target_->default_table({"shop", ""})};
  change.kind = SchemaChangeKind::drop_schema;
  ASSERT_TRUE(sink->begin());
  const Status refused = sink->apply_schema_change(change, schema_only);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::schema_mismatch);
  EXPECT_FALSE(refused.error().hint().empty());
  sink->rollback();
  sink = open();

  change.kind = SchemaChangeKind::drop_table;
  for (int i = 3; i < 5; ++i) {  // a repetition is harmless
    ASSERT_TRUE(sink->begin());
    EXPECT_OK(sink->apply_schema_change(change, targets));
    EXPECT_OK(sink->commit(checkpoint(i)));
  }
  EXPECT_ANY_THROW(bed_->sql("SELECT id FROM t"));
  change.kind = SchemaChangeKind::drop_schema;
  ASSERT_TRUE(sink->begin());
  EXPECT_OK(sink->apply_schema_change(change, schema_only));
  EXPECT_OK(sink->commit(checkpoint(5)));
  EXPECT_OK(apply(*sink, batch, 6));
  EXPECT_EQ(bed_->sql("SELECT id FROM t"), "1");
}

TEST_P(SinkContract, EveryTypeIsCreatedAndWritten) {
  if (skipped()) return;
  std::vector<Column> columns;
  Row full;
  Row empty;
  for (const auto& [made, value] : every_type()) {
    columns.push_back(made);
    full.push_back(value);
    empty.push_back(std::nullopt);
  }
  empty[0] = "2";
  auto sink = open();
  Batch batch(schema("t", columns));
  batch.insert(full).insert(empty);
  EXPECT_OK(apply(*sink, batch));
  EXPECT_OK(apply_in_order(*sink, batch, 2));
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "2");
  EXPECT_EQ(bed_->sql("SELECT c5, c6, c7, c10, c19 FROM t WHERE id > 2"),
            "-9223372036854775808\t18446744073709551615\t-123456789012345.67890\tit's " +
                std::string(is_mysql() ? "\\\\" : "\\") + " \"q\" {,} \xF0\x9F\x98\x80\tY's");
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t WHERE c20 IS NULL AND c23 IS NULL AND c5 IS NULL"),
            "1");
  if (is_postgres()) {
    EXPECT_EQ(bed_->sql("SELECT c14, c15, c16 AT TIME ZONE 'UTC', c20, c22::text, c12 FROM t "
                        "WHERE id > 2"),
              "-838:59:58.999999\t1000-01-01 00:00:00.123\t2038-01-19 03:14:07.999999\t"
              "{a,\"b \\\"c\\\"\"}\t" +
                  std::string(64, '1') + "\t\\x00ff275c");
  }
  if (is_mysql()) {
    EXPECT_EQ(bed_->sql("SELECT c14, c15, c16, c20, HEX(c22), HEX(c12), HEX(c23), c8 + 0e0 FROM t "
                        "WHERE id > 2"),
              "-838:59:58.999999\t1000-01-01 00:00:00.123\t2038-01-19 03:14:07.999999\ta,b \"c\"\t"
              "FFFFFFFFFFFFFFFF\t00FF275C\t000000000101000000000000000000F03F0000000000000040\t"
              "1.1754943508222875e-38");
  }
}

}  // namespace
}  // namespace tailrace::testing
