#include "sinks/postgres/finish_statements.h"

#include <gtest/gtest.h>

#include "sinks/postgres/postgres_dialect.h"

namespace tailrace::postgres {
namespace {

sql::TargetTable two_columns() {
  sql::TargetTable table;
  table.name = {"s", "t\"x"};
  table.columns.resize(2);
  table.columns[0].name = "a";
  table.columns[1].name = "B c";
  return table;
}

TEST(PostgresFinishStatements, IndexesOfColumns) {
  const PostgresDialect dialect;
  sql::MissingIndex index;
  index.name = "i";
  index.columns = {{1, 0, true}, {0, 0, false}};
  EXPECT_EQ(index_statement(dialect, two_columns(), index),
            R"(CREATE INDEX "i" ON "s"."t""x" USING btree ("B c" DESC, "a"))");
  index.unique = true;
  index.method = "hash";
  index.columns = {{0, 0, false}};
  EXPECT_EQ(index_statement(dialect, two_columns(), index),
            R"(CREATE UNIQUE INDEX "i" ON "s"."t""x" USING hash ("a"))");
}

TEST(PostgresFinishStatements, IndexesByDefinitionGetOtherNames) {
  const PostgresDialect dialect;
  IndexDetails source;
  sql::MissingIndex index;
  index.name = "new";
  index.unique = true;
  index.by_definition = true;
  index.source = &source;
  const auto made = [&](const char* definition) {
    source.definition = definition;
    return index_statement(dialect, two_columns(), index).value_or("?");
  };
  EXPECT_EQ(
      made("CREATE UNIQUE INDEX old ON public.t USING btree (lower(a)) WHERE (a > ''::text)"),
      R"(CREATE UNIQUE INDEX "new" ON "s"."t""x" USING btree (lower(a)) WHERE (a > ''::text))");
  EXPECT_EQ(made(R"(CREATE UNIQUE INDEX "a USING b" ON ONLY "x "" USING y".t USING gin (a))"),
            R"(CREATE UNIQUE INDEX "new" ON "s"."t""x" USING gin (a))");
  EXPECT_EQ(made("ALTER TABLE t ADD UNIQUE (a)"), "?");
  EXPECT_EQ(made("CREATE INDEX i ON t"), "?");
}

TEST(PostgresFinishStatements, Expressions) {
  sql::TargetColumn column;
  column.type_name = "numeric(5,2)";
  column.native_base = "numeric";
  EXPECT_EQ(literal_expression(column, "'1.20'"), "'1.20'::numeric(5,2)");
  column.type_name = column.native_base = "money";
  EXPECT_EQ(literal_expression(column, "'1.20'"), "'1.20'::numeric::money::money");
  column.type = sql::TargetType::timestamp;
  column.scale = 3;
  EXPECT_EQ(now_expression(column), "LOCALTIMESTAMP(3)");
  column.type = sql::TargetType::timestamptz;
  column.scale = 6;
  EXPECT_EQ(now_expression(column), "CURRENT_TIMESTAMP");
  column.type = sql::TargetType::date;
  EXPECT_EQ(now_expression(column), "CURRENT_DATE");
}

TEST(PostgresFinishStatements, ForeignKeys) {
  const PostgresDialect dialect;
  sql::MissingForeignKey key;
  key.name = "fk";
  key.columns = {0, 1};
  key.referenced = {"s", "p"};
  key.referenced_columns = {"x", "y"};
  EXPECT_EQ(foreign_key_statement(dialect, two_columns(), key, true),
            R"(ALTER TABLE "s"."t""x" ADD CONSTRAINT "fk" FOREIGN KEY ("a", "B c") REFERENCES)"
            R"( "s"."p" ("x", "y") NOT VALID)");
  key.on_delete = "SET NULL";
  key.on_update = "CASCADE";
  EXPECT_EQ(foreign_key_statement(dialect, two_columns(), key, false),
            R"(ALTER TABLE "s"."t""x" ADD CONSTRAINT "fk" FOREIGN KEY ("a", "B c") REFERENCES)"
            R"( "s"."p" ("x", "y") ON DELETE SET NULL ON UPDATE CASCADE)");
}

}  // namespace
}  // namespace tailrace::postgres
