#include "sinks/sql/table_finish.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sinks/sql/identifier.h"

namespace tailrace::sql {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t kMostNameBytes = 30;

// Takes texts for equal that differ in case, where the column says so.
class LooseDialect final : public Dialect {
 public:
  std::string quote(std::string_view name) const override { return quote_identifier(name, '"'); }
  std::string shorten(std::string_view name) const override {
    return shorten_identifier(name, kMostNameBytes);
  }
  std::string table(const TableName& name) const override { return quote(name.table); }
  std::string column_type(const TableSchema&, std::size_t) const override { return "EXACT"; }
  std::string table_suffix() const override { return ""; }
  std::string change_type(const TargetTable&, const TargetColumn& column,
                          std::string_view type) const override {
    return "CHANGE " + column.name + " " + std::string(type);
  }
  std::string allow_missing(const TargetTable&, const TargetColumn&) const override { return ""; }
  bool timestamp_holds_instants() const override { return false; }
  bool tells_keys_apart(const TableSchema&, const Column&,
                        const TargetColumn& target) const override {
    return target.binary_comparison;
  }
};

// Table shop.t (id, a, b) here and there, with nothing beside its columns and its key.
struct Bed {
  TableSchema schema;
  TableDetails details;
  TargetTable target;
  TargetDetails there;
  Loader::Finish finish;
  FinishRules rules;

  Bed() {
    schema.name = {"shop", "t"};
    schema.engine = SourceEngine::postgresql;
    target.name = {"copy", "t"};
    for (const char* name : {"id", "a", "b"}) {
      Column column;
      column.name = name;
      column.type = LogicalType::int32;
      schema.columns.push_back(column);
      TargetColumn mirrored;
      mirrored.name = name;
      mirrored.type = TargetType::integer;
      mirrored.type_name = "integer";
      target.columns.push_back(mirrored);
    }
    schema.key = {0};
    target.keys = {{0}};
    details.columns.resize(3);
    there.columns.resize(3);
    there.indexes = {{"t_pkey", true, {{0}}, "btree", true}};
    there.taken_index_names = {"t", "t_pkey"};
  }

  IndexDetails& add_index(const std::string& name, std::vector<IndexColumn> columns) {
    details.indexes.push_back({name, false, std::move(columns), "btree", "", ""});
    return details.indexes.back();
  }
  // What the target would have after the plan was executed.
  void execute(const TableFinish& plan) {
    for (const MissingIndex& index : plan.indexes) {
      there.indexes.push_back(
          {index.name, index.unique, index.columns, index.method, index.source->special.empty()});
      there.taken_index_names.insert(index.name);
    }
    for (const MissingDefault& one : plan.defaults) there.columns[one.column].has_default = true;
    for (const MissingComment& one : plan.comments) there.columns[one.column].comment = one.text;
    if (plan.comment) there.comment = *plan.comment;
    for (const MissingAutoIncrement& one : plan.auto_increments) {
      there.columns[one.column].auto_increment = true;
    }
    for (const MissingForeignKey& key : plan.foreign_keys) {
      there.foreign_keys.push_back({key.name, key.columns, key.referenced});
      there.taken_foreign_key_names.insert(key.name);
    }
  }
  TableFinish plan() const {
    return plan_finish({schema, details, target, there}, finish, LooseDialect(), rules);
  }
};

std::vector<std::string> names(const TableFinish& plan) {
  std::vector<std::string> out;
  for (const MissingIndex& index : plan.indexes) out.push_back(index.name);
  return out;
}

std::string only_warning(const TableFinish& plan) {
  EXPECT_EQ(plan.cannot.size(), 1U);
  if (plan.cannot.empty()) return "";
  EXPECT_EQ(plan.cannot[0].level, Finding::Level::warning);
  EXPECT_EQ(plan.cannot[0].subject, "table copy.t");
  return plan.cannot[0].message;
}

TEST(TableFinishTest, NothingIsMissingOfABareTable) {
  const TableFinish plan = Bed().plan();
  EXPECT_TRUE(plan.empty());
  EXPECT_THAT(plan.cannot, IsEmpty());
}

TEST(TableFinishTest, PlansWhatIsMissingAndIsDoneAfterwards) {
  Bed bed;
  bed.add_index("by_a", {{1}});
  bed.add_index("by_b", {{2, 0, true}, {1}}).unique = true;
  bed.details.columns[0].auto_increment = true;
  bed.details.next_auto_value = 12;
  bed.details.columns[1].default_value = ColumnDefault{ColumnDefault::Kind::literal, "7"};
  bed.details.columns[2].comment = "of b";
  bed.details.comment = "of t";
  bed.details.foreign_keys = {{"to_u", {1}, {"shop", "u"}, {"id"}, "CASCADE", "NO ACTION"}};
  bed.finish = {true, {{{"shop", "u"}, {"copy", "users"}}}};
  const TableFinish plan = bed.plan();
  EXPECT_THAT(names(plan), ElementsAre("by_a", "by_b"));
  EXPECT_TRUE(plan.indexes[1].unique);
  EXPECT_THAT(plan.indexes[1].columns,
              ElementsAre(TargetIndexColumn{2, 0, true}, TargetIndexColumn{1, 0, false}));
  ASSERT_EQ(plan.auto_increments.size(), 1U);
  EXPECT_EQ(plan.auto_increments[0].next_value, 12U);
  ASSERT_EQ(plan.defaults.size(), 1U);
  EXPECT_EQ(plan.defaults[0].column, 1);
  EXPECT_EQ(plan.defaults[0].details->default_value->text, "7");
  EXPECT_EQ(plan.comment, "of t");
  ASSERT_EQ(plan.comments.size(), 1U);
  EXPECT_EQ(plan.comments[0].text, "of b");
  ASSERT_EQ(plan.foreign_keys.size(), 1U);
  EXPECT_EQ(plan.foreign_keys[0].referenced, (TableName{"copy", "users"}));
  EXPECT_EQ(plan.foreign_keys[0].on_delete, "CASCADE");
  EXPECT_THAT(plan.cannot, IsEmpty());

  bed.execute(plan);
  const TableFinish again = bed.plan();
  EXPECT_TRUE(again.empty());
  EXPECT_THAT(again.cannot, IsEmpty());
}

TEST(TableFinishTest, AnIndexMadeByHandCounts) {
  Bed bed;
  bed.add_index("by_a_b", {{1}, {2}});
  bed.there.indexes.push_back({"mine", false, {{1}, {2}}, "", true});
  EXPECT_TRUE(bed.plan().empty());
  for (TargetIndex other : {TargetIndex{"mine", false, {{2}, {1}}, "", true},     // other order
                            TargetIndex{"mine", true, {{1}, {2}}, "", true},      // unique
                            TargetIndex{"mine", false, {{1}}, "", true},          // fewer columns
                            TargetIndex{"mine", false, {{1}, {2}}, "gin", true},  // other method
                            TargetIndex{"mine", false, {{1}, {2}}, "", false}}) {
    bed.there.indexes.back() = other;
    EXPECT_THAT(names(bed.plan()), ElementsAre("by_a_b"));
  }
}

TEST(TableFinishTest, TheIndexBehindTheKeyCountsToo) {
  Bed bed;
  bed.add_index("t_identity", {{0}}).unique = true;
  EXPECT_TRUE(bed.plan().empty());
}

TEST(TableFinishTest, ColumnsAreFoundByTheirNameAtTheTarget) {
  Bed bed;
  bed.schema.columns[1].name = "a_very_long_name_of_a_column_indeed";
  bed.target.columns = {bed.target.columns[2], bed.target.columns[0], bed.target.columns[1]};
  bed.target.columns[2].name = shorten_identifier(bed.schema.columns[1].name, kMostNameBytes);
  bed.add_index("i", {{1}, {0}});
  const TableFinish plan = bed.plan();
  ASSERT_EQ(plan.indexes.size(), 1U);
  EXPECT_THAT(plan.indexes[0].columns, ElementsAre(TargetIndexColumn{2}, TargetIndexColumn{1}));
  bed.target.columns.pop_back();
  bed.there.columns.pop_back();
  EXPECT_THAT(only_warning(bed.plan()), HasSubstr("has no column"));
}

TEST(TableFinishTest, NamesThatAreTakenGetTheTablesName) {
  Bed bed;
  bed.add_index("by_a", {{1}});
  bed.there.taken_index_names.insert("by_a");
  EXPECT_THAT(names(bed.plan()), ElementsAre("t_by_a"));
  bed.there.taken_index_names.insert("t_by_a");
  EXPECT_THAT(names(bed.plan()), ElementsAre("t_by_a_2"));
  bed.there.taken_index_names = {"BY_A"};
  EXPECT_THAT(names(bed.plan()), ElementsAre("by_a"));
  bed.rules.names_ignore_case = true;
  EXPECT_THAT(names(bed.plan()), ElementsAre("t_by_a"));
}

TEST(TableFinishTest, NamesWithinOnePlanDiffer) {
  Bed bed;
  bed.add_index("I", {{1}});
  bed.add_index("i", {{2}});
  EXPECT_THAT(names(bed.plan()), ElementsAre("I", "i"));
  bed.rules.names_ignore_case = true;
  EXPECT_THAT(names(bed.plan()), ElementsAre("I", "t_i"));
}

TEST(TableFinishTest, LongNamesAreShortened) {
  Bed bed;
  const std::string name(40, 'n');
  bed.add_index(name, {{1}});
  EXPECT_THAT(names(bed.plan()), ElementsAre(shorten_identifier(name, kMostNameBytes)));
}

TEST(TableFinishTest, PrefixesWhereTheTargetHasThem) {
  Bed bed;
  bed.add_index("by_a", {{1, 10}});
  EXPECT_EQ(bed.plan().indexes[0].columns[0].prefix_length, 0U);
  EXPECT_THAT(bed.plan().cannot, IsEmpty());
  bed.details.indexes[0].unique = true;
  EXPECT_THAT(only_warning(bed.plan()),
              HasSubstr("unique over the whole column \"a\" here, not over its first 10"));
  EXPECT_THAT(names(bed.plan()), ElementsAre("by_a"));
  bed.rules.prefixes = true;
  EXPECT_EQ(bed.plan().indexes[0].columns[0].prefix_length, 10U);
  EXPECT_THAT(bed.plan().cannot, IsEmpty());
  // The whole column unique is less than its first ten characters unique.
  bed.there.indexes.push_back({"mine", true, {{1}}, "", true});
  EXPECT_THAT(names(bed.plan()), ElementsAre("by_a"));
}

TEST(TableFinishTest, MethodsOfAnotherKindAreLeftOut) {
  Bed bed;
  bed.add_index("words", {{1}}).method = "fulltext";
  EXPECT_THAT(only_warning(bed.plan()), AllOf(HasSubstr("index \"words\""), HasSubstr("fulltext")));
  EXPECT_TRUE(bed.plan().empty());
  bed.rules.methods = {"fulltext"};
  EXPECT_EQ(bed.plan().indexes.at(0).method, "fulltext");
  bed.details.indexes[0].method = "hash";
  EXPECT_EQ(bed.plan().indexes.at(0).method, "");
}

TEST(TableFinishTest, SpecialIndexesGoToTheirOwnKindByDefinition) {
  Bed bed;
  IndexDetails& index = bed.add_index("open", {{1}});
  index.special = "partial";
  index.definition = "CREATE INDEX open ON shop.t (a) WHERE b > 0";
  EXPECT_THAT(only_warning(bed.plan()), HasSubstr("it is partial, which the target cannot have"));
  bed.rules.same_kind = SourceEngine::postgresql;
  const TableFinish plan = bed.plan();
  EXPECT_THAT(names(plan), ElementsAre("open"));
  EXPECT_TRUE(plan.indexes[0].by_definition);
  EXPECT_THAT(plan.cannot, IsEmpty());
  // A plain index over the same columns is another one, and so is one that has its name.
  bed.there.indexes.push_back({"open", false, {{1}}, "", true});
  bed.there.taken_index_names.insert("open");
  const TableFinish renamed = bed.plan();
  EXPECT_THAT(names(renamed), ElementsAre("t_open"));
  bed.execute(renamed);
  EXPECT_TRUE(bed.plan().empty());
  // Without its definition nobody can make it.
  bed.details.indexes[0].definition.clear();
  EXPECT_THAT(only_warning(bed.plan()), HasSubstr("cannot have"));
}

TEST(TableFinishTest, UniqueIndexesNeedAnExactComparison) {
  Bed bed;
  bed.target.columns[1].binary_comparison = false;
  bed.add_index("by_a", {{2}, {1}});
  EXPECT_THAT(names(bed.plan()), ElementsAre("by_a"));
  bed.details.indexes[0].unique = true;
  const TableFinish plan = bed.plan();
  EXPECT_TRUE(plan.empty());
  EXPECT_THAT(only_warning(plan), AllOf(HasSubstr("unique index \"by_a\""), HasSubstr("\"a\"")));
  EXPECT_EQ(plan.cannot[0].fix, "CHANGE a EXACT");
}

TEST(TableFinishTest, TheEngineHasTheLastWord) {
  Bed bed;
  bed.add_index("by_a", {{1}});
  bed.rules.adapt = [](const TargetTable&, MissingIndex& index) {
    index.columns[0].prefix_length = 5;
    return std::optional<std::string>();
  };
  EXPECT_EQ(bed.plan().indexes.at(0).columns[0].prefix_length, 5U);
  bed.rules.adapt = [](const TargetTable& table, MissingIndex&) {
    return std::optional<std::string>("not in " + table.name.table);
  };
  EXPECT_THAT(only_warning(bed.plan()), HasSubstr("index \"by_a\": not in t"));
}

TEST(TableFinishTest, DefaultsThatAreThereStay) {
  Bed bed;
  bed.details.columns[1].default_value = ColumnDefault{ColumnDefault::Kind::literal, "7"};
  bed.there.columns[1].has_default = true;
  EXPECT_TRUE(bed.plan().empty());
  bed.there.columns[1] = {};
  bed.target.columns[1].generated = true;
  EXPECT_TRUE(bed.plan().empty());
}

TEST(TableFinishTest, ExpressionsGoToTheirOwnKind) {
  Bed bed;
  bed.details.columns[1].default_value =
      ColumnDefault{ColumnDefault::Kind::expression, "nextval('s')"};
  EXPECT_THAT(only_warning(bed.plan()), HasSubstr("the default of column \"a\""));
  EXPECT_TRUE(bed.plan().empty());
  bed.rules.same_kind = SourceEngine::postgresql;
  EXPECT_EQ(bed.plan().defaults.size(), 1U);
  bed.details.columns[1].auto_increment = true;  // a serial: its counter is no default
  EXPECT_THAT(bed.plan().defaults, IsEmpty());
  EXPECT_EQ(bed.plan().auto_increments.size(), 1U);
}

TEST(TableFinishTest, OnUpdateIsNamedWhereItIsLost) {
  Bed bed;
  bed.details.columns[1].default_value = ColumnDefault{ColumnDefault::Kind::current_timestamp, ""};
  bed.details.columns[1].on_update_now = true;
  EXPECT_THAT(only_warning(bed.plan()), HasSubstr("ON UPDATE of column \"a\""));
  EXPECT_EQ(bed.plan().defaults.size(), 1U);
  bed.rules.on_update_now = true;
  EXPECT_THAT(bed.plan().cannot, IsEmpty());
}

TEST(TableFinishTest, WhatATargetNeverHasIsOneWarningPerTable) {
  Bed bed;
  for (const std::size_t column : {1U, 2U}) {
    bed.details.columns[column].default_value = ColumnDefault{ColumnDefault::Kind::literal, "7"};
    bed.details.columns[column].comment = "c";
  }
  bed.rules.no_defaults = "only new tables can";
  bed.rules.no_comments = "it has none";
  const TableFinish plan = bed.plan();
  EXPECT_TRUE(plan.empty());
  ASSERT_EQ(plan.cannot.size(), 2U);
  EXPECT_EQ(plan.cannot[0].message, "the default of columns \"a\", \"b\": only new tables can");
  EXPECT_EQ(plan.cannot[1].message, "the comment of columns \"a\", \"b\": it has none");
}

TEST(TableFinishTest, AutoIncrementNeedsAnIntegerAndSometimesAnIndex) {
  Bed bed;
  bed.details.columns[1].auto_increment = true;
  bed.target.columns[1].type = TargetType::decimal;
  bed.target.columns[1].type_name = "numeric(20,0)";
  EXPECT_THAT(only_warning(bed.plan()), HasSubstr("numeric(20,0) cannot count"));
  bed.target.columns[1].type = TargetType::integer;
  EXPECT_EQ(bed.plan().auto_increments.size(), 1U);
  bed.rules.auto_increment_needs_index = true;
  EXPECT_THAT(only_warning(bed.plan()), HasSubstr("does not lead an index"));
  bed.add_index("by_a", {{1}, {2}});  // made in the same go
  EXPECT_EQ(bed.plan().auto_increments.size(), 1U);
  bed.there.columns[0].auto_increment = true;
  EXPECT_THAT(only_warning(bed.plan()), HasSubstr("a table can have one only"));
}

TEST(TableFinishTest, SeveralCountersHaveNoKnownValue) {
  Bed bed;
  bed.details.next_auto_value = 12;
  bed.details.columns[0].auto_increment = true;
  bed.details.columns[1].auto_increment = true;
  const TableFinish plan = bed.plan();
  ASSERT_EQ(plan.auto_increments.size(), 2U);
  EXPECT_EQ(plan.auto_increments[0].next_value, 0U);
  EXPECT_EQ(plan.auto_increments[1].next_value, 0U);
}

TEST(TableFinishTest, LongCommentsAreCutWithAWarning) {
  Bed bed;
  bed.details.comment = "a\xC3\xA4\xE2\x82\xACz";  // four characters
  bed.rules.most_table_comment_characters = 4;
  EXPECT_EQ(bed.plan().comment, bed.details.comment);
  EXPECT_THAT(bed.plan().cannot, IsEmpty());
  bed.rules.most_table_comment_characters = 3;
  EXPECT_EQ(bed.plan().comment, "a\xC3\xA4\xE2\x82\xAC");
  EXPECT_THAT(only_warning(bed.plan()), HasSubstr("only its first 3 characters"));
  bed.there.comment = "by hand";
  EXPECT_TRUE(bed.plan().empty());
}

TEST(TableFinishTest, ForeignKeysOnRequestToTablesThatAreThere) {
  Bed bed;
  bed.details.foreign_keys = {{"to_u", {1}, {"shop", "u"}, {"id"}, "SET DEFAULT", ""}};
  EXPECT_TRUE(bed.plan().empty());
  EXPECT_THAT(bed.plan().cannot, IsEmpty());
  bed.finish.foreign_keys = true;
  EXPECT_THAT(only_warning(bed.plan()), HasSubstr("table shop.u is not copied"));
  bed.finish.tables[{"shop", "u"}] = {"copy", "u"};
  bed.there.taken_foreign_key_names = {"to_u"};
  EXPECT_EQ(bed.plan().foreign_keys.at(0).name, "t_to_u");
  bed.rules.set_default = false;
  EXPECT_THAT(only_warning(bed.plan()), HasSubstr("SET DEFAULT"));
  bed.rules.set_default = true;
  bed.there.foreign_keys = {{"mine", {1}, {"copy", "u"}}};
  EXPECT_TRUE(bed.plan().empty());
  bed.there.foreign_keys[0].referenced.table = "other";
  EXPECT_EQ(bed.plan().foreign_keys.size(), 1U);
}

}  // namespace
}  // namespace tailrace::sql
