
#include <gtest/gtest.h>

#include "sinks/sqlite/catalogue.h"
#include "sinks/sqlite/catalogue_details.h"
#include "sinks/sqlite/finish_rules.h"
#include "sinks/sqlite/sqlite_dialect.h"
#include "sinks/sqlite/statements.h"

namespace tailrace::sqlite {
namespace {

class SqliteFinish : public ::testing::Test {
 protected:
  void sql(const std::string& statements) {
    const Status done = database_.exec(statements);
    ASSERT_TRUE(done) << done.error().to_string();
  }
  sql::TargetTable table(const std::string& name) {
    return **load_table(database_, {"main", name});
  }
  sql::TargetDetails details(const std::string& name) {
    return *load_details(database_, table(name));
  }
  // Source table "t" with integer columns of these names, key "id".
  static TableSchema schema(std::initializer_list<const char*> names) {
    TableSchema made;
    made.name = {"shop", "t"};
    made.engine = SourceEngine::mysql;
    for (const char* name : names) {
      Column column;
      column.name = name;
      column.type = LogicalType::int32;
      made.columns.push_back(std::move(column));
    }
    made.key = {0};
    return made;
  }
  // Plans, executes, and answers the plan.
  sql::TableFinish finish(const TableSchema& from, const TableDetails& wanted) {
    const sql::TargetTable target = table("t");
    auto plan = sql::plan_finish({from, wanted, target, details("t")}, {true, {}}, SqliteDialect(),
                                 finish_rules());
    for (const auto& index : plan.indexes) {
      sql(create_index_statement(SqliteDialect(), target, index));
    }
    return plan;
  }

  Database database_ = *Database::open({.path = ":memory:"});
};

TEST_F(SqliteFinish, RowNumbersCountByThemselves) {
  sql("CREATE TABLE t (id INTEGER NOT NULL, v TEXT, PRIMARY KEY (id)) STRICT;"
      "CREATE TABLE x (id TEXT NOT NULL, v TEXT, PRIMARY KEY (id)) STRICT;"
      "CREATE TABLE w (id INTEGER NOT NULL, v TEXT, PRIMARY KEY (id)) WITHOUT ROWID;"
      "CREATE TABLE two (a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b)) STRICT");
  EXPECT_TRUE(details("t").columns[0].auto_increment);
  EXPECT_FALSE(details("t").columns[1].auto_increment);
  EXPECT_FALSE(details("x").columns[0].auto_increment);
  EXPECT_FALSE(details("w").columns[0].auto_increment);
  EXPECT_FALSE(details("two").columns[0].auto_increment);
  for (const char* name : {"t", "x", "w", "two"}) {
    ASSERT_EQ(details(name).indexes.size(), 1U) << name;
    EXPECT_TRUE(details(name).indexes[0].unique && details(name).indexes[0].plain) << name;
    EXPECT_EQ(details(name).indexes[0].columns[0].column, 0U) << name;
  }
}

TEST_F(SqliteFinish, ReadsIndexesAndNames) {
  sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT DEFAULT 'x', w TEXT UNIQUE) STRICT;"
      "CREATE INDEX by_v ON t (v DESC, w); CREATE INDEX part ON t (v) WHERE w > '';"
      "CREATE UNIQUE INDEX up ON t (upper(v)); CREATE VIEW seen AS SELECT 1");
  const sql::TargetDetails found = details("t");
  EXPECT_TRUE(found.columns[1].has_default);
  EXPECT_FALSE(found.columns[2].has_default);
  for (const char* name : {"t", "by_v", "part", "up", "seen"}) {
    EXPECT_TRUE(found.taken_index_names.contains(name)) << name;
  }
  const auto index = [&](const std::string& name) {
    for (const sql::TargetIndex& one : found.indexes) {
      if (one.name == name) return one;
    }
    ADD_FAILURE() << name;
    return sql::TargetIndex();
  };
  using Part = sql::TargetIndexColumn;
  EXPECT_EQ(index("by_v").columns, (std::vector<Part>{{1, 0, true}, {2, 0, false}}));
  EXPECT_TRUE(index("by_v").plain);
  EXPECT_FALSE(index("part").plain);
  EXPECT_FALSE(index("up").plain);
  EXPECT_TRUE(index("up").unique);
}

TEST_F(SqliteFinish, IndexesAreMadeOnceAndTheRestIsNamed) {
  sql("CREATE TABLE t (id INTEGER NOT NULL, v INTEGER, w INTEGER, PRIMARY KEY (id)) STRICT;"
      "CREATE TABLE by_v (x); CREATE INDEX mine ON t (w)");
  TableDetails wanted;
  wanted.comment = "c";
  wanted.columns.resize(3);
  wanted.columns[0].auto_increment = true;
  wanted.columns[1].default_value = ColumnDefault{ColumnDefault::Kind::literal, "1"};
  wanted.columns[2].auto_increment = true;
  wanted.indexes = {{"BY_V", true, {{1, 10, true}}, "btree", "", ""},
                    {"by_w", false, {{2}}, "btree", "", ""},
                    {"SQLite_x", false, {{1}, {2}}, "hash", "", ""},
                    {"words", false, {{1}}, "fulltext", "", ""}};
  wanted.foreign_keys = {{"to_u", {1}, {"shop", "u"}, {"id"}, "", ""}};
  const auto first = finish(schema({"id", "v", "w"}), wanted);
  ASSERT_EQ(first.indexes.size(), 2U);
  EXPECT_EQ(first.indexes[0].name, "t_BY_V");
  EXPECT_EQ(first.indexes[1].name, "index_SQLite_x");
  std::vector<std::string> ids;
  for (const Finding& finding : first.cannot) ids.push_back(finding.id);
  EXPECT_EQ(ids, (std::vector<std::string>{"CP-TGT-01", "CP-TGT-01", "CP-TGT-02", "CP-TGT-03",
                                           "CP-TGT-05", "CP-TGT-04"}));
  const auto again = finish(schema({"id", "v", "w"}), wanted);
  EXPECT_TRUE(again.empty());
  EXPECT_EQ(again.cannot.size(), first.cannot.size());
}

TEST_F(SqliteFinish, UniqueIndexesTellTextsApartByTheirOctets) {
  sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT COLLATE NOCASE);"
      "INSERT INTO t VALUES (1, 'a'), (2, 'A')");
  TableDetails wanted;
  wanted.columns.resize(2);
  wanted.indexes = {{"i", true, {{1}}, "btree", "", ""}};
  TableSchema from = schema({"id", "v"});
  from.engine = SourceEngine::postgresql;
  EXPECT_EQ(finish(from, wanted).indexes.size(), 1U);
  EXPECT_TRUE(finish(from, wanted).empty());
  EXPECT_FALSE(database_.exec("INSERT INTO t VALUES (3, 'a')"));
}

}  // namespace
}  // namespace tailrace::sqlite
