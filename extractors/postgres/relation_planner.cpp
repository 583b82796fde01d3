#include "extractors/postgres/relation_planner.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tailrace::postgres {
namespace {

using Indexes = std::vector<std::uint16_t>;

// Types below are fixed when a database is made (FirstGenbkiObjectId).
constexpr std::uint32_t kFirstUserOid = 10'000;

// Whether the catalogue's columns are those of the message. Generated columns may be left out
// there: servers before 18 never send them, later ones when the publication says so.
bool agrees(const RelationDefinition& definition, const RelationFacts& facts) {
  std::size_t next = 0;
  for (const RelationFacts::Column& column : facts.columns) {
    const bool same = next < definition.columns.size() &&
                      definition.columns[next].name == column.name &&
                      definition.columns[next].type_oid == column.type_oid;
    if (!same && !column.generated) return false;
    if (same) ++next;
  }
  return next == definition.columns.size();
}

bool same_columns(const RelationDefinition& left, const RelationDefinition& right) {
  return std::equal(
      left.columns.begin(), left.columns.end(), right.columns.begin(), right.columns.end(),
      [](const auto& a, const auto& b) { return a.name == b.name && a.type_oid == b.type_oid; });
}

// Their places in the message, in the order of the names; none when one is not there.
Indexes places_of(const std::vector<std::string>& names, const RelationDefinition& definition) {
  Indexes places;
  for (const std::string& name : names) {
    const auto found =
        std::find_if(definition.columns.begin(), definition.columns.end(),
                     [&](const RelationDefinition::Column& column) { return column.name == name; });
    if (found == definition.columns.end()) return {};
    places.push_back(static_cast<std::uint16_t>(found - definition.columns.begin()));
  }
  return places;
}

Indexes flagged_columns(const RelationDefinition& definition) {
  Indexes places;
  for (std::size_t i = 0; i < definition.columns.size(); ++i) {
    if (definition.columns[i].key) places.push_back(static_cast<std::uint16_t>(i));
  }
  return places;
}

// The message has its columns in the table's order; an index may have another one.
Indexes in_order_of(const Indexes& index, Indexes flagged) {
  return std::is_permutation(index.begin(), index.end(), flagged.begin(), flagged.end())
             ? index
             : std::move(flagged);
}

const RelationFacts::Column* find_column(const RelationFacts& facts, const std::string& name) {
  const auto found =
      std::find_if(facts.columns.begin(), facts.columns.end(),
                   [&](const RelationFacts::Column& column) { return column.name == name; });
  return found == facts.columns.end() ? nullptr : &*found;
}

Error&& located(Error&& error, const RelationDefinition& definition, const std::string& column) {
  return std::move(error).with(
      fmt::format("table {}, column \"{}\"", definition.name.to_string(), column));
}

}  // namespace

RelationDefinition RelationDefinition::of(const RelationMessage& message) {
  RelationDefinition definition{
      message.oid, {std::string(message.schema), std::string(message.name)}, message.identity, {}};
  definition.columns.reserve(message.columns.size());
  for (const RelationColumn& column : message.columns) {
    definition.columns.push_back(
        {std::string(column.name), column.type_oid, column.type_modifier, column.key});
  }
  return definition;
}

// Key flags are a hint: the first Relation message behind the creation of a slot has been seen
// without any for a table with a primary key. So no flags ask the catalogue, and when that has
// moved on, what was known before stays.
RelationPlanner::Key RelationPlanner::key_of(const RelationDefinition& definition,
                                             const std::optional<RelationFacts>& facts,
                                             bool facts_agree, const Planned* last) const {
  const bool by_row = definition.identity == ReplicaIdentity::full ||
                      definition.identity == ReplicaIdentity::nothing;
  if (by_row) {
    return {facts_agree ? places_of(facts->primary_key, definition) : Indexes(), false};
  }
  const bool by_index = definition.identity == ReplicaIdentity::index;
  const Indexes known =
      facts ? places_of(by_index ? facts->identity : facts->primary_key, definition) : Indexes();
  const Indexes flagged = flagged_columns(definition);
  if (!flagged.empty()) return {in_order_of(known, flagged), true};
  if (!known.empty() || facts_agree) return {known, true};
  const bool as_before = last != nullptr && last->definition.identity == definition.identity &&
                         same_columns(last->definition, definition);
  return {as_before ? last->relation->schema->key : Indexes(), true};
}

void RelationPlanner::forget(const RelationDefinition& definition) {
  catalogue_.forget(definition.oid);
  for (const RelationDefinition::Column& column : definition.columns) {
    if (column.type_oid >= kFirstUserOid) catalogue_.forget(column.type_oid);
  }
}

Result<RelationPtr> RelationPlanner::plan(const RelationDefinition& definition, Moment moment) {
  const auto found = last_.find(definition.oid);
  const Planned* last = found == last_.end() ? nullptr : &found->second;
  forget(definition);
  auto facts = catalogue_.relation(definition.oid);
  if (!facts) return std::move(facts).error().with("table " + definition.name.to_string());
  const bool facts_agree = *facts && agrees(definition, **facts);
  // The catalogue has moved on since it was asked about this very definition.
  if (!facts_agree && last != nullptr && last->definition == definition) return last->relation;

  TableSchema schema{definition.name, SourceEngine::postgresql, {}, {}, {}};
  auto relation = std::make_shared<Relation>();
  for (const RelationDefinition::Column& column : definition.columns) {
    auto planned = plan_column_(column.type_oid, column.type_modifier);
    if (!planned) return located(std::move(planned).error(), definition, column.name);
    planned->column.name = column.name;
    const auto* known = facts_agree ? find_column(**facts, column.name) : nullptr;
    planned->column.nullable = known == nullptr || !known->not_null;
    planned->column.generated = known != nullptr && known->generated;
    schema.columns.push_back(std::move(planned->column));
    relation->columns.push_back({std::move(planned->decoder), planned->reads_binary, false});
  }
  Key key = key_of(definition, *facts, facts_agree, last);
  for (const std::uint16_t index : key.columns)
    relation->columns[index].in_old_key = key.in_old_key;
  schema.key = std::move(key.columns);
  identify_columns(definition, *facts, moment, *relation, schema);
  const bool as_before = last != nullptr && *last->relation->schema == schema;
  relation->schema =
      as_before ? last->relation->schema : std::make_shared<const TableSchema>(std::move(schema));
  last_[definition.oid] = {definition, relation};
  return RelationPtr(relation);
}

}  // namespace tailrace::postgres
