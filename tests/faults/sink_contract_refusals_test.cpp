// The contract of sinks/sink.h, kept by every SQL sink against a real server.
// What a target cannot take: named, with the cure, and nothing written.
#include "sink_contract.h"

namespace tailrace::testing {
namespace {

// An upsert must never take another row for its own, because that one has the same unique value.
TEST_P(SinkContract, UniqueConflictWithAForeignRowIsRefused) {
  if (skipped()) return;
  for (const std::string extra : {"", ", note varchar(9) DEFAULT 'mine'"}) {
    bed_->sql("DROP TABLE IF EXISTS t");
    bed_->sql("CREATE TABLE t (id " + bed_->bigint() + " NOT NULL PRIMARY KEY, name varchar(50)" +
              extra + ", UNIQUE (name))");
    bed_->sql("INSERT INTO t (id, name) VALUES (9, 'taken')");
    auto sink = open();
    Batch batch(id_and_text("t"));
    batch.insert({"1", "taken"});
    Status refused = apply(*sink, batch);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::row_rejected) << refused.error().to_string();
    sink->rollback();
    sink = open();
    refused = apply_in_order(*sink, batch);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), ErrorKind::row_rejected);
    EXPECT_MENTIONS(refused.error().to_string(), "id=1");
    EXPECT_MENTIONS(refused.error().to_string(), "table ");
    EXPECT_EQ(refused.error().to_string().find("taken"), std::string::npos)
        << refused.error().to_string();
    sink->rollback();
    EXPECT_EQ(bed_->sql("SELECT id, name FROM t"), "9\ttaken");
  }
}

TEST_P(SinkContract, RowsWithoutKeyAndExactComparisonAreRefusedByName) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(schema("log", {column("weight", LogicalType::float64, "double")}, {}));
  batch.insert({"0.1"});
  EXPECT_OK(apply_in_order(*sink, batch));
  Batch removal(batch.changes().front().schema);
  removal.remove({"0.1"});
  const Status refused = apply_in_order(*sink, removal, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::schema_mismatch);
  EXPECT_MENTIONS(refused.error().to_string(), "weight");
  EXPECT_MENTIONS(refused.error().hint(), "primary key");
}

TEST_P(SinkContract, MissingColumnNamesItsCureAndHeals) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "one"});
  ASSERT_TRUE(apply(*sink, batch));
  target_->set_schema_policy(SchemaPolicy::stop);
  sink = open();
  ASSERT_TRUE(add_column(*sink, "t", "age", 1));
  Batch wider(schema("t", {column("id", LogicalType::int32, "int"),
                           column("name", LogicalType::string, "varchar(50)", 50),
                           column("age", LogicalType::int16, "smallint")}));
  wider.insert({"2", "two", "22"});
  const Status refused = apply(*sink, wider, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::schema_mismatch);
  EXPECT_MENTIONS(refused.error().hint(), "ADD COLUMN");
  sink->rollback();
  bed_->sql(refused.error().hint());
  sink = open();
  EXPECT_OK(apply(*sink, wider, 2));
  EXPECT_EQ(bed_->sql("SELECT id, age FROM t ORDER BY id"), "1\tNULL\n2\t22");
}

TEST_P(SinkContract, ColumnDroppedDuringASessionHeals) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "one"});
  ASSERT_TRUE(apply(*sink, batch));
  bed_->sql("ALTER TABLE t DROP COLUMN name");
  const Status refused = apply(*sink, batch, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::schema_mismatch) << refused.error().to_string();
  sink->rollback();
  sink = open();
  const Status explained = apply(*sink, batch, 2);
  ASSERT_FALSE(explained);
  EXPECT_MENTIONS(explained.error().hint(), "ADD COLUMN");
  sink->rollback();
  bed_->sql(explained.error().hint());
  sink = open();
  EXPECT_OK(apply(*sink, batch, 2));
  EXPECT_EQ(bed_->sql("SELECT id, name FROM t"), "1\tone");
}

TEST_P(SinkContract, TargetWithoutTheKeyIsRefusedWithItsCure) {
  if (skipped() || is_sqlite()) return;  // SQLite cannot add a primary key
  bed_->sql("CREATE TABLE t (id integer NOT NULL, name varchar(50))");
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "one"});
  const Status refused = apply(*sink, batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::schema_mismatch);
  sink->rollback();
  bed_->sql(refused.error().hint());
  sink = open();
  EXPECT_OK(apply(*sink, batch));
}

TEST_P(SinkContract, ValuesThatDoNotFitAreNamedAndNothingIsWritten) {
  if (skipped()) return;
  bed_->sql("CREATE TABLE t (id " + bed_->bigint() + " NOT NULL PRIMARY KEY, big " +
            bed_->bigint() + ")" + bed_->strict());
  auto sink = open();
  Batch batch(schema("t", {column("id", LogicalType::int32, "int"),
                           column("big", LogicalType::uint64, "bigint unsigned")}));
  batch.insert({"1", "1"}).insert({"42", "18446744073709551615"});
  for (const bool in_order : {false, true}) {
    const Status refused = in_order ? apply_in_order(*sink, batch) : apply(*sink, batch);
    ASSERT_FALSE(refused);
    const std::string text = refused.error().to_string();
    EXPECT_EQ(refused.error().kind(), ErrorKind::unsupported_value) << text;
    EXPECT_MENTIONS(text, "t: ");
    EXPECT_MENTIONS(text, "id=42");
    EXPECT_MENTIONS(text, "\"big\"");
    EXPECT_FALSE(refused.error().hint().empty());
    EXPECT_EQ(text.find("18446744073709551615"), std::string::npos) << text;
    sink->rollback();
    sink = open();
    EXPECT_FALSE(sink->checkpoint());
    EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "0");
  }
}

TEST_P(SinkContract, NulAndZeroDateAreKeptOrRefused) {
  if (skipped()) return;
  auto sink = open();
  const SchemaPtr shape = schema("t", {column("id", LogicalType::int32, "int"),
                                       column("name", LogicalType::string, "varchar(9)", 9),
                                       column("day", LogicalType::date, "date")});
  Batch good(shape);
  good.insert({"0", "x", "2024-01-01"});
  ASSERT_TRUE(apply(*sink, good));
  const std::vector<std::pair<Row, std::string>> rows = {
      {{"1", std::string("a\0b", 3), "2024-02-29"}, "\"name\""},
      {{"2", "x", "0000-00-00"}, "\"day\""},
      {{"3", "x", "2024-00-10"}, "\"day\""}};
  int position = 0;
  for (const auto& [row, named] : rows) {
    Batch batch(shape);
    batch.insert(row);
    const Status applied = apply(*sink, batch, ++position);
    if (!is_postgres()) {
      EXPECT_OK(applied);
      continue;
    }
    ASSERT_FALSE(applied);
    EXPECT_EQ(applied.error().kind(), ErrorKind::unsupported_value);
    EXPECT_MENTIONS(applied.error().to_string(), named);
    EXPECT_MENTIONS(applied.error().to_string(), "id=" + *row[0]);
    sink->rollback();
    sink = open();
  }
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t WHERE id > 0"), is_postgres() ? "0" : "3");
  if (is_mysql()) {
    EXPECT_EQ(bed_->sql("SELECT HEX(name) FROM t WHERE id = 1"), "610062");
  }
}

TEST_P(SinkContract, RowThatTheServerRefusesIsNamedInOrder) {
  if (skipped()) return;
  bed_->sql("CREATE TABLE t (id " + bed_->bigint() +
            " NOT NULL PRIMARY KEY, name varchar(50) NOT NULL, CHECK (name <> 'bad'))");
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "good"}).insert({"2", std::nullopt});
  Status refused = apply(*sink, batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::row_rejected) << refused.error().to_string();
  EXPECT_MENTIONS(refused.error().to_string(), "t: ");
  sink->rollback();
  sink = open();
  refused = apply_in_order(*sink, batch);
  ASSERT_FALSE(refused);
  EXPECT_MENTIONS(refused.error().to_string(), "id=2");
  sink->rollback();
  EXPECT_EQ(bed_->sql("SELECT count(*) FROM t"), "0");
}

}  // namespace
}  // namespace tailrace::testing
