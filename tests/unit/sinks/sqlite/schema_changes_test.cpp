// The source's tables change: what becomes of a file, in the transaction of the unit.
#include <filesystem>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "clients/sqlite/database.h"
#include "sinks/sqlite/sqlite_target.h"

namespace tailrace::sqlite {
namespace {

using Kind = ColumnChange::Kind;

class SqliteSchemaChangesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = (std::filesystem::temp_directory_path() / "tailrace-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    target_ = std::make_unique<SqliteTarget>(TargetOptions{folder_ / "t.db", {}});
    other_ = std::make_unique<Database>(*Database::open({.path = folder_ / "t.db"}));
    open();
  }
  void TearDown() override {
    sink_.reset();
    other_.reset();
    std::filesystem::remove_all(folder_);
  }
  void open(SchemaPolicy policy = SchemaPolicy::apply) {
    sink_.reset();
    target_->set_schema_policy(policy);
    sink_ = *target_->open(lease_);
  }

  static Column integer(const char* name, bool nullable = true) {
    return {.name = name, .type = LogicalType::int32, .nullable = nullable, .native_type = "int"};
  }
  static Column text(const char* name, bool nullable = true) {
    return {.name = name,
            .type = LogicalType::string,
            .nullable = nullable,
            .length = 20,
            .native_type = "varchar(20)",
            .charset = "utf8mb4"};
  }
  static SchemaPtr version(std::vector<Column> columns, std::vector<std::uint16_t> key = {0},
                           const char* table = "t") {
    return std::make_shared<const TableSchema>(
        TableSchema{{"shop", table}, SourceEngine::mysql, std::move(columns), std::move(key)});
  }
  // One row; "-" is NULL.
  Status insert(const SchemaPtr& schema, const std::vector<std::string>& row) {
    std::vector<Value> values;
    for (const std::string& one : row) {
      values.push_back(one == "-" ? Value::null() : Value::present(one));
    }
    NetTable net{schema, {"main", schema->name.table}, {}, {}, {}};
    net.inserts.push_back({ChangeKind::insert, {}, values, false});
    if (auto begun = sink_->begin(); !begun) return begun;
    return sink_->apply_net(net);
  }
  Status alter(std::vector<ColumnChange> columns) {
    SchemaChange change;
    change.kind = SchemaChangeKind::alter_table;
    change.columns_known = true;
    change.columns = std::move(columns);
    return announce(std::move(change), {{"shop", "t"}});
  }
  Status announce(SchemaChange change, std::vector<TableName> tables) {
    std::vector<TableName> targets;
    for (const TableName& name : tables) targets.push_back({"main", name.table});
    change.tables = std::move(tables);
    if (auto begun = sink_->begin(); !begun) return begun;
    return sink_->apply_schema_change(change, targets);
  }
  void commit() {
    auto committed = sink_->commit({"uuid", Position{"p"}, 0});
    ASSERT_TRUE(committed) << committed.error().to_string();
  }
  static std::string said(const Status& status) {
    return status ? "ok" : status.error().to_string();
  }
  // The rows of a query, "a|b" and a line each.
  std::string rows(const std::string& sql) {
    auto statement = other_->prepare(sql);
    if (!statement) return statement.error().to_string();
    std::string out;
    while (*statement->step()) {
      if (!out.empty()) out += "\n";
      for (int i = 0; i < statement->column_count(); ++i) {
        out += (i > 0 ? "|" : "") + std::string(statement->text_or_null(i).value_or("NULL"));
      }
    }
    return out;
  }

  std::filesystem::path folder_;
  std::unique_ptr<SqliteTarget> target_;
  Lease lease_ = {"p", "s", "me", {}};
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<Database> other_;
};

TEST_F(SqliteSchemaChangesTest, ColumnsAreAddedWithWhatRowsHold) {
  ASSERT_TRUE(insert(version({integer("id", false)}), {"1"}));
  commit();
  ASSERT_TRUE(alter({{Kind::add, "n", {}, {ColumnFill::Kind::value, "7"}},
                     {Kind::add, "v", {}, {ColumnFill::Kind::value, "it's"}}}));
  const Status added =
      insert(version({integer("id", false), integer("n", false), text("v")}), {"2", "8", "-"});
  ASSERT_TRUE(added) << said(added);
  commit();
  EXPECT_EQ(rows("SELECT *, typeof(n) FROM t"), "1|7|it's|integer\n2|8|NULL|integer");
}

TEST_F(SqliteSchemaChangesTest, ColumnsAreDroppedAndRenamed) {
  const SchemaPtr before = version({integer("id", false), text("a"), text("b", false)});
  ASSERT_TRUE(insert(before, {"1", "x", "y"}));
  commit();
  ASSERT_TRUE(
      other_->exec("CREATE INDEX on_a ON t (a); CREATE UNIQUE INDEX on_b ON t (b);"
                   "CREATE TABLE log (what TEXT);"
                   "CREATE TRIGGER mine AFTER INSERT ON t BEGIN INSERT INTO log VALUES "
                   "(new.id); END; CREATE VIEW w AS SELECT id FROM t"));
  ASSERT_TRUE(alter({{Kind::drop, "a", {}, {}}, {Kind::rename, "b", "c", {}}}));
  const Status added = insert(version({integer("id", false), text("c", false)}), {"2", "z"});
  ASSERT_TRUE(added) << said(added);
  commit();
  EXPECT_EQ(rows("SELECT * FROM t"), "1|y\n2|z");
  EXPECT_EQ(rows("SELECT name FROM pragma_index_list('t') WHERE origin = 'c'"), "on_b");
  EXPECT_EQ(rows("SELECT what FROM log"), "2");
  EXPECT_EQ(rows("SELECT count(*) FROM w"), "2");
}

TEST_F(SqliteSchemaChangesTest, TypesAndNullabilityByMakingTheTableAnew) {
  ASSERT_TRUE(insert(version({integer("id", false), integer("n", false)}), {"1", "5"}));
  commit();
  ASSERT_TRUE(other_->exec("ALTER TABLE t ADD COLUMN mine TEXT DEFAULT 'own' COLLATE NOCASE"));
  Column wide = integer("n");
  wide.type = LogicalType::uint64;
  wide.native_type = "bigint unsigned";
  ASSERT_TRUE(alter({{Kind::modify, "n", {}, {}}}));
  sink_->set_copies_again(true);
  const Status added = insert(version({integer("id", false), wide}), {"2", "18446744073709551615"});
  ASSERT_TRUE(added) << said(added);
  commit();
  EXPECT_EQ(rows("SELECT typeof(n), \"notnull\", dflt_value FROM t, pragma_table_info('t') i "
                 "WHERE i.name IN ('n', 'mine') AND id = 2 ORDER BY i.cid"),
            "text|0|NULL\ntext|0|'own'");
  EXPECT_EQ(rows("SELECT n FROM t WHERE id = 2"), "18446744073709551615");
}

// What a person made around a table that is made anew.
TEST_F(SqliteSchemaChangesTest, WhatIsAroundATableStays) {
  ASSERT_TRUE(
      other_->exec("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, "
                   "v TEXT CHECK (v <> a), UNIQUE (v)) STRICT;"
                   "CREATE INDEX on_a ON t (v) WHERE a <> '';"
                   "CREATE TABLE child (t INTEGER REFERENCES t (id) ON DELETE CASCADE);"
                   "INSERT INTO t VALUES (99, 'x', 'y'); DELETE FROM t;"
                   "INSERT INTO child VALUES (1)"));
  open();
  ASSERT_TRUE(insert(version({integer("id", false), text("a"), text("v")}), {"1", "x", "y"}));
  commit();
  const Status altered = alter({{Kind::drop, "a", {}, {}}});
  ASSERT_TRUE(altered) << said(altered);
  commit();
  EXPECT_EQ(rows("SELECT * FROM t"), "1|y");
  EXPECT_EQ(rows("SELECT * FROM child"), "1");
  EXPECT_EQ(rows("SELECT name, seq FROM sqlite_sequence"), "t|99");
  EXPECT_EQ(rows("SELECT name FROM pragma_index_list('t') WHERE origin = 'u' OR origin = 'c'"),
            "sqlite_autoindex_t_1");
}

// The statement of a message, where foreign keys are enforced.
TEST_F(SqliteSchemaChangesTest, ACureRemovesNoRowsOfOthers) {
  ASSERT_TRUE(insert(version({integer("id", false), text("a", false)}), {"1", "x"}));
  commit();
  ASSERT_TRUE(
      other_->exec("CREATE TABLE child (t INTEGER REFERENCES t (id) ON DELETE CASCADE);"
                   "INSERT INTO child VALUES (1); PRAGMA foreign_keys=ON"));
  open(SchemaPolicy::stop);
  const Status stopped = alter({{Kind::drop, "a", {}, {}}});
  ASSERT_FALSE(stopped);
  sink_.reset();
  const Status cured = other_->exec(stopped.error().hint());
  ASSERT_TRUE(cured) << said(cured);
  EXPECT_EQ(rows("SELECT * FROM t"), "1");
  EXPECT_EQ(rows("SELECT * FROM child"), "1");
}

// A script that failed leaves nothing behind in the session.
TEST_F(SqliteSchemaChangesTest, AColumnThatAnotherOneIsComputedFrom) {
  ASSERT_TRUE(insert(version({integer("id", false), text("a")}), {"1", "x"}));
  commit();
  ASSERT_TRUE(other_->exec("ALTER TABLE t ADD COLUMN g TEXT AS (a || '!')"));
  open();
  const Status altered = alter({{Kind::drop, "a", {}, {}}});
  ASSERT_FALSE(altered);
  EXPECT_EQ(altered.error().kind(), ErrorKind::schema_mismatch);
  sink_->rollback();
  ASSERT_TRUE(other_->exec(altered.error().hint())) << altered.error().hint();
  open();
  ASSERT_TRUE(alter({{Kind::drop, "a", {}, {}}}));
  commit();
  EXPECT_EQ(rows("SELECT * FROM t"), "1");
}

// A column that a person made, without quotes.
TEST_F(SqliteSchemaChangesTest, TextThatBecomesOctets) {
  ASSERT_TRUE(
      other_->exec("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) STRICT;"
                   "INSERT INTO t VALUES (1, 'x')"));
  open();
  Column octets = text("v");
  octets.type = LogicalType::bytes;
  octets.native_type = "varbinary(20)";
  octets.charset.clear();
  const SchemaPtr after = version({integer("id", false), octets});
  const Status stopped = insert(after, {"2", "y"});
  ASSERT_FALSE(stopped);
  sink_->rollback();
  const Status cured = other_->exec(stopped.error().hint());
  ASSERT_TRUE(cured) << said(cured) << stopped.error().hint();
  open();
  ASSERT_TRUE(insert(after, {"2", "y"}));
  commit();
  EXPECT_EQ(rows("SELECT id, typeof(v) FROM t"), "1|blob\n2|blob");
}

TEST_F(SqliteSchemaChangesTest, NothingIsLeftOfAChangeThatIsRolledBack) {
  ASSERT_TRUE(insert(version({integer("id", false), text("a", false)}), {"1", "x"}));
  commit();
  ASSERT_TRUE(alter({{Kind::drop, "a", {}, {}}}));
  sink_->rollback();
  EXPECT_EQ(rows("SELECT * FROM t"), "1|x");
  ASSERT_TRUE(alter({{Kind::drop, "a", {}, {}}}));
  commit();
  EXPECT_EQ(rows("SELECT * FROM t"), "1");
}

TEST_F(SqliteSchemaChangesTest, TablesAreRenamedAndSwapped) {
  ASSERT_TRUE(insert(version({integer("id", false)}), {"1"}));
  ASSERT_TRUE(insert(version({integer("id", false)}, {0}, "u"), {"2"}));
  commit();
  SchemaChange swap;
  swap.kind = SchemaChangeKind::rename_table;
  const TableName t{"shop", "t"};
  const TableName u{"shop", "u"};
  const TableName x{"shop", "x"};
  ASSERT_TRUE(announce(swap, {t, x, u, t, x, u}));
  commit();
  EXPECT_EQ(rows("SELECT (SELECT id FROM t), (SELECT id FROM u)"), "2|1");
  open(SchemaPolicy::stop);
  const Status stopped = announce(swap, {t, x});
  EXPECT_NE(said(stopped).find(R"(ALTER TABLE "t" RENAME TO "x")"), std::string::npos)
      << said(stopped);
}

TEST_F(SqliteSchemaChangesTest, ThePrimaryKeyChanges) {
  const std::vector<Column> columns = {integer("a", false), integer("b", false)};
  ASSERT_TRUE(insert(version(columns), {"1", "10"}));
  commit();
  ASSERT_TRUE(alter({}));
  Status added = insert(version(columns, {0, 1}), {"1", "11"});
  ASSERT_TRUE(added) << said(added);
  commit();
  EXPECT_EQ(rows("SELECT * FROM t"), "1|10\n1|11");
  ASSERT_TRUE(alter({}));
  added = insert(version(columns, {}), {"1", "11"});
  ASSERT_TRUE(added) << said(added);
  commit();
  EXPECT_EQ(rows("SELECT count(*) FROM t"), "3");
  // Rows that do not fit are the business of a copy.
  ASSERT_TRUE(alter({}));
  added = insert(version(columns, {1}), {"2", "12"});
  EXPECT_NE(said(added).find("rows do not fit the new primary key"), std::string::npos);
  sink_->rollback();
  sink_->set_copies_again(true);
  ASSERT_TRUE(alter({}));
  added = insert(version(columns, {1}), {"2", "12"});
  ASSERT_TRUE(added) << said(added);
  EXPECT_EQ(sink_->take_stale_tables().size(), 1U);
  commit();
  EXPECT_EQ(rows("SELECT * FROM t"), "2|12");
  EXPECT_EQ(rows("SELECT name FROM pragma_table_info('t') WHERE pk > 0"), "b");
}

TEST_F(SqliteSchemaChangesTest, IgnoreLeavesOutWhatTheTargetLacks) {
  ASSERT_TRUE(insert(version({integer("id", false)}), {"1"}));
  commit();
  open(SchemaPolicy::ignore);
  ASSERT_TRUE(alter({{Kind::add, "n", {}, {ColumnFill::Kind::value, "7"}}}));
  ASSERT_TRUE(insert(version({integer("id", false), integer("n", false)}), {"2", "8"}));
  EXPECT_TRUE(sink_->take_left_out().empty());  // not before the unit is there
  commit();
  EXPECT_EQ(rows("SELECT * FROM t"), "1\n2");
  const auto left = sink_->take_left_out();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].table, (TableName{"shop", "t"}));
  EXPECT_EQ(left[0].columns, (std::vector<std::string>{"n"}));
  EXPECT_EQ(left[0].rows, 1U);
  SchemaChange drop;
  drop.kind = SchemaChangeKind::drop_table;
  ASSERT_TRUE(announce(drop, {{"shop", "t"}}));
  commit();
  EXPECT_EQ(rows("SELECT count(*) FROM t"), "2");
}

// The statement of a message is run as it stands, and the change goes on.
TEST_F(SqliteSchemaChangesTest, StopGoesOnOnceTheStatementWasRun) {
  ASSERT_TRUE(insert(version({integer("id", false), text("a", false)}), {"1", "x"}));
  commit();
  open(SchemaPolicy::stop);
  const auto cure = [&](const Status& stopped) {
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().kind(), ErrorKind::schema_mismatch);
    sink_.reset();
    const Status cured = other_->exec(stopped.error().hint());
    EXPECT_TRUE(cured) << said(cured) << stopped.error().hint();
    open(SchemaPolicy::stop);
  };
  cure(alter({{Kind::drop, "a", {}, {}}}));
  ASSERT_TRUE(alter({{Kind::drop, "a", {}, {}}}));
  commit();
  const SchemaPtr after = version({integer("id", false), integer("n", false)});
  const auto add = [&] {
    const Status altered = alter({{Kind::add, "n", {}, {ColumnFill::Kind::value, "7"}}});
    return altered ? insert(after, {"2", "8"}) : altered;
  };
  cure(add());
  const Status added = add();
  ASSERT_TRUE(added) << said(added);
  commit();
  EXPECT_EQ(rows("SELECT * FROM t"), "1|7\n2|8");
  SchemaChange drop;
  drop.kind = SchemaChangeKind::drop_table;
  cure(announce(drop, {{"shop", "t"}}));
  ASSERT_TRUE(announce(drop, {{"shop", "t"}}));
  commit();
}

TEST_F(SqliteSchemaChangesTest, AddOnlyTakesNothingAway) {
  ASSERT_TRUE(insert(version({integer("id", false), text("a", false)}), {"1", "x"}));
  commit();
  open(SchemaPolicy::add_only);
  ASSERT_TRUE(alter({{Kind::drop, "a", {}, {}}}));
  const Status added = insert(version({integer("id", false)}), {"2"});
  ASSERT_TRUE(added) << said(added);
  commit();
  EXPECT_EQ(rows("SELECT * FROM t"), "1|x\n2|NULL");
  const Status renamed = alter({{Kind::rename, "id", "key", {}}});
  EXPECT_NE(said(renamed).find("RENAME COLUMN \"id\" TO \"key\""), std::string::npos)
      << said(renamed);
}

// A person's doing: the table had rows, and would be made anew without them.
TEST_F(SqliteSchemaChangesTest, ATableThatIsGone) {
  const SchemaPtr schema = version({integer("id", false)});
  ASSERT_TRUE(insert(schema, {"1"}));
  commit();
  ASSERT_TRUE(other_->exec("DROP TABLE t"));
  open();
  const Status stopped = insert(schema, {"2"});
  ASSERT_FALSE(stopped);
  sink_->rollback();
  ASSERT_TRUE(other_->exec(stopped.error().hint())) << stopped.error().hint();
  open();
  const Status added = insert(schema, {"2"});
  ASSERT_TRUE(added) << said(added);
}

// What differs at the target is cured by the statement of the message, as it stands.
TEST_F(SqliteSchemaChangesTest, SurprisesAtTheTarget) {
  const SchemaPtr schema = version({integer("id", false), text("v")});
  for (const char* there : {"CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY) STRICT",
                            "CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB) STRICT",
                            "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, mine INT NOT NULL)",
                            "CREATE TABLE t (id INTEGER NOT NULL, v TEXT)"}) {
    ASSERT_TRUE(other_->exec("DROP TABLE IF EXISTS t"));
    ASSERT_TRUE(other_->exec(there));
    open();
    const Status stopped = insert(schema, {"1", "x"});
    ASSERT_FALSE(stopped) << there;
    EXPECT_EQ(stopped.error().kind(), ErrorKind::schema_mismatch);
    sink_->rollback();
    const Status cured = other_->exec(stopped.error().hint());
    ASSERT_TRUE(cured) << there << ": " << said(cured) << "\n" << stopped.error().hint();
    open();
    const Status added = insert(schema, {"1", "x"});
    ASSERT_TRUE(added) << there << ": " << said(added);
    sink_->rollback();
  }
}

}  // namespace
}  // namespace tailrace::sqlite
