#include "sinks/sqlite/catalogue.h"

#include <gtest/gtest.h>

#include "sinks/sqlite/sqlite_dialect.h"

namespace tailrace::sqlite {
namespace {

sql::TargetType type_of(std::string_view declared, bool strict) {
  sql::TargetColumn column;
  set_type(column, declared, strict);
  return column.type;
}

TEST(SqliteCatalogue, TypesFollowTheRulesOfAffinity) {
  using T = sql::TargetType;
  EXPECT_EQ(type_of("INTEGER", true), T::integer);
  EXPECT_EQ(type_of("TEXT", true), T::text);
  EXPECT_EQ(type_of("ANY", true), T::any);
  EXPECT_EQ(type_of("BLOB", true), T::bytes);
  EXPECT_EQ(type_of("bigint", false), T::integer);
  EXPECT_EQ(type_of("varchar(50)", false), T::text);
  EXPECT_EQ(type_of("double precision", false), T::float64);
  EXPECT_EQ(type_of("decimal(10,2)", false), T::numeric_affinity);
  EXPECT_EQ(type_of("", false), T::any);
}

TEST(SqliteCreateTable, TablesAreStrict) {
  TableSchema schema;
  schema.name = {"main", "t"};
  Column id;
  id.name = "id";
  id.type = LogicalType::int32;
  Column big;
  big.name = "big";
  big.type = LogicalType::uint64;
  schema.columns = {id, big};
  schema.key = {0};
  EXPECT_EQ(sql::create_table(SqliteDialect(), schema, schema.name),
            "CREATE TABLE IF NOT EXISTS \"t\" (\"id\" INTEGER NOT NULL, \"big\" TEXT, "
            "PRIMARY KEY (\"id\")) STRICT");
}

}  // namespace
}  // namespace tailrace::sqlite
