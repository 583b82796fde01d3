#include <gtest/gtest.h>

#include "sinks/sqlite/catalogue.h"
#include "sinks/sqlite/sqlite_dialect.h"
#include "sinks/sqlite/write_value.h"

namespace tailrace::sqlite {
namespace {

using L = LogicalType;

std::string type_from(SourceEngine engine, L type, std::string native, std::uint32_t length = 0) {
  Column column;
  column.type = type;
  column.native_type = std::move(native);
  column.length = length;
  TableSchema schema;
  schema.engine = engine;
  schema.columns = {column};
  return SqliteDialect().column_type(schema, 0);
}

TEST(SqlitePostgresTypes, NewColumns) {
  const auto postgres = SourceEngine::postgresql;
  EXPECT_EQ(type_from(postgres, L::float64, "double precision"), "ANY");
  EXPECT_EQ(type_from(postgres, L::float32, "real"), "ANY");
  EXPECT_EQ(type_from(SourceEngine::mysql, L::float64, "double"), "REAL");
  EXPECT_EQ(type_from(postgres, L::bit, "bit(3)", 3), "TEXT");
  EXPECT_EQ(type_from(postgres, L::bit, "bit varying"), "TEXT");
  EXPECT_EQ(type_from(SourceEngine::mysql, L::bit, "bit(3)", 3), "INTEGER");
  EXPECT_EQ(type_from(postgres, L::uint32, "oid"), "INTEGER");
  EXPECT_EQ(type_from(postgres, L::bytes, "bytea"), "BLOB");
  for (const L type : {L::decimal, L::date, L::timetz, L::timestamptz, L::interval, L::json,
                       L::uuid, L::enumeration, L::array, L::inet, L::other}) {
    EXPECT_EQ(type_from(postgres, type, "x"), "TEXT") << to_string(type);
  }
}

// "class:text" of the value as the file has it, or "!" and what is wrong with it.
std::string stored(L type, std::string native, const char* declared, std::string_view value) {
  auto database = *Database::open({.path = ":memory:"});
  EXPECT_TRUE(database.exec(std::string("CREATE TABLE t (v ") + declared + ") STRICT"));
  Column source;
  source.type = type;
  source.native_type = std::move(native);
  sql::TargetColumn target;
  set_type(target, declared, true);
  const sql::MappedColumn column{0, &source, &target, false, false};
  auto insert = *database.prepare("INSERT INTO t VALUES (?1)");
  std::string scratch;
  if (auto problem = bind_value(column, value, 1, insert, scratch)) return "!" + problem->what;
  EXPECT_TRUE(insert.run());
  auto rows = *database.prepare("SELECT typeof(v) || ':' || v FROM t");
  EXPECT_TRUE(*rows.step());
  return std::string(rows.text(0));
}

TEST(SqlitePostgresTypes, FloatsThatAreNoNumbers) {
  EXPECT_EQ(stored(L::float64, "double precision", "ANY", "NaN"), "text:NaN");
  EXPECT_EQ(stored(L::float64, "double precision", "ANY", "1.5"), "real:1.5");
  EXPECT_EQ(stored(L::float64, "double precision", "ANY", "-Infinity"), "real:-Inf");
  EXPECT_EQ(stored(L::float64, "double precision", "REAL", "Infinity"), "real:Inf");
  EXPECT_EQ(stored(L::float64, "double precision", "REAL", "NaN").front(), '!');
}

TEST(SqlitePostgresTypes, BitsKeepTheirLength) {
  EXPECT_EQ(stored(L::bit, "bit varying(5)", "TEXT", "001"), "text:001");
  EXPECT_EQ(stored(L::bit, "bit varying(5)", "ANY", "001"), "text:001");
  EXPECT_EQ(stored(L::bit, "bit(3)", "INTEGER", "101"), "integer:5");
  Column varying;
  varying.type = L::bit;
  varying.native_type = "bit varying(5)";
  for (const char* declared : {"INTEGER", "BLOB"}) {
    sql::TargetColumn target;
    set_type(target, declared, true);
    EXPECT_FALSE(sql::can_hold(varying, SourceEngine::postgresql, target, SqliteDialect()))
        << declared;
  }
}

}  // namespace
}  // namespace tailrace::sqlite
