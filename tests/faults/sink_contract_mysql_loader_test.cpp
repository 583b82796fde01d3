// What only loaders of MySQL and MariaDB do: LOAD DATA or INSERT, and how tables are finished.
#include <gtest/gtest.h>

#include "sink_contract_loader.h"
#include "sink_contract_types.h"

namespace tailrace::testing {
namespace {

class MySqlLoader : public LoaderContract {
 protected:
  void TearDown() override {
    if (!skipped()) allow_load_data(true);
  }
  void allow_load_data(bool allowed) {
    bed_->sql(std::string("SET GLOBAL local_infile = ") + (allowed ? "1" : "0"));
  }
  std::uint64_t load_data_count() {
    const std::string row = bed_->sql("SHOW GLOBAL STATUS LIKE 'Com_load'");
    return std::stoull(row.substr(row.find('\t') + 1));
  }
};

TEST_P(MySqlLoader, TakesLoadDataWhereItIsAllowed) {
  if (skipped()) return;
  for (const bool allowed : {true, false}) {
    allow_load_data(allowed);
    const std::string table = allowed ? "loaded" : "inserted";
    Batch rows(id_and_text(table));
    for (int id = 1; id <= 3000; ++id) rows.insert({std::to_string(id), "row"});
    const std::uint64_t before = load_data_count();
    auto loader = open_loader();
    must(loader->prepare(rows.changes().front().schema, name(table)));
    EXPECT_OK(load(*loader, rows, {chunk(1)}));
    EXPECT_EQ(load_data_count() > before, allowed);
    EXPECT_EQ(bed_->sql("SELECT COUNT(*), MIN(name), MAX(id) FROM " + table), "3000\trow\t3000");
  }
}

TEST_P(MySqlLoader, GoesOnWithoutLoadDataWhenItIsForbiddenMeanwhile) {
  if (skipped()) return;
  Batch rows(id_and_text("t"));
  rows.insert({"1", "one"}).insert({"2", "two"});
  auto loader = open_loader();
  must(loader->prepare(rows.changes().front().schema, name("t")));
  allow_load_data(false);
  EXPECT_OK(load(*loader, rows, {chunk(1)}));
  EXPECT_EQ(bed_->sql("SELECT COUNT(*) FROM t"), "2");
}

TEST_P(MySqlLoader, EveryTypeIsInsertedAsItIsLoaded) {
  if (skipped()) return;
  std::vector<Column> columns;
  Row full;
  for (const auto& [made, value] : every_type()) {
    columns.push_back(made);
    full.push_back(value);
  }
  for (const bool allowed : {true, false}) {
    allow_load_data(allowed);
    Batch rows(schema(allowed ? "loaded" : "inserted", columns));
    rows.insert(full);
    auto loader = open_loader();
    must(loader->prepare(rows.changes().front().schema, name(table_of(rows))));
    EXPECT_OK(load(*loader, rows));
  }
  EXPECT_EQ(bed_->sql("SELECT * FROM loaded"), bed_->sql("SELECT * FROM inserted"));
}

// LOAD DATA would make 2000 of "0", octets of a number, and the current time of NULL.
TEST_P(MySqlLoader, KeepsWhatLoadDataReadsInItsOwnWay) {
  if (skipped()) return;
  bed_->sql(
      "CREATE TABLE t (id INT NOT NULL PRIMARY KEY AUTO_INCREMENT, y YEAR, b BIT(64),"
      " o VARBINARY(9), s VARCHAR(9) NOT NULL)");
  const SchemaPtr shape =
      schema("t", {column("id", LogicalType::int32, "int"), column("y", LogicalType::int16, "year"),
                   column("b", LogicalType::bit, "bit(64)", 64),
                   column("o", LogicalType::bytes, "varbinary(9)", 9),
                   column("s", LogicalType::string, "varchar(9)", 9)});
  Batch rows(shape);
  rows.insert({"0", "0", std::string(64, '1'), std::string("\0\n\\", 3), ""});
  rows.insert({"2", "2155", "1", "", "\\N"});
  auto loader = open_loader();
  must(loader->prepare(shape, name("t")));
  const std::uint64_t before = load_data_count();
  EXPECT_OK(load(*loader, rows));
  EXPECT_GT(load_data_count(), before);
  EXPECT_EQ(bed_->sql("SELECT id, y, b + 0, HEX(o), HEX(s) FROM t ORDER BY id"),
            "0\t0000\t18446744073709551615\t000A5C\t\n2\t2155\t1\t\t5C4E");
  bed_->sql("CREATE TABLE n (id INT PRIMARY KEY, at TIMESTAMP NOT NULL)");
  Batch absent(schema("n", {column("id", LogicalType::int32, "int"),
                            column("at", LogicalType::timestamptz, "timestamp")}));
  absent.insert({"1", std::nullopt});
  must(loader->prepare(absent.changes().front().schema, name("n")));
  const Status refused = load(*loader, absent);
  ASSERT_FALSE(refused);
  EXPECT_MENTIONS(refused.error().to_string(), "id=1");
}

// The server would only warn, and store question marks.
TEST_P(MySqlLoader, TextThatTheColumnCannotHoldIsRefusedByName) {
  if (skipped()) return;
  bed_->sql("CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(50) CHARACTER SET latin1)");
  Batch rows(id_and_text("t"));
  for (int id = 1; id <= 50; ++id) {
    rows.insert({std::to_string(id), id == 33 ? "\xE6\xB0\xB4" : "water"});
  }
  auto loader = open_loader();
  must(loader->prepare(rows.changes().front().schema, name("t")));
  const Status refused = load(*loader, rows);
  ASSERT_FALSE(refused);
  EXPECT_MENTIONS(refused.error().to_string(), "id=33");
  loader->rollback();
  EXPECT_EQ(bed_->sql("SELECT COUNT(*) FROM t"), "0");
}

TEST_P(MySqlLoader, CounterIsMadeBeforeTheRows) {
  if (skipped()) return;
  TableDetails details;
  details.columns.resize(2);
  details.columns[0].auto_increment = true;
  details.next_auto_value = 700;
  Batch rows(id_and_text("t"));
  rows.insert({"1", "one"});
  auto loader = open_loader();
  loader->expect(details);
  EXPECT_FALSE(must(loader->prepare(rows.changes().front().schema, name("t"))));
  EXPECT_OK(load(*loader, rows));
  bed_->sql("INSERT INTO t (name) VALUES ('next')");
  EXPECT_EQ(bed_->sql("SELECT id FROM t WHERE name = 'next'"), "700");
}

TEST_P(MySqlLoader, FinishedTableHasWhatItsSourceHas) {
  if (skipped()) return;
  const SchemaPtr made = schema("t", {column("id", LogicalType::int64, "bigint"),
                                      column("name", LogicalType::string, "varchar(50)", 50),
                                      column("note", LogicalType::string, "text", 65535),
                                      column("at", LogicalType::timestamp, "datetime"),
                                      column("o", LogicalType::bytes, "varbinary(9)", 9),
                                      column("n", LogicalType::int32, "int")});
  TableSchema named = *made;
  named.engine = SourceEngine::mysql;
  const SchemaPtr shape = std::make_shared<const TableSchema>(named);
  TableDetails details;
  details.comment = "it's \\ a table";
  details.next_auto_value = 900;
  details.columns.resize(6);
  details.columns[0].auto_increment = true;
  details.columns[1].default_value = {ColumnDefault::Kind::literal, "it's"};
  details.columns[1].comment = "a \"name\"";
  details.columns[2].default_value = {ColumnDefault::Kind::literal, "text"};
  details.columns[3].default_value = {ColumnDefault::Kind::current_timestamp, ""};
  details.columns[3].on_update_now = true;
  details.columns[4].default_value = {ColumnDefault::Kind::literal, std::string("\0\xFF", 2)};
  details.columns[5].default_value = {ColumnDefault::Kind::expression, "1 + 2"};
  details.indexes = {
      {"by_name", true, {{1}}, "btree", {}, {}},
      {"by_note", false, {{2}, {5, 0, true}}, "btree", {}, {}},
      {"by_start", false, {{2, 10}}, "btree", {}, {}},
      {"words", false, {{2}}, "fulltext", "fulltext", "FULLTEXT KEY `words` (`note`)"}};
  Batch rows(shape);
  rows.insert({"1", "one", "note", "2024-01-01 00:00:00", "x", "1"});
  rows.insert({"2", "two", "note", "2024-01-01 00:00:00", "x", "1"});
  auto loader = open_loader();
  must(loader->prepare(shape, name("t")));
  ASSERT_TRUE(load(*loader, rows));
  for (int i = 0; i < 2; ++i) {
    const auto findings = must(loader->finish_table(shape, details, name("t"), {})).cannot;
    for (const Finding& finding : findings) ADD_FAILURE() << finding.message << finding.fix;
  }
  bed_->sql("INSERT INTO t () VALUES ()");
  EXPECT_EQ(bed_->sql("SELECT id, name, note, at > '2025-01-01', HEX(o), n FROM t WHERE id > 2"),
            "900\tit's\ttext\t1\t00FF\t3");
  const std::string shown = bed_->sql("SHOW CREATE TABLE t");
  for (const char* part :
       {"ON UPDATE", "UNIQUE KEY `by_name` (`name`)", "KEY `by_note` (`note`(",
        "KEY `by_start` (`note`(10))", "FULLTEXT KEY `words` (`note`)", "a \"name\"", "it''s"}) {
    EXPECT_MENTIONS(shown, part);
  }
}

TEST_P(MySqlLoader, WhatTheServerRefusesIsAWarningAndTheRestIsMade) {
  if (skipped()) return;
  const SchemaPtr shape = id_and_text("t");
  TableDetails details;
  details.columns.resize(2);
  details.columns[1].comment = "kept";
  details.indexes = {{"unique_name", true, {{1}}, "btree", {}, {}},
                     {"by_name", false, {{1}}, "btree", {}, {}}};
  Batch rows(shape);
  rows.insert({"1", "secret-value"}).insert({"2", "secret-value"});
  auto loader = open_loader();
  must(loader->prepare(shape, name("t")));
  ASSERT_TRUE(load(*loader, rows));
  const auto findings = must(loader->finish_table(shape, details, name("t"), {})).cannot;
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].level, Finding::Level::warning);
  EXPECT_MENTIONS(findings[0].message, "unique_name");
  EXPECT_MENTIONS(findings[0].fix, "ALTER TABLE");
  EXPECT_EQ(findings[0].message.find("secret-value"), std::string::npos);
  EXPECT_MENTIONS(bed_->sql("SHOW CREATE TABLE t"), "KEY `by_name`");
  EXPECT_MENTIONS(bed_->sql("SHOW CREATE TABLE t"), "kept");
}

TEST_P(MySqlLoader, ForeignKeysAreMadeWhenAskedFor) {
  if (skipped()) return;
  bed_->sql("CREATE TABLE parent (id INT NOT NULL PRIMARY KEY)");
  const SchemaPtr shape = schema(
      "t", {column("id", LogicalType::int32, "int"), column("p", LogicalType::int32, "int")});
  TableDetails details;
  details.columns.resize(2);
  details.foreign_keys = {{"fk", {1}, {"shop", "parent"}, {"id"}, "CASCADE", "NO ACTION"},
                          {"elsewhere", {1}, {"shop", "missing"}, {"id"}, "", ""}};
  auto loader = open_loader();
  must(loader->prepare(shape, name("t")));
  for (int i = 0; i < 2; ++i) {
    const auto findings = must(loader->finish_table(shape, details, name("t"),
                                                    {true, {{{"shop", "parent"}, name("parent")}}}))
                              .cannot;
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_MENTIONS(findings[0].message, "elsewhere");
  }
  EXPECT_MENTIONS(bed_->sql("SHOW CREATE TABLE t"), "REFERENCES `parent` (`id`) ON DELETE CASCADE");
}

INSTANTIATE_TEST_SUITE_P(Targets, MySqlLoader, ::testing::Values(Kind::mariadb, Kind::mysql),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace tailrace::testing
