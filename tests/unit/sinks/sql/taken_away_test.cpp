#include "sinks/sql/taken_away.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sinks/sql/identifier.h"

namespace tailrace::sql {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PlainDialect final : public Dialect {
 public:
  std::string quote(std::string_view name) const override { return quote_identifier(name, '"'); }
  std::string shorten(std::string_view name) const override { return std::string(name); }
  std::string table(const TableName& name) const override { return quote(name.table); }
  std::string column_type(const TableSchema&, std::size_t) const override { return "int"; }
  std::string table_suffix() const override { return ""; }
  std::string change_type(const TargetTable&, const TargetColumn&,
                          std::string_view) const override {
    return "";
  }
  std::string allow_missing(const TargetTable&, const TargetColumn&) const override { return ""; }
  bool timestamp_holds_instants() const override { return false; }
};

// Table t (id, a, b), finished once with what the source had at first.
class TakenAwayTest : public ::testing::Test {
 protected:
  TakenAwayTest() {
    schema_.name = {"shop", "t"};
    target_.name = {"copy", "t"};
    for (const char* name : {"id", "a", "b"}) {
      schema_.columns.push_back({.name = name, .type = LogicalType::int32});
      TargetColumn column;
      column.name = name;
      column.type = TargetType::integer;
      target_.columns.push_back(column);
    }
    details_.columns.resize(3);
    there_.columns.resize(3);
    details_.indexes = {{.name = "by_a", .columns = {{1}}, .method = "btree"},
                        {.name = "by_b", .unique = true, .columns = {{2}}, .method = "btree"}};
    details_.columns[1].default_value = ColumnDefault{ColumnDefault::Kind::literal, "7"};
    details_.columns[2].comment = "of b";
    details_.comment = "of t";
    finish();
  }
  // As the loaders do it.
  void finish() {
    const FinishedTable table = here();
    const TableFinish plan = plan_finish(table, {}, dialect_, {});
    for (const MissingIndex& index : plan.indexes) {
      there_.indexes.push_back({index.name, index.unique, index.columns, index.method, true});
      remember(note_of(index), given_);
    }
    for (const MissingDefault& one : plan.defaults) {
      there_.columns[one.column].has_default = true;
      remember(note_of(one, schema_), given_);
    }
    for (const MissingComment& one : plan.comments) {
      there_.columns[one.column].comment = one.text;
      remember(note_of(one, table, dialect_), given_);
    }
    if (!plan.comment) return;
    there_.comment = *plan.comment;
    remember(note_of_comment(table, *plan.comment), given_);
  }
  FinishedTable here() const { return {schema_, details_, target_, there_}; }
  TakenAway plan() const { return plan_taking_away(here(), given_, dialect_, {}); }

  PlainDialect dialect_;
  TableSchema schema_;
  TableDetails details_;
  TargetTable target_;
  TargetDetails there_;
  Loader::Given given_;
};

TEST_F(TakenAwayTest, NothingOfWhatTheSourceStillHas) {
  const TakenAway nothing = plan();
  EXPECT_TRUE(nothing.empty());
  EXPECT_THAT(nothing.forgotten, IsEmpty());
  EXPECT_EQ(given_.size(), 5U);
}

TEST_F(TakenAwayTest, AnIndexThatTheSourceDropped) {
  details_.indexes.erase(details_.indexes.begin());
  EXPECT_THAT(plan().indexes, ElementsAre("by_a"));
}

TEST_F(TakenAwayTest, AnIndexThatBecameAnotherOneOfTheSameName) {
  details_.indexes[0].columns.push_back({2});
  EXPECT_THAT(plan().indexes, ElementsAre("by_a"));
  details_.indexes[0] = {.name = "by_a", .unique = true, .columns = {{1}}, .method = "btree"};
  EXPECT_THAT(plan().indexes, ElementsAre("by_a"));
}

// It finds what it did under its old name.
TEST_F(TakenAwayTest, ARenamedIndexStays) {
  details_.indexes[0].name = "other";
  EXPECT_TRUE(plan().empty());
}

TEST_F(TakenAwayTest, NeverAnIndexOfAPerson) {
  there_.indexes.push_back({"mine", false, {{2}}, "", true});
  given_.erase(index_note("by_a"));
  details_.indexes.clear();
  EXPECT_THAT(plan().indexes, ElementsAre("by_b"));
}

TEST_F(TakenAwayTest, WhatIsGoneAlreadyIsForgotten) {
  there_.indexes.clear();
  there_.columns[1].has_default = false;
  details_.indexes.clear();
  details_.columns[1].default_value.reset();
  EXPECT_TRUE(plan().empty());
  EXPECT_THAT(plan().forgotten, ElementsAre("default a", "index by_a", "index by_b"));
}

TEST_F(TakenAwayTest, ADefaultThatChanged) {
  details_.columns[1].default_value->text = "8";
  EXPECT_THAT(plan().defaults, ElementsAre(1));
  details_.columns[1].default_value.reset();
  EXPECT_THAT(plan().defaults, ElementsAre(1));
}

TEST_F(TakenAwayTest, CommentsThatChangedButNotThoseOfAPerson) {
  details_.columns[2].comment = "of b, now";
  details_.comment = "";
  EXPECT_THAT(plan().comments, ElementsAre(2));
  EXPECT_TRUE(plan().comment);
  there_.columns[2].comment = "a person's";
  there_.comment = "a person's";
  EXPECT_TRUE(plan().empty());
  EXPECT_THAT(plan().forgotten, ElementsAre("comment", "comment b"));
}

// Its columns say less than its definition.
TEST_F(TakenAwayTest, ASpecialIndexIsKnownByItsDefinition) {
  FinishRules rules;
  rules.same_kind = SourceEngine::postgresql;
  schema_.engine = SourceEngine::postgresql;
  details_.indexes = {{.name = "part",
                       .columns = {{1}},
                       .method = "btree",
                       .special = "partial",
                       .definition = "CREATE INDEX part ON t USING btree (a) WHERE a > 1"}};
  const TableFinish made = plan_finish(here(), {}, dialect_, rules);
  ASSERT_EQ(made.indexes.size(), 1U);
  given_.clear();
  remember(note_of(made.indexes[0]), given_);
  there_.indexes = {{"part", false, {{1}}, "", false}};
  EXPECT_TRUE(plan_taking_away(here(), given_, dialect_, rules).empty());
  details_.indexes[0].definition = "CREATE INDEX part ON t USING btree (a) WHERE a > 2";
  EXPECT_THAT(plan_taking_away(here(), given_, dialect_, rules).indexes, ElementsAre("part"));
}

}  // namespace
}  // namespace tailrace::sql
