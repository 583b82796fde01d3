// Each way in which the schema of a copy can be wrong is seen, and what servers spell differently
// is none of them.
#include "tests/support/compare/schema/compare_definitions.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/compare/schema/definition_readers.h"
#include "tests/support/compare/schema/expected_type.h"

namespace tailrace::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = DefinedDefault::Kind;

DefinedSchema source() {
  DefinedTable table;
  table.columns = {
      {.name = "id", .type = "int unsigned", .nullable = false, .counts = true},
      {.name = "name",
       .type = "varchar(20)",
       .charset = "utf8mb4",
       .nullable = false,
       .default_value = DefinedDefault{Kind::literal, "x"},
       .comment = "of a person"},
      {.name = "since", .type = "datetime(3)", .default_value = DefinedDefault{Kind::now, ""}},
  };
  table.key = {"id"};
  table.indexes = {{true, {"name"}}, {false, {"since desc", "name"}}};
  table.comment = "people";
  return {ServerKind::mysql, {{"t", table}}};
}

DefinedSchema postgres_copy() {
  DefinedSchema copy = source();
  copy.server = ServerKind::postgresql;
  copy.tables["t"].columns[0].type = "bigint";
  copy.tables["t"].columns[2].type = "timestamp(3)";
  return copy;
}

std::vector<std::string> seen(const std::function<void(DefinedTable&)>& harm,
                              const DefinitionOptions& options = {}) {
  DefinedSchema copy = postgres_copy();
  harm(copy.tables["t"]);
  return definition_differences(source(), copy, options);
}

TEST(CompareDefinitions, ARightCopyHasNoDifference) {
  EXPECT_THAT(definition_differences(source(), postgres_copy()), IsEmpty());
}

TEST(CompareDefinitions, SeesTables) {
  DefinedSchema copy = postgres_copy();
  copy.tables["u"] = copy.tables["t"];
  EXPECT_THAT(definition_differences(source(), copy), ElementsAre("u: only at the target"));
  copy.tables.erase("t");
  EXPECT_THAT(definition_differences(source(), copy),
              ElementsAre("t: no such table at the target", "u: only at the target"));
}

TEST(CompareDefinitions, SeesColumns) {
  EXPECT_THAT(seen([](auto& table) { table.columns.pop_back(); }),
              ElementsAre("t: column since is not at the target"));
  EXPECT_THAT(seen([](auto& table) { table.columns.push_back({.name = "old", .type = "text"}); }),
              ElementsAre("t: column old is only at the target"));
  EXPECT_THAT(
      seen([](auto& table) { table.columns[1].type = "varchar(10)"; }),
      ElementsAre("t.name: varchar(20) at the source should be varchar(20), is varchar(10)"));
  EXPECT_THAT(seen([](auto& table) { table.columns[1].nullable = true; }),
              ElementsAre("t.name: may be NULL at the target only"));
  EXPECT_THAT(seen([](auto& table) { table.columns[2].nullable = false; }),
              ElementsAre("t.since: is NOT NULL at the target"));
  EXPECT_THAT(seen([](auto& table) { table.columns[0].counts = false; }),
              ElementsAre("t.id: does not count at the target"));
}

TEST(CompareDefinitions, ATypeWithoutRuleIsADifference) {
  DefinedSchema odd = source();
  odd.tables["t"].columns[2].type = "linestring";
  EXPECT_THAT(
      definition_differences(odd, postgres_copy()),
      ElementsAre("t.since: linestring at the source should be (no rule), is timestamp(3)"));
}

TEST(CompareDefinitions, SeesKeysAndIndexes) {
  EXPECT_THAT(seen([](auto& table) { table.key = {"name"}; }),
              ElementsAre("t: primary key (id) is (name)"));
  EXPECT_THAT(seen([](auto& table) { table.indexes.pop_back(); }),
              ElementsAre("t: index (since desc, name) is not at the target"));
  EXPECT_THAT(seen([](auto& table) { table.indexes[0].unique = false; }),
              ElementsAre("t: unique index (name) is not at the target",
                          "t: index (name) is only at the target"));
  EXPECT_THAT(seen([](auto& table) { table.indexes.clear(); }, {.indexes = false}), IsEmpty());
}

TEST(CompareDefinitions, SeesDefaultsAndComments) {
  const auto no_default = [](auto& table) { table.columns[1].default_value.reset(); };
  EXPECT_THAT(seen(no_default), ElementsAre("t.name: default 'x' is no default"));
  EXPECT_THAT(seen(no_default, {.defaults = false}), IsEmpty());
  EXPECT_THAT(seen([](auto& table) { table.columns[1].default_value->text = "X"; }),
              ElementsAre("t.name: default 'x' is default 'X'"));
  EXPECT_THAT(seen([](auto& table) { table.columns[0].default_value = DefinedDefault{}; }),
              ElementsAre("t.id: no default is default ''"));
  EXPECT_THAT(seen([](auto& table) { table.columns[2].default_value->kind = Kind::expression; }),
              ElementsAre("t.since: default now is default ()"));
  EXPECT_THAT(seen([](auto& table) { table.comment = ""; }),
              ElementsAre("t: comment \"people\" is \"\""));
  EXPECT_THAT(seen([](auto& table) { table.columns[1].comment = "?"; }),
              ElementsAre("t.name: comment \"of a person\" is \"?\""));
}

TEST(CompareDefinitions, ExpressionsCountBetweenServersOfOneKind) {
  DefinedSchema from = source();
  from.tables["t"].columns[2].default_value = DefinedDefault{Kind::expression, "uuid()"};
  DefinedSchema copy = from;
  copy.tables["t"].columns[2].default_value.reset();
  EXPECT_THAT(definition_differences(from, copy),
              ElementsAre("t.since: default (uuid()) is no default"));
  copy.server = ServerKind::mariadb;
  EXPECT_THAT(definition_differences(from, copy), IsEmpty());
}

TEST(CompareDefinitions, SpellingsOfOneDefault) {
  for (const char* sql : {"7.50", "'7.50'", "'7.5'::numeric", "(7.5)::numeric"}) {
    EXPECT_THAT(seen([&](auto& table) { table.columns[1].default_value = default_of_sql(sql); }),
                ElementsAre("t.name: default 'x' is default '" + default_of_sql(sql).text + "'"));
    EXPECT_EQ(default_of_sql(sql).kind, Kind::literal) << sql;
  }
  EXPECT_EQ(default_of_sql("'it''s'::character varying").text, "it's");
  EXPECT_EQ(default_of_sql("CURRENT_TIMESTAMP(3)").kind, Kind::now);
  EXPECT_EQ(default_of_sql("now()").kind, Kind::now);
  EXPECT_EQ(default_of_sql("uuid()").kind, Kind::expression);
  EXPECT_EQ(default_of_sql("('a'||'b')").kind, Kind::expression);
}

TEST(CompareDefinitions, ExpectedTypesOfEachPair) {
  const auto of = [](ServerKind from, const std::string& type, ServerKind to, bool key = false) {
    const auto types = expected_types(from, {.name = "c", .type = type}, key, to);
    return types.empty() ? std::string() : types.front();
  };
  using enum ServerKind;
  EXPECT_EQ(of(mysql, "bigint unsigned", postgresql), "numeric(20,0)");
  EXPECT_EQ(of(mysql, "datetime", postgresql), "timestamp(0)");
  EXPECT_EQ(of(mysql, "enum('a','b')", postgresql), "text");
  EXPECT_EQ(of(mysql, "enum('a','b')", mariadb), "enum('a','b')");
  EXPECT_EQ(of(mysql, "char(4)", mariadb, true), "varchar(4)");
  EXPECT_EQ(of(mariadb, "uuid", mysql), "char(36)");
  EXPECT_EQ(of(mysql, "decimal(9,2)", sqlite), "text");
  EXPECT_EQ(of(mysql, "tinyint unsigned", sqlite), "integer");
  EXPECT_EQ(of(postgresql, "text", mysql), "longtext");
  EXPECT_EQ(of(postgresql, "text", mysql, true), "varchar(768)");
  EXPECT_EQ(of(postgresql, "uuid", mariadb), "uuid");
  EXPECT_EQ(of(postgresql, "integer[]", mysql), "json");
  EXPECT_EQ(of(postgresql, "numeric(5,1)", postgresql), "numeric(5,1)");
  EXPECT_EQ(of(postgresql, "boolean", sqlite), "integer");
}

}  // namespace
}  // namespace tailrace::testing
