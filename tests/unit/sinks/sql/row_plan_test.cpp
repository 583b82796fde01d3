#include "sinks/sql/row_plan.h"

#include <gtest/gtest.h>

#include "sinks/sql/identifier.h"

namespace tailrace::sql {
namespace {

class PlainDialect final : public Dialect {
 public:
  std::string quote(std::string_view name) const override { return quote_identifier(name, '"'); }
  std::string shorten(std::string_view name) const override { return std::string(name); }
  std::string table(const TableName& name) const override { return quote(name.table); }
  std::string column_type(const TableSchema&, std::size_t) const override { return "TYPE"; }
  std::string table_suffix() const override { return ""; }
  std::string change_type(const TargetTable&, const TargetColumn&,
                          std::string_view) const override {
    return "CHANGE";
  }
  std::string allow_missing(const TargetTable&, const TargetColumn&) const override {
    return "ALLOW";
  }
  bool timestamp_holds_instants() const override { return false; }
};

Column text(std::string name) {
  Column column;
  column.name = std::move(name);
  column.type = LogicalType::string;
  return column;
}

TargetColumn target(std::string name) {
  TargetColumn column;
  column.name = std::move(name);
  column.type = TargetType::text;
  column.not_null = column.name == "id";
  return column;
}

SchemaPtr source() {
  TableSchema schema;
  schema.name = {"shop", "t"};
  schema.columns = {text("id"), text("u"), text("v")};
  schema.key = {0};
  return std::make_shared<const TableSchema>(schema);
}

TargetTable target_table(bool unique) {
  TargetTable table;
  table.name = {"shop", "t"};
  table.columns = {target("id"), target("u"), target("v")};
  table.keys = {{0}};
  table.unique_indexes = {{"pk", {0}, false}};
  if (unique) table.unique_indexes.push_back({"u", {1}, false});
  return table;
}

using Values = std::vector<Value>;
const Values kBefore = {Value::present("1"), Value::present("a"), Value::present("x")};
const Values kSameUnique = {Value::present("1"), Value::present("a"), Value::present("y")};
const Values kOtherUnique = {Value::present("1"), Value::present("b"), Value::present("x")};
const Values kPartial = {Value::present("1"), Value::unchanged(), Value::present("y")};

RowPlan plan_update(const TargetTable& table, Image before, Image after) {
  const auto mapping = map_table(source(), table, PlainDialect());
  EXPECT_TRUE(mapping);
  NetTable rows;
  rows.updates.push_back({ChangeKind::update, before, after, false});
  auto plan = plan_rows(**mapping, rows);
  EXPECT_TRUE(plan);
  return *std::move(plan);
}

TEST(RowPlan, CompleteUpdateIsAnUpsert) {
  const RowPlan plan = plan_update(target_table(false), kBefore, kOtherUnique);
  EXPECT_TRUE(plan.removes.empty());
  EXPECT_EQ(plan.upserts.size(), 1U);
}

TEST(RowPlan, ChangedUniqueValueRemovesFirst) {
  EXPECT_EQ(plan_update(target_table(true), kBefore, kOtherUnique).removes.size(), 1U);
  EXPECT_EQ(plan_update(target_table(true), kBefore, kSameUnique).removes.size(), 0U);
}

const Values kKeyOnly = {Value::present("1"), Value::unchanged(), Value::unchanged()};

// PostgreSQL sends no row as it was unless the key changes, and then only the key.
TEST(RowPlan, UnknownUniqueValueIsLeftToTheTarget) {
  for (const Image before : {Image(), Image(kKeyOnly)}) {
    const RowPlan plan = plan_update(target_table(true), before, kOtherUnique);
    EXPECT_EQ(plan.removes.size(), 0U);
    EXPECT_EQ(plan.displaced.size(), 1U);
    EXPECT_EQ(plan.upserts.size(), 1U);
    EXPECT_EQ(plan_update(target_table(false), before, kOtherUnique).displaced.size(), 0U);
  }
  const RowPlan known = plan_update(target_table(true), kBefore, kSameUnique);
  EXPECT_EQ(known.removes.size() + known.displaced.size(), 0U);
}

TEST(RowPlan, IndexOnAComputedColumnMayChangeWithAnyOther) {
  TargetTable table = target_table(false);
  table.columns.push_back(target("sum"));
  table.columns.back().generated = true;
  table.unique_indexes.push_back({"s", {3}, false});
  EXPECT_EQ(plan_update(table, kBefore, kSameUnique).removes.size(), 1U);
}

TEST(RowPlan, ForeignKeysThatWouldRemoveRowsForbidARemove) {
  TargetTable table = target_table(true);
  table.deletes_cascade = true;
  const RowPlan plan = plan_update(table, kBefore, kOtherUnique);
  EXPECT_EQ(plan.removes.size() + plan.displaced.size(), 0U);
}

TEST(RowPlan, RowWithoutItsKeyIsRefused) {
  const auto mapping = map_table(source(), target_table(false), PlainDialect());
  const Values no_key = {Value::unchanged(), Value::present("b"), Value::present("x")};
  NetTable update;
  update.updates.push_back({ChangeKind::update, {}, no_key, false});
  NetTable removal;
  removal.removes.push_back({ChangeKind::remove, {}, {}, false});
  for (const NetTable& rows : {update, removal}) {
    const auto plan = plan_rows(**mapping, rows);
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().kind(), ErrorKind::unsupported_value);
  }
}

TEST(RowPlan, ColumnsOfTheTargetsOwnForbidARemove) {
  TargetTable table = target_table(true);
  table.columns.push_back(target("note"));
  EXPECT_EQ(plan_update(table, kBefore, kOtherUnique).removes.size(), 0U);
}

TEST(RowPlan, PartialUpdatesGoByTheirColumns) {
  const RowPlan plan = plan_update(target_table(false), kBefore, kPartial);
  ASSERT_EQ(plan.partials.size(), 1U);
  EXPECT_EQ(plan.partials[0].columns, std::vector<std::uint16_t>{2});
  EXPECT_TRUE(plan.upserts.empty());
}

TEST(RowPlan, PartialInsertIsRefused) {
  const auto mapping = map_table(source(), target_table(false), PlainDialect());
  NetTable rows;
  rows.inserts.push_back({ChangeKind::insert, {}, kPartial, false});
  const auto plan = plan_rows(**mapping, rows);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().kind(), ErrorKind::unsupported_value);
  EXPECT_NE(plan.error().to_string().find("id=1"), std::string::npos);
}

TEST(TableMapping, MissingColumnAndTypeNameTheirCure) {
  TargetTable missing = target_table(false);
  missing.columns.pop_back();
  auto refused = map_table(source(), missing, PlainDialect());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::schema_mismatch);
  EXPECT_EQ(refused.error().hint(), "ALTER TABLE \"t\" ADD COLUMN \"v\" TYPE");

  TargetTable wrong = target_table(false);
  wrong.columns[2].type = TargetType::date;
  EXPECT_EQ(map_table(source(), wrong, PlainDialect()).error().hint(), "CHANGE");

  TargetTable needy = target_table(false);
  needy.columns.push_back(target("id2"));
  needy.columns.back().not_null = true;
  EXPECT_EQ(map_table(source(), needy, PlainDialect()).error().hint(), "ALLOW");
  needy.columns.back().has_default = true;
  EXPECT_TRUE(map_table(source(), needy, PlainDialect()));

  TargetTable keyless = target_table(false);
  keyless.keys.clear();
  EXPECT_EQ(map_table(source(), keyless, PlainDialect()).error().hint(),
            "ALTER TABLE \"t\" ADD PRIMARY KEY (\"id\")");
}

// A replica identity index of the source that is not the target's primary key.
TEST(TableMapping, SecondKeyIsAUniqueIndex) {
  TargetTable table = target_table(false);
  table.columns.push_back(target("serial"));
  table.columns.back().has_default = true;
  table.keys = {{3}};
  auto refused = map_table(source(), table, PlainDialect());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().hint(), "ALTER TABLE \"t\" ADD UNIQUE (\"id\")");
  table.keys.push_back({0});
  EXPECT_TRUE(map_table(source(), table, PlainDialect()));
}

struct NativeCase {
  LogicalType type;
  const char* source;
  TargetType target_type;
  const char* target;
  const char* target_base;
  bool holds;
};

TEST(TableMapping, NativeTypesOfPostgresHoldThemselves) {
  using L = LogicalType;
  using T = TargetType;
  const std::vector<NativeCase> cases = {
      {L::other, "int4range", T::other, "int4range", "int4range", true},
      {L::enumeration, "public.mood", T::enumeration, "public.mood", "public.mood", true},
      {L::decimal, "money", T::other, "money", "money", true},
      {L::bit, "bit(3)", T::other, "bit(3)", "\"bit\"", true},
      {L::array, "integer[]", T::number_array, "integer[]", "integer[]", true},
      {L::array, "integer[]", T::number_array, "bigint[]", "bigint[]", false},
      {L::array, "numeric(10,2)[]", T::number_array, "numeric(10,2)[]", "numeric[]", true},
      {L::array, "numeric(10,2)[]", T::number_array, "numeric[]", "numeric[]", true},
      {L::array, "numeric[]", T::number_array, "numeric(10,2)[]", "numeric[]", false},
      {L::array, "timestamp(3) without time zone[]", T::array, "timestamp without time zone[]",
       "timestamp without time zone[]", true},
      {L::array, "character(5)[]", T::array, "bpchar[]", "bpchar[]", true},
      {L::array, "public.mood[]", T::text_array, "text[]", "text[]", true},
      {L::array, "integer[]", T::json, "jsonb", "jsonb", true},
      {L::other, "point", T::text, "text", "text", true},
      {L::int64, "bigint", T::date, "date", "date", false},
  };
  for (const NativeCase& one : cases) {
    Column column;
    column.type = one.type;
    column.native_type = one.source;
    TargetColumn into;
    into.type = one.target_type;
    into.native_name = one.target;
    into.native_base = one.target_base;
    EXPECT_EQ(can_hold(column, SourceEngine::postgresql, into, PlainDialect()), one.holds)
        << one.source << " into " << one.target;
  }
  // MySQL's words are not PostgreSQL's.
  Column point;
  point.type = L::geometry;
  point.native_type = "point";
  TargetColumn into;
  into.native_name = into.native_base = "point";
  EXPECT_FALSE(can_hold(point, SourceEngine::mysql, into, PlainDialect()));
}

TEST(TableMapping, NamesMatchExactlyOrBySingleCaseVariant) {
  TargetTable table = target_table(false);
  table.columns[1].name = "U";
  EXPECT_TRUE(map_table(source(), table, PlainDialect()));
}

}  // namespace
}  // namespace tailrace::sql
