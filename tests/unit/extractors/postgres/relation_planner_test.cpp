// What the log says of a table, what the catalogue adds to it, and what happens when both differ.

#include "extractors/postgres/relation_planner.h"

#include <gmock/gmock.h>

#include "assembling.h"

namespace tailrace::postgres::recorded {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

RelationFacts facts_of(const RelationDefinition& definition,
                       const std::vector<std::string>& primary_key = {},
                       const std::vector<std::string>& identity = {}) {
  RelationFacts facts{definition.name.schema, definition.name.table, {}, primary_key, identity};
  for (const auto& column : definition.columns) {
    facts.columns.push_back({.name = column.name, .type_oid = column.type_oid});
  }
  return facts;
}

class RelationPlanning : public ::testing::Test {
 protected:
  RelationPtr plan(const RelationDefinition& definition) {
    auto planned = planner_.plan(definition);
    EXPECT_TRUE(planned) << planned.error().to_string();
    return planned ? *planned : nullptr;
  }

  MemoryCatalogue catalogue_;
  RelationPlanner planner_{catalogue_, planner_of(catalogue_)};
};

TEST_F(RelationPlanning, ColumnsOfTheMessage) {
  const auto relation = plan(definition_of(1, 'd', {"v", "id*"}, "orders"));
  EXPECT_EQ(relation->schema->name, (TableName{"public", "orders"}));
  EXPECT_EQ(relation->schema->engine, SourceEngine::postgresql);
  ASSERT_EQ(relation->schema->columns.size(), 2U);
  EXPECT_EQ(relation->schema->columns[0].name, "v");
  EXPECT_EQ(relation->schema->columns[0].type, LogicalType::string);
  EXPECT_EQ(relation->schema->columns[1].type, LogicalType::int32);
  EXPECT_TRUE(relation->schema->columns[1].nullable);  // nobody says otherwise
  EXPECT_FALSE(relation->columns[0].in_old_key);
  EXPECT_TRUE(relation->columns[1].in_old_key);
}

TEST_F(RelationPlanning, NullableAndGeneratedOfACatalogueThatAgrees) {
  const auto definition = definition_of(1, 'd', {"id*", "v"});
  catalogue_.relations[1] = facts_of(definition, {"id"});
  catalogue_.relations[1].columns[0].not_null = true;
  catalogue_.relations[1].columns[1].generated = true;
  // Not sent by servers before 18.
  catalogue_.relations[1].columns.insert(catalogue_.relations[1].columns.begin() + 1,
                                         {.name = "g", .type_oid = 23, .generated = true});
  const auto relation = plan(definition);
  EXPECT_FALSE(relation->schema->columns[0].nullable);
  EXPECT_TRUE(relation->schema->columns[1].nullable);
  EXPECT_FALSE(relation->schema->columns[0].generated);
  EXPECT_TRUE(relation->schema->columns[1].generated);
}

TEST_F(RelationPlanning, NothingOfACatalogueThatHasMovedOn) {
  const auto definition = definition_of(1, 'd', {"id*", "v"});
  const auto not_null = [&] {
    RelationFacts facts = facts_of(definition, {"id"});
    for (auto& column : facts.columns) column.not_null = true;
    return facts;
  };
  std::vector<RelationFacts> later(4, not_null());
  later[0].columns[1].name = "renamed";
  later[1].columns[1].type_oid = type_oid::int8;
  later[2].columns.push_back({.name = "added", .type_oid = type_oid::int4});
  later[3].columns.pop_back();
  for (std::uint32_t i = 0; i < later.size(); ++i) {
    auto other = definition;
    other.oid = i;
    catalogue_.relations[i] = later[i];
    EXPECT_TRUE(plan(other)->schema->columns[0].nullable) << i;
  }
}

struct KeyCase {
  const char* what;
  char identity;
  std::vector<std::string> columns;  // an asterisk: flagged
  std::vector<std::string> primary_key;
  std::vector<std::string> index;
  bool agrees;
  std::vector<std::uint16_t> key;
};

TEST_F(RelationPlanning, Keys) {
  const std::vector<KeyCase> cases = {
      {"flags in the order of the primary key",
       'd',
       {"a*", "b*", "v"},
       {"b", "a"},
       {},
       true,
       {1, 0}},
      {"also when other columns differ", 'd', {"a*", "b*", "v"}, {"b", "a"}, {}, false, {1, 0}},
      {"flags alone", 'd', {"a", "b*"}, {}, {}, false, {1}},
      {"another primary key by now", 'd', {"a*", "b*"}, {"a"}, {}, false, {0, 1}},
      {"no flags: the catalogue's", 'd', {"a", "b"}, {"b"}, {}, true, {1}},
      {"no flags, a key of columns that are gone", 'd', {"a", "b"}, {"c"}, {}, false, {}},
      {"no flags, no primary key", 'd', {"a", "b"}, {}, {}, true, {}},
      {"index: flags", 'i', {"a", "b*"}, {"a"}, {"b"}, true, {1}},
      {"index: in its order", 'i', {"a*", "b*"}, {"a"}, {"b", "a"}, true, {1, 0}},
      {"index without flags", 'i', {"a", "b"}, {"a"}, {"b"}, true, {1}},
      {"full: the primary key", 'f', {"a*", "b*"}, {"b"}, {}, true, {1}},
      {"full: a catalogue of other columns", 'f', {"a*", "b*"}, {"b"}, {}, false, {}},
      {"full: no primary key", 'f', {"a*", "b*"}, {}, {}, true, {}},
      {"nothing: the primary key", 'n', {"a", "b"}, {"a"}, {}, true, {0}},
      {"nothing: a catalogue of other columns", 'n', {"a", "b"}, {"a"}, {}, false, {}},
  };
  std::uint32_t oid = 100;
  for (const KeyCase& one : cases) {
    const auto definition = definition_of(++oid, one.identity, one.columns);
    RelationFacts facts = facts_of(definition, one.primary_key, one.index);
    if (!one.agrees) facts.columns.push_back({.name = "later", .type_oid = 23});
    catalogue_.relations[oid] = facts;
    const auto relation = plan(definition);
    EXPECT_EQ(relation->schema->key, one.key) << one.what;
    const bool by_key = one.identity == 'd' || one.identity == 'i';
    for (const std::uint16_t column : one.key) {
      EXPECT_EQ(relation->columns[column].in_old_key, by_key) << one.what;
    }
  }
}

TEST_F(RelationPlanning, AKeyIsNotLostBecauseFlagsAreMissing) {
  const auto with_flags = definition_of(1, 'd', {"id*", "v"});
  auto without = with_flags;
  without.columns[0].key = false;
  const auto first = plan(with_flags);
  EXPECT_EQ(plan(without)->schema, first->schema);
  // Unless the catalogue agrees, and says that there is none.
  catalogue_.relations[1] = facts_of(without);
  EXPECT_THAT(plan(without)->schema->key, IsEmpty());
}

TEST_F(RelationPlanning, EqualTablesAreTheSameSchema) {
  const auto definition = definition_of(1, 'd', {"id*", "v"});
  catalogue_.relations[1] = facts_of(definition, {"id"});
  catalogue_.relations[1].columns[0].not_null = true;
  const auto schema = plan(definition)->schema;
  EXPECT_EQ(plan(definition)->schema, schema);
  EXPECT_NE(plan(definition_of(1, 'd', {"id*", "v", "w"}))->schema, schema);
  EXPECT_NE(plan(definition_of(1, 'd', {"id*", "v"}, "renamed"))->schema, schema);
}

TEST_F(RelationPlanning, WhatWasKnownStaysWhenTheCatalogueMovesOn) {
  const auto definition = definition_of(1, 'f', {"id*", "v*"});
  catalogue_.relations[1] = facts_of(definition, {"id"});
  catalogue_.relations[1].columns[0].not_null = true;
  const auto before = plan(definition);
  catalogue_.relations[1].columns.push_back({.name = "later", .type_oid = 23});
  EXPECT_EQ(plan(definition)->schema, before->schema);
  catalogue_.relations.clear();
  EXPECT_EQ(plan(definition)->schema, before->schema);
}

TEST_F(RelationPlanning, AsksAnew) {
  auto definition = definition_of(1, 'd', {"id*", "v"});
  definition.columns[1].type_oid = 16'400;
  plan(definition);
  EXPECT_THAT(catalogue_.forgotten, ElementsAre(1, 16'400));
}

TEST_F(RelationPlanning, TypeThatIsGone) {
  auto definition = definition_of(1, 'd', {"id*", "feeling"}, "people");
  definition.columns[1].type_oid = 16'400;
  catalogue_.missing_types = {16'400};
  const auto planned = planner_.plan(definition);
  ASSERT_FALSE(planned);
  EXPECT_EQ(planned.error().kind(), ErrorKind::schema_mismatch);
  EXPECT_THAT(planned.error().to_string(), HasSubstr("table public.people, column \"feeling\""));
}

// Columns id and v, numbers 1 and 3, written down by 90 and 95; 2 was dropped by 92.
struct Identities : RelationPlanning {
  Identities() {
    facts_ = facts_of(definition_, {"id"});
    facts_.columns[0].number = 1;
    facts_.columns[0].writer = 90;
    facts_.columns[1].number = 3;
    facts_.columns[1].writer = 95;
    facts_.dropped = {{2, 92}};
    facts_.storage = "1:10";
    facts_.storage_writers = {95};
    facts_.next_xid = 200;
  }
  SchemaPtr at(std::uint32_t xid) {
    catalogue_.relations[1] = facts_;
    RelationPlanner planner(catalogue_, planner_of(catalogue_));
    auto planned = planner.plan(definition_, Moment::of_transaction(xid));
    EXPECT_TRUE(planned);
    return planned ? (*planned)->schema : nullptr;
  }
  static std::vector<std::uint32_t> of(const SchemaPtr& schema) {
    std::vector<std::uint32_t> identities;
    for (const Column& column : schema->columns) identities.push_back(column.identity);
    return identities;
  }

  RelationDefinition definition_ = definition_of(1, 'd', {"id*", "v"});
  RelationFacts facts_;
};

TEST_F(Identities, OfACatalogueThatWasThereBeforeTheRow) {
  const auto schema = at(100);
  EXPECT_THAT(of(schema), ElementsAre(1, 3));
  EXPECT_EQ(schema->columns[1].edition, 95U);
  EXPECT_EQ(schema->columns[1].fill.kind, ColumnFill::Kind::null);
  EXPECT_EQ(schema->traits, (TableTraits{.identity = 1, .last_identity = 3, .storage = "1:10"}));
}

TEST_F(Identities, NoneWithoutTheRowsTransaction) {
  EXPECT_THAT(of(plan(definition_)->schema), ElementsAre(0, 0));
}

// Written since, or by the row's own transaction: it may be another column of that name, if one was
// dropped since.
TEST_F(Identities, OfAColumnThatWasWrittenSince) {
  EXPECT_THAT(of(at(95)), ElementsAre(1, 3));
  EXPECT_EQ(at(95)->columns[1].edition, 0U);
  EXPECT_TRUE(at(95)->traits.storage_later);
  facts_.storage_is_first = true;
  EXPECT_FALSE(at(95)->traits.storage_later);
  facts_.dropped[0].writer = 95;
  EXPECT_THAT(of(at(95)), ElementsAre(1, 0));
  EXPECT_EQ(at(95)->traits.last_identity, 0U);
  EXPECT_THAT(of(at(96)), ElementsAre(1, 3));
}

// A column of the message that was dropped since lies between two that are known.
TEST_F(Identities, AColumnThatWasDroppedSinceHasItsPlace) {
  definition_ = definition_of(1, 'd', {"id*", "x", "v"});
  EXPECT_THAT(of(at(94)), ElementsAre(1, 0, 0)) << "x is not there, and v was written since";
  facts_.dropped[0].writer = 150;
  EXPECT_THAT(of(at(100)), ElementsAre(1, 2, 3));
  EXPECT_EQ(at(100)->columns[1].fill.kind, ColumnFill::Kind::unknown);
  EXPECT_THAT(of(at(94)), ElementsAre(1, 2, 3));
}

TEST_F(Identities, ARenamedColumnKeepsItsPlace) {
  facts_.columns[1].name = "later";
  EXPECT_THAT(of(at(94)), ElementsAre(1, 3));
  EXPECT_THAT(of(at(96)), ElementsAre(1, 0)) << "it had that name already";
}

TEST_F(Identities, ColumnsThatCameSinceAreBehindThese) {
  facts_.columns.push_back({.name = "new", .type_oid = 23, .number = 4, .writer = 150});
  const auto schema = at(94);
  EXPECT_THAT(of(schema), ElementsAre(1, 3));
  EXPECT_EQ(schema->traits.last_identity, 3U);
  EXPECT_FALSE(schema->traits.partial);
  EXPECT_TRUE(at(160)->traits.partial) << "it was there, and is not sent";
}

TEST_F(Identities, TransactionIdsAreACircle) {
  facts_.next_xid = 10;
  facts_.columns[0].writer = 4'294'967'290;
  facts_.columns[1].writer = 5;
  facts_.dropped[0].writer = 2;  // frozen
  EXPECT_EQ(at(4'294'967'295)->columns[0].edition, 4'294'967'290);
  EXPECT_EQ(at(4'294'967'295)->columns[1].edition, 0U);
  EXPECT_EQ(at(6)->columns[1].edition, 5U);
}

TEST_F(Identities, WhatOlderRowsHold) {
  facts_.columns[1].missing = "seven";
  EXPECT_EQ(at(100)->columns[1].fill,
            (ColumnFill{.kind = ColumnFill::Kind::canonical, .text = "seven"}));
}

}  // namespace
}  // namespace tailrace::postgres::recorded
