#include "sinks/sql/schema_diff.h"

#include <string>

#include <gtest/gtest.h>

#include "sinks/sql/announced_columns.h"
#include "sinks/sql/column_versions.h"
#include "sinks/sql/identifier.h"

namespace tailrace::sql {
namespace {

using Change = ColumnChange::Kind;
using Fill = ColumnFill::Kind;
using L = LogicalType;

std::string type_of(const Column& column) {
  if (column.type == L::string) return "varchar(" + std::to_string(column.length) + ")";
  std::string name(to_string(column.type));
  for (const std::string& label : column.labels) name += " " + label;
  return name;
}

class TestDialect : public Dialect {
 public:
  std::string quote(std::string_view name) const override { return std::string(name); }
  std::string shorten(std::string_view name) const override { return std::string(name); }
  std::string table(const TableName& name) const override { return name.table; }
  std::string column_type(const TableSchema& schema, std::size_t column) const override {
    const Column& c = schema.columns[column];
    return type_of(c);
  }
  std::string table_suffix() const override { return {}; }
  std::string change_type(const TargetTable&, const TargetColumn&,
                          std::string_view) const override {
    return {};
  }
  std::string change_column(const TargetTable&, const TargetColumn& column, const std::string& type,
                            bool not_null) const override {
    return "CHANGE " + column.name + " " + type + (not_null ? " NOT NULL" : "");
  }
  std::string allow_missing(const TargetTable&, const TargetColumn&) const override { return {}; }
  bool timestamp_holds_instants() const override { return false; }
};

// A target where every definition commits at once.
class Committing final : public TestDialect {
 public:
  bool definitions_commit() const override { return true; }
};

class NoChanges final : public TestDialect {
 public:
  std::string change_column(const TargetTable&, const TargetColumn&, const std::string&,
                            bool) const override {
    return {};
  }
};

Column integer(std::string name, L type = L::int32) {
  return {.name = std::move(name), .type = type, .native_type = "int"};
}
Column text(std::string name, std::uint32_t length) {
  return {.name = std::move(name), .type = L::string, .length = length, .charset = "utf8mb4"};
}

TableSchema version(std::vector<Column> columns) {
  TableSchema schema;
  schema.name = {"shop", "t"};
  schema.columns = std::move(columns);
  return schema;
}

TargetColumn column(std::string name, TargetType type = TargetType::integer) {
  TargetColumn column;
  column.name = std::move(name);
  column.type = type;
  column.minimum = -2147483648LL;
  column.maximum = 2147483647;
  column.type_name = type == TargetType::integer ? "int32" : "text";
  return column;
}

KnownTable known(std::vector<Column> columns, std::vector<ColumnChange> pending = {}) {
  KnownTable table;
  table.schema = version(std::move(columns));
  table.pending = std::move(pending);
  return table;
}

// "ALTER ...; ALTER ..." and "stale" when rows have to be copied again.
std::string planned(const KnownTable& before, std::vector<Column> after,
                    std::vector<TargetColumn> target, const Dialect& dialect = TestDialect()) {
  TargetTable table;
  table.name = {"public", "t"};
  table.columns = std::move(target);
  const SchemaDiff diff = diff_schema(before, version(std::move(after)), table, dialect);
  std::string shown;
  for (const SchemaStep& step : diff.steps) shown += step.statement + "; ";
  return shown + (diff.stale.empty() ? "" : "stale");
}

ColumnChange added(std::string name, Fill fill, std::string text = {}) {
  return {Change::add, std::move(name), {}, {fill, std::move(text)}};
}

TEST(SchemaDiff, AddsColumnsWithWhatRowsHoldInThem) {
  const auto before = [](Fill fill, std::string text = {}) {
    return known({integer("id")}, {added("a", fill, std::move(text))});
  };
  const std::vector<Column> after = {integer("id"), integer("a")};
  std::vector<Column> strict = after;
  strict[1].nullable = false;
  const std::string add = "ALTER TABLE t ADD COLUMN a int32";
  EXPECT_EQ(planned(before(Fill::null), after, {column("id")}), add + "; ");
  EXPECT_EQ(planned(before(Fill::value, "7"), after, {column("id")}), add + " DEFAULT '7'; ");
  EXPECT_EQ(planned(before(Fill::zero), strict, {column("id")}), add + " DEFAULT '0' NOT NULL; ");
  // Its rows are given up first, so none is without a value.
  EXPECT_EQ(planned(before(Fill::unknown), strict, {column("id")}), add + " NOT NULL; stale");
  // Not announced at all: the rows may hold anything.
  EXPECT_EQ(planned(known({integer("id")}), after, {column("id")}), add + "; stale");
}

TEST(SchemaDiff, StepsThatWereMadeAreNotRepeated) {
  const KnownTable before = known(
      {integer("id"), integer("b"), integer("c")},
      {added("a", Fill::value, "7"), {Change::drop, "b", {}, {}}, {Change::rename, "c", "d", {}}});
  const std::vector<Column> after = {integer("id"), integer("d"), integer("a")};
  EXPECT_EQ(planned(before, after, {column("id"), column("b"), column("c")}),
            "ALTER TABLE t DROP COLUMN b; ALTER TABLE t RENAME COLUMN c TO d; "
            "ALTER TABLE t ADD COLUMN a int32 DEFAULT '7'; ");
  EXPECT_EQ(planned(before, after, {column("id"), column("c"), column("a")}),
            "ALTER TABLE t RENAME COLUMN c TO d; ");
  EXPECT_EQ(planned(before, after, {column("id"), column("d"), column("a")}), "");
}

// Rows copied after the change have it already.
TEST(SchemaDiff, AnnouncementsOfWhatIsThereAlready) {
  const KnownTable before = known(
      {integer("id"), integer("a")},
      {added("a", Fill::value, "7"), {Change::drop, "b", {}, {}}, {Change::rename, "c", "a", {}}});
  EXPECT_EQ(planned(before, {integer("id"), integer("a")}, {column("id"), column("a")}), "");
}

TEST(SchemaDiff, OnlyColumnsOfTheSourceAreDropped) {
  EXPECT_EQ(planned(known({integer("id"), integer("a")}), {integer("id")},
                    {column("id"), column("a"), column("mine")}),
            "ALTER TABLE t DROP COLUMN a; ");
  // Nothing is known: only what was announced is followed.
  KnownTable nothing;
  EXPECT_EQ(planned(nothing, {integer("id")}, {column("id"), column("a")}), "");
  EXPECT_EQ(planned(nothing, {integer("id"), integer("a")}, {column("id")}), "");
  nothing.pending = {
      {Change::drop, "a", {}, {}}, {Change::rename, "b", "c", {}}, added("d", Fill::null)};
  EXPECT_EQ(planned(nothing, {integer("c"), integer("d")}, {column("a"), column("b")}),
            "ALTER TABLE t DROP COLUMN a; ALTER TABLE t RENAME COLUMN b TO c; "
            "ALTER TABLE t ADD COLUMN d int32; ");
}

TEST(SchemaDiff, DroppedAndMadeAnewIsAnotherColumn) {
  EXPECT_EQ(planned(known({integer("id"), integer("a")},
                          {{Change::drop, "a", {}, {}}, added("a", Fill::value, "5")}),
                    {integer("id"), integer("a")}, {column("id"), column("a")}),
            "ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN a int32 DEFAULT '5'; ");
}

// Made by hand, or by an attempt whose unit never ended.
TEST(SchemaDiff, DroppedOnlyIfTheSourceHadIt) {
  const std::vector<TargetColumn> target = {column("id"), column("x")};
  const std::vector<ColumnChange> drop = {{Change::drop, "x", {}, {}}};
  EXPECT_EQ(planned(known({integer("id")}, drop), {integer("id")}, target), "");
  const std::vector<ColumnChange> passing = {added("x", Fill::value, "7"),
                                             {Change::drop, "x", {}, {}}};
  EXPECT_EQ(planned(known({integer("id")}, passing), {integer("id")}, target), "");
  EXPECT_EQ(planned(known({integer("id")}, passing), {integer("id")}, target, Committing()),
            "ALTER TABLE t DROP COLUMN x; ");
  // Unless it was looked up while rows were copied.
  KnownTable ahead = known({integer("id")}, drop);
  ahead.ahead = true;
  EXPECT_EQ(planned(ahead, {integer("id")}, target), "ALTER TABLE t DROP COLUMN x; ");
  // Nobody's rename either.
  EXPECT_EQ(
      planned(known({integer("id")}, {{Change::rename, "x", "y", {}}}), {integer("id")}, target),
      "");
}

TEST(SchemaDiff, ANameThatComesAndGoesBesideARename) {
  const KnownTable before = known(
      {integer("a")},
      {{Change::rename, "a", "b", {}}, added("a", Fill::value, "7"), {Change::drop, "a", {}, {}}});
  EXPECT_EQ(planned(before, {integer("b")}, {column("a")}, Committing()),
            "ALTER TABLE t RENAME COLUMN a TO b; ");
  EXPECT_EQ(planned(before, {integer("b")}, {column("b")}, Committing()), "");
}

TEST(SchemaDiff, NamesThatMoveOnAreFollowedFromTheLast) {
  const KnownTable before = known({integer("id"), integer("n")},
                                  {{Change::rename, "n", "m", {}}, added("n", Fill::value, "7")});
  const std::vector<Column> after = {integer("id"), integer("m"), integer("n")};
  const std::string rename = "ALTER TABLE t RENAME COLUMN n TO m; ";
  const std::string add = "ALTER TABLE t ADD COLUMN n int32 DEFAULT '7'; ";
  for (const bool commits : {false, true}) {
    const TestDialect plain;
    const Committing committing;
    const Dialect& dialect = commits ? committing : static_cast<const Dialect&>(plain);
    EXPECT_EQ(planned(before, after, {column("id"), column("n")}, dialect), rename + add);
    EXPECT_EQ(planned(before, after, {column("id"), column("m")}, dialect), add);
    // By an attempt, or a person had a column of that name.
    EXPECT_EQ(planned(before, after, {column("id"), column("m"), column("n")}, dialect),
              commits ? "" : "stale");
  }
  const KnownTable chain = known({integer("a"), integer("b")},
                                 {{Change::rename, "b", "c", {}}, {Change::rename, "a", "b", {}}});
  const std::vector<Column> next = {integer("b"), integer("c")};
  EXPECT_EQ(planned(chain, next, {column("a"), column("b")}),
            "ALTER TABLE t RENAME COLUMN b TO c; ALTER TABLE t RENAME COLUMN a TO b; ");
  EXPECT_EQ(planned(chain, next, {column("a"), column("c")}),
            "ALTER TABLE t RENAME COLUMN a TO b; ");
  EXPECT_EQ(planned(chain, next, {column("b"), column("c")}, Committing()), "");
}

// The target's column of that name is another one as long as the old name is there as well.
TEST(SchemaDiff, ADroppedNameThatIsTakenOver) {
  const KnownTable before = known({integer("n"), integer("m")},
                                  {{Change::drop, "m", {}, {}}, {Change::rename, "n", "m", {}}});
  EXPECT_EQ(planned(before, {integer("m")}, {column("n"), column("m")}),
            "ALTER TABLE t DROP COLUMN m; ALTER TABLE t RENAME COLUMN n TO m; ");
  EXPECT_EQ(planned(before, {integer("m")}, {column("n")}), "ALTER TABLE t RENAME COLUMN n TO m; ");
  EXPECT_EQ(planned(before, {integer("m")}, {column("m")}), "");
  TargetTable table;
  table.name = {"public", "t"};
  table.columns = {column("n"), column("m")};
  const SchemaDiff diff =
      diff_schema(before, version({integer("m")}), table, TestDialect(), SchemaPolicy::add_only);
  EXPECT_EQ(permitted_steps(diff.steps, SchemaPolicy::add_only, table.name).error().hint(),
            "ALTER TABLE t DROP COLUMN m; ALTER TABLE t RENAME COLUMN n TO m");
  // And the old one is another's again: what has been done cannot be told.
  KnownTable taken = before;
  taken.pending.push_back(added("n", Fill::value, "7"));
  EXPECT_EQ(planned(taken, {integer("m"), integer("n")}, {column("n"), column("m")}), "stale");
}

TEST(SchemaDiff, ARenamedColumnWhoseNewNameIsThere) {
  const KnownTable before = known({integer("id"), integer("n")}, {{Change::rename, "n", "m", {}}});
  const std::vector<Column> after = {integer("id"), integer("m")};
  EXPECT_EQ(planned(before, after, {column("id"), column("n"), column("m")}),
            "ALTER TABLE t DROP COLUMN n; stale");
  // Of a table that was copied behind it the old name is another column.
  KnownTable copied;
  copied.pending = before.pending;
  EXPECT_EQ(planned(copied, after, {column("id"), column("n"), column("m")}), "");
  // Targets that take letters of both cases for the same.
  const KnownTable upper = known({integer("A")}, {{Change::rename, "A", "a", {}}});
  EXPECT_EQ(planned(upper, {integer("a")}, {column("A")}), "");
}

TEST(SchemaDiff, SwappedNamesAreCopied) {
  EXPECT_EQ(planned(known({integer("a"), integer("b")}, {{Change::rename, "a", "x", {}},
                                                         {Change::rename, "b", "a", {}},
                                                         {Change::rename, "x", "b", {}}}),
                    {integer("b"), integer("a")}, {column("a"), column("b")}),
            "stale");
  // With their types.
  EXPECT_EQ(planned(known({integer("a"), text("b", 9)}, {{Change::rename, "a", "x", {}},
                                                         {Change::rename, "b", "a", {}},
                                                         {Change::rename, "x", "b", {}}}),
                    {text("a", 9), integer("b")}, {column("a"), column("b", TargetType::text)}),
            "CHANGE a varchar(9); CHANGE b int32; stale");
}

TEST(SchemaDiff, Types) {
  EXPECT_EQ(planned(known({integer("a")}), {integer("a", L::int64)}, {column("a")}),
            "CHANGE a int64; ");
  // A column that a person made wider is not touched.
  TargetColumn wide = column("a");
  wide.type_name = "int64";
  wide.minimum = std::numeric_limits<std::int64_t>::min();
  wide.maximum = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(planned(known({integer("a")}), {integer("a", L::int64)}, {wide}), "");
  EXPECT_EQ(planned(known({integer("a", L::int64)}), {integer("a")}, {wide}),
            "CHANGE a int32; stale");
  const NoChanges fixed;
  EXPECT_EQ(planned(known({integer("a")}), {integer("a", L::int64)}, {column("a")}, fixed),
            "ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN a int64; stale");
  EXPECT_EQ(planned(known({integer("a")}), {integer("a", L::int64)}, {wide}, fixed), "");
}

// The target is asked for its labels, for every enumeration can take some value of every other.
TEST(SchemaDiff, Labels) {
  for (const auto& [type, there] :
       {std::pair(L::enumeration, TargetType::enumeration), std::pair(L::set, TargetType::set)}) {
    Column before = {.name = "e", .type = type, .labels = {"a", "b"}};
    Column after = before;
    after.labels.emplace_back("c");
    TargetColumn target = column("e", there);
    target.labels = {"a", "b"};
    EXPECT_EQ(planned(known({before}), {after}, {target}), "CHANGE e " + type_of(after) + "; ");
    target.labels = {"a", "b", "c", "d"};
    EXPECT_EQ(planned(known({before}), {after}, {target}), "");
    target.labels.clear();  // text
    EXPECT_EQ(planned(known({before}), {after}, {target}), "");
  }
}

TEST(SchemaDiff, Nullability) {
  Column strict = integer("a");
  strict.nullable = false;
  TargetColumn required = column("a");
  required.not_null = true;
  EXPECT_EQ(planned(known({strict}), {integer("a")}, {required}), "CHANGE a int32; ");
  EXPECT_EQ(planned(known({integer("a")}), {strict}, {column("a")}), "CHANGE a int32 NOT NULL; ");
  EXPECT_EQ(planned(known({strict}), {integer("a")}, {column("a")}), "");
}

// No engine lets go of NOT NULL there, and a key without it would be none.
TEST(SchemaDiff, ColumnsOfTheKeyStayNotNull) {
  Column strict = integer("id");
  strict.nullable = false;
  TargetTable table;
  table.name = {"public", "t"};
  table.columns = {column("id")};
  table.columns[0].not_null = true;
  TableSchema after = version({integer("id")});
  after.key = {0};
  EXPECT_TRUE(diff_schema(known({strict}), after, table, TestDialect()).empty());
}

class KeyDialect final : public TestDialect {
 public:
  std::string change_key(const TargetTable&, std::span<const std::string> key) const override {
    std::string sql = "KEY";
    for (const std::string& column : key) sql += " " + column;
    return sql;
  }
};

// Columns a, b, c of which some are the key, at both ends.
struct Keyed {
  std::vector<std::uint16_t> before = {0};
  std::vector<std::uint16_t> after = {0};
  std::vector<std::uint16_t> target = {0};
  std::vector<ColumnChange> pending = {};
  std::vector<Column> columns = {integer("a"), integer("b"), integer("c")};

  SchemaDiff diff() const {
    KnownTable known_table = known({integer("a"), integer("b"), integer("c")}, pending);
    known_table.schema->key = before;
    TargetTable table;
    table.name = {"public", "t"};
    table.columns = {column("a"), column("b"), column("c")};
    if (!target.empty()) {
      table.keys = {target};
      table.primary_key = "t_pkey";
    }
    TableSchema next = version(columns);
    next.key = after;
    return diff_schema(known_table, next, table, KeyDialect());
  }
  std::string steps() const {
    std::string shown;
    for (const SchemaStep& step : diff().steps) shown += step.statement + "; ";
    return shown;
  }
};

TEST(SchemaDiff, PrimaryKeys) {
  EXPECT_EQ(Keyed{}.steps(), "");
  EXPECT_EQ((Keyed{.after = {0, 1}}.steps()), "KEY a b; ");
  EXPECT_EQ((Keyed{.after = {}}.steps()), "KEY; ");
  EXPECT_EQ((Keyed{.before = {}, .after = {1}, .target = {}}.steps()), "KEY b; ");
  EXPECT_EQ((Keyed{.before = {0, 1}, .after = {1, 0}, .target = {0, 1}}.steps()), "");
  // Made already, or of a person's own choice.
  EXPECT_EQ((Keyed{.after = {0, 1}, .target = {1, 0}}.steps()), "");
  EXPECT_EQ((Keyed{.target = {1}}.steps()), "");
  const SchemaDiff diff = Keyed{.after = {1}}.diff();
  EXPECT_EQ(diff.steps.at(0).misfits,
            "SELECT 1 FROM t GROUP BY b HAVING COUNT(*) > 1 OR MAX(CASE WHEN b IS NULL THEN 1 ELSE "
            "0 END) = 1 LIMIT 1");
  for (const SchemaPolicy policy : {SchemaPolicy::add_only, SchemaPolicy::stop}) {
    EXPECT_EQ(permitted_steps(diff.steps, policy, {"public", "t"}).error().hint(), "KEY b");
  }
}

// Rows of a shortened key may be equal: it is changed while all of its columns are there.
TEST(SchemaDiff, AColumnOfTheKeyIsDroppedBehindIt) {
  const Keyed keyed{.before = {0, 1},
                    .after = {0},
                    .target = {0, 1},
                    .pending = {{Change::drop, "b", {}, {}}},
                    .columns = {integer("a"), integer("c")}};
  EXPECT_EQ(keyed.steps(), "KEY a; ALTER TABLE t DROP COLUMN b; ");
  const Keyed renamed{.before = {0},
                      .after = {0},
                      .pending = {{Change::rename, "a", "x", {}}},
                      .columns = {integer("x"), integer("b"), integer("c")}};
  EXPECT_EQ(renamed.steps(), "ALTER TABLE t RENAME COLUMN a TO x; ");
}

TEST(SchemaDiff, AColumnThatLeavesTheKeyMayBeNullBehindIt) {
  KnownTable before = known({integer("a"), integer("b")});
  before.schema->key = {0};
  before.schema->columns[0].nullable = false;
  TableSchema after = version({integer("a"), integer("b")});
  after.key = {1};
  TargetTable table;
  table.name = {"public", "t"};
  table.columns = {column("a"), column("b")};
  table.columns[0].not_null = true;
  table.keys = {{0}};
  table.primary_key = "t_pkey";
  std::string shown;
  for (const SchemaStep& step : diff_schema(before, after, table, KeyDialect()).steps) {
    shown += step.statement + "; ";
  }
  EXPECT_EQ(shown, "KEY b; CHANGE a int32; ");
}

// Made anew under its name: only `apply` can tell that it was dropped in between.
TEST(SchemaDiff, ColumnsThatAreThereUnderOtherPolicies) {
  TargetTable table;
  table.name = {"public", "t"};
  table.columns = {column("id"), column("a")};
  const KnownTable anew = known({integer("id"), integer("a")},
                                {{Change::drop, "a", {}, {}}, added("a", Fill::value, "5")});
  const KnownTable fresh = known({integer("id")}, {added("a", Fill::value, "5")});
  const TableSchema after = version({integer("id"), integer("a")});
  for (const SchemaPolicy policy :
       {SchemaPolicy::add_only, SchemaPolicy::ignore, SchemaPolicy::stop}) {
    const SchemaDiff diff = diff_schema(anew, after, table, TestDialect(), policy);
    EXPECT_TRUE(diff.steps.empty());
    EXPECT_FALSE(diff.stale.empty());
    EXPECT_EQ(diff_schema(fresh, after, table, TestDialect(), policy).stale.empty(),
              policy != SchemaPolicy::add_only);
  }
  table.columns.pop_back();
  const KnownTable unknown = known({integer("id")}, {added("a", Fill::unknown)});
  EXPECT_TRUE(diff_schema(unknown, after, table, TestDialect(), SchemaPolicy::ignore).empty());
}

TEST(SchemaDiff, WhatStaysNeedsNoValue) {
  class Dropping final : public TestDialect {
   public:
    std::string allow_missing(const TargetTable&, const TargetColumn& c) const override {
      return "ALLOW " + c.name;
    }
  };
  TargetTable table;
  table.name = {"public", "t"};
  table.columns = {column("id"), column("a")};
  table.columns[1].not_null = true;
  const SchemaDiff diff = diff_schema(known({integer("id"), integer("a")}),
                                      version({integer("id")}), table, Dropping());
  const auto steps = permitted_steps(diff.steps, SchemaPolicy::add_only, table.name);
  ASSERT_TRUE(steps);
  ASSERT_EQ(steps->size(), 1U);
  EXPECT_EQ(steps->at(0).statement, "ALLOW a");
}

TEST(SchemaDiff, WhatAPolicyPermits) {
  TargetTable table;
  table.name = {"public", "t"};
  table.columns = {column("id"), column("b")};
  const KnownTable before = known({integer("id"), integer("b")}, {added("a", Fill::null)});
  const SchemaDiff diff =
      diff_schema(before, version({integer("id"), integer("a")}), table, TestDialect());
  ASSERT_EQ(diff.steps.size(), 2U);
  const auto count = [&](SchemaPolicy policy) {
    const auto steps = permitted_steps(diff.steps, policy, table.name);
    return steps ? static_cast<int>(steps->size()) : -1;
  };
  EXPECT_EQ(count(SchemaPolicy::apply), 2);
  EXPECT_EQ(count(SchemaPolicy::add_only), 1);
  EXPECT_EQ(count(SchemaPolicy::ignore), 0);
  const auto stopped = permitted_steps(diff.steps, SchemaPolicy::stop, table.name);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind(), ErrorKind::schema_mismatch);
  EXPECT_EQ(stopped.error().hint(), "ALTER TABLE t DROP COLUMN b");
}

TEST(SchemaDiff, AnnouncedVersions) {
  const KnownTable dropped = known({integer("id"), integer("a")}, {{Change::drop, "a", {}, {}}});
  ASSERT_TRUE(announced_schema(dropped));
  EXPECT_EQ(*announced_schema(dropped), version({integer("id")}));
  EXPECT_FALSE(announced_schema(known({integer("id")}, {added("a", Fill::null)})));
  EXPECT_FALSE(announced_schema(known({integer("id")}, {{Change::modify, "id", {}, {}}})));
  EXPECT_TRUE(agrees(dropped, version({integer("id")})));
  EXPECT_FALSE(agrees(dropped, version({integer("id"), integer("b")})));
}

TEST(ColumnVersions, ValuesThatStay) {
  EXPECT_TRUE(keeps_values(integer("a", L::uint32), integer("a", L::int64)));
  EXPECT_FALSE(keeps_values(integer("a", L::uint64), integer("a", L::int64)));
  EXPECT_FALSE(keeps_values(integer("a", L::int8), integer("a", L::uint64)));
  EXPECT_FALSE(keeps_values(integer("a"), text("a", 20)));
  EXPECT_TRUE(keeps_values(text("a", 5), text("a", 9)));
  EXPECT_FALSE(keeps_values(text("a", 9), text("a", 5)));
  Column latin = text("a", 9);
  latin.charset = "latin1";
  EXPECT_TRUE(keeps_values(latin, text("a", 9)));
  EXPECT_FALSE(keeps_values(text("a", 9), latin));
  const auto decimal = [](std::uint16_t precision, std::int16_t scale) {
    return Column{.name = "a", .type = L::decimal, .precision = precision, .scale = scale};
  };
  EXPECT_TRUE(keeps_values(decimal(5, 2), decimal(7, 4)));
  EXPECT_FALSE(keeps_values(decimal(5, 2), decimal(5, 3)));
  EXPECT_FALSE(keeps_values(decimal(5, 2), decimal(9, 1)));
  const auto labels = [](std::vector<std::string> names) {
    return Column{.name = "a", .type = L::enumeration, .labels = std::move(names)};
  };
  EXPECT_TRUE(keeps_values(labels({"x"}), labels({"x", "y"})));
  EXPECT_TRUE(keeps_values(labels({"x", "y"}), labels({"y", "z", "x"})));
  EXPECT_FALSE(keeps_values(labels({"x", "y"}), labels({"x"})));
}

TEST(ColumnVersions, ConstantsInTheirCanonicalForm) {
  const auto value = [](const Column& column, std::string text) -> std::string {
    const auto filled = filled_value(column, {Fill::value, std::move(text)});
    return !filled ? "?" : !*filled ? "NULL" : **filled;
  };
  EXPECT_EQ(value(integer("a"), "-007"), "-7");
  EXPECT_EQ(value(integer("a"), "1.5"), "?");
  EXPECT_EQ(value(integer("a"), ""), "?");
  const Column decimal{.name = "a", .type = L::decimal, .precision = 5, .scale = 2};
  EXPECT_EQ(value(decimal, "1.5"), "1.50");
  EXPECT_EQ(value(decimal, "1.555"), "?");
  EXPECT_EQ(value(decimal, "12345"), "?");
  EXPECT_EQ(value(text("a", 3), "äöü"), "äöü");
  EXPECT_EQ(value(text("a", 3), "abcd"), "?");
  const Column moment{.name = "a", .type = L::timestamp, .scale = 3};
  EXPECT_EQ(value(moment, "2024-01-02 03:04:05.1"), "2024-01-02 03:04:05.100");
  EXPECT_EQ(value(moment, "2024-1-2 3:4:5"), "?");
  EXPECT_EQ(value(moment, "0000-00-00 00:00:00"), "?");
  EXPECT_EQ(value({.name = "a", .type = L::float64}, "1.5"), "?");
  EXPECT_EQ(value({.name = "a", .type = L::enumeration, .labels = {"x"}}, "y"), "?");
}

TEST(SchemaMemory, SurvivesAsTheEntriesOfALedger) {
  SchemaMemory memory;
  memory.of({"shop", "t"}) = known({integer("id")}, {added("a", Fill::value, "7")});
  memory.of({"shop", "h"}).columns_known = false;
  const auto entries = memory.changes();
  for (const LedgerEntry& entry : entries) EXPECT_TRUE(SchemaMemory::owns(entry)) << entry.key;
  EXPECT_FALSE(SchemaMemory::owns({"table shop.t", "{}"}));
  memory.committed();
  SchemaMemory read;
  read.load(entries);
  ASSERT_NE(read.find({"shop", "t"}), nullptr);
  EXPECT_EQ(*read.find({"shop", "t"}), *memory.find({"shop", "t"}));
  EXPECT_EQ(*read.find({"shop", "h"}), *memory.find({"shop", "h"}));
  EXPECT_TRUE(read.changes().empty());
  read.rename({"shop", "t"}, {"shop", "u"});
  EXPECT_EQ(read.changes().size(), 2U);
  read.rolled_back();
  EXPECT_NE(read.find({"shop", "t"}), nullptr);
  EXPECT_EQ(read.find({"shop", "u"}), nullptr);
  read.load(
      std::vector<LedgerEntry>{{"schema x.y", "9:00"}, {"table x.y", "{}"}, {"schema a", "1:zz"}});
  EXPECT_EQ(read.find({"x", "y"}), nullptr);
}

}  // namespace
}  // namespace tailrace::sql
