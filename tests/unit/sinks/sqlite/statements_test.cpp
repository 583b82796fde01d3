#include "sinks/sqlite/statements.h"

#include <gtest/gtest.h>

#include "sinks/sqlite/sqlite_dialect.h"

namespace tailrace::sqlite {
namespace {

// Table t with columns "a", "b" and "c" of a PostgreSQL source.
std::unique_ptr<const sql::TableMapping> mapping_of(std::vector<std::uint16_t> key) {
  TableSchema schema;
  schema.name = {"public", "t"};
  schema.engine = SourceEngine::postgresql;
  sql::TargetTable table;
  table.name = {"main", "t"};
  for (const char* name : {"a", "b", "c"}) {
    Column column;
    column.name = name;
    column.type = LogicalType::string;
    schema.columns.push_back(column);
    sql::TargetColumn target;
    target.name = name;
    target.type = sql::TargetType::text;
    table.columns.push_back(target);
  }
  if (!key.empty()) table.keys = {key};
  schema.key = std::move(key);
  auto mapping =
      sql::map_table(std::make_shared<const TableSchema>(schema), table, SqliteDialect());
  EXPECT_TRUE(mapping);
  return *std::move(mapping);
}

TEST(SqliteStatements, ByKey) {
  const auto mapping = mapping_of({2, 0});
  const SqliteDialect dialect;
  EXPECT_EQ(delete_statement(dialect, *mapping), R"(DELETE FROM "t" WHERE "c" = ?1 AND "a" = ?2)");
  EXPECT_EQ(upsert_statement(dialect, *mapping),
            R"(INSERT INTO "t" ("a", "b", "c") VALUES (?1, ?2, ?3))"
            R"( ON CONFLICT ("c", "a") DO UPDATE SET "b" = excluded."b")");
}

// What the source did not send is not among the columns that are set.
TEST(SqliteStatements, UpdatesSetOnlyWhatWasSent) {
  const auto mapping = mapping_of({0});
  const SqliteDialect dialect;
  const std::vector<std::uint16_t> sent = {2};
  EXPECT_EQ(update_statement(dialect, *mapping, sent), R"(UPDATE "t" SET "c" = ?2 WHERE "a" = ?1)");
  const std::vector<std::uint16_t> moved = {0, 2};
  EXPECT_EQ(update_statement(dialect, *mapping, moved),
            R"(UPDATE "t" SET "a" = ?2, "c" = ?3 WHERE "a" = ?1)");
}

TEST(SqliteStatements, WithoutKeyOneRowOfManyEqualOnes) {
  const auto mapping = mapping_of({});
  const SqliteDialect dialect;
  const std::string one =
      R"( WHERE rowid = (SELECT rowid FROM "t" WHERE "a" IS ?1 AND "b" IS ?2 AND "c" IS ?3 LIMIT 1))";
  EXPECT_EQ(delete_one_statement(dialect, *mapping), R"(DELETE FROM "t")" + one);
  EXPECT_EQ(update_one_statement(dialect, *mapping),
            R"(UPDATE "t" SET "a" = ?4, "b" = ?5, "c" = ?6)" + one);
}

}  // namespace
}  // namespace tailrace::sqlite
