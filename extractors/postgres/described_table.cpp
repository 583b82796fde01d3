#include "extractors/postgres/described_table.h"

#include <utility>

#include "extractors/postgres/column_identities.h"
#include "extractors/postgres/relation_planner.h"
#include "extractors/postgres/table_details.h"

namespace tailrace::postgres {
namespace {

Result<DescribedTable> describe(Connection& reading, PublishedRows rows, RelationPlanner& planner) {
  auto relation = planner.plan(rows.definition, Moment::unknown());
  if (!relation) return std::move(relation).error();
  auto key = read_key(reading, rows.definition, *(*relation)->schema);
  if (!key) return std::move(key).error();
  auto table = std::make_shared<const CopiedTable>(
      CopiedTable{std::move(rows), *std::move(relation), *std::move(key)});
  auto details = read_table_details(reading, *table);
  if (!details) return std::move(details).error();
  return DescribedTable{
      table, SnapshotTable{.schema = table->relation->schema, .details = *std::move(details)}};
}

}  // namespace

Result<std::vector<DescribedTable>> describe_tables(Connection& reading, ServerCatalogue& catalogue,
                                                    std::vector<PublishedRows> published) {
  auto money_scale = catalogue.money_scale();
  if (!money_scale) return std::move(money_scale).error();
  const DecodeContext context{.money_scale = *money_scale};
  catalogue.forget();
  RelationPlanner planner(catalogue, [&](std::uint32_t oid, std::int32_t modifier) {
    return plan_column(oid, modifier, catalogue, context);
  });
  std::vector<DescribedTable> tables;
  for (PublishedRows& rows : published) {
    auto table = describe(reading, std::move(rows), planner);
    if (!table) return std::move(table).error();
    tables.push_back(*std::move(table));
  }
  catalogue.disconnect();
  return tables;
}

Status identify_tables(Connection& reading, std::vector<DescribedTable>& tables) {
  for (DescribedTable& table : tables) {
    const RelationDefinition& definition = table.copied->rows.definition;
    auto facts = read_relation_facts(reading, definition.oid);
    if (!facts) return std::move(facts).error();
    auto relation = std::make_shared<Relation>(*table.copied->relation);
    TableSchema schema = *relation->schema;
    identify_columns(definition, *facts, Moment::of_catalogue(), *relation, schema);
    relation->schema = std::make_shared<const TableSchema>(std::move(schema));
    table.description.schema = relation->schema;
    table.copied = std::make_shared<const CopiedTable>(
        CopiedTable{table.copied->rows, std::move(relation), table.copied->key});
  }
  return {};
}

}  // namespace tailrace::postgres
