#include "app/type_contract.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/column_verdict.h"
#include "app/type_targets.h"

namespace tailrace::app {
namespace {

// A table with that column alone.
SchemaPtr table_with(const TypeSample& sample, Engine from, bool key) {
  TableSchema schema;
  schema.name = {"s", "t"};
  schema.engine = from == Engine::postgresql ? SourceEngine::postgresql : SourceEngine::mysql;
  schema.columns = {sample.column};
  schema.columns[0].name = "c";
  schema.columns[0].nullable = true;
  if (key) schema.key = {0};
  return std::make_shared<const TableSchema>(std::move(schema));
}

std::string join(const std::vector<std::string>& list) {
  return fmt::format("{}", fmt::join(list, "; "));
}

// in_key: by the type that a column of the key gets.
ColumnVerdict judge(const TypeSample& sample, Engine from, TypeTarget& target, bool in_key) {
  const SchemaPtr schema = table_with(sample, from, in_key);
  const ColumnAtTarget column{
      .source = schema->columns[0],
      .engine = schema->engine,
      .in_key = in_key,
      .created = target.dialect().column_type(*schema, 0),
  };
  return judge_column(column, sample.probes, target, {});
}

// What is different for a column of the key.
void add_key(const ColumnVerdict& key, TypeRow& row, ColumnVerdict& verdict) {
  const std::string created = without_collation(key.created);
  if (created != without_collation(verdict.created)) row.target += "; key: " + created;
  auto& known = verdict.refused;
  for (const std::string& label : key.refused) {
    if (std::find(known.begin(), known.end(), label) == known.end())
      known.push_back("in the key: " + label);
  }
}

TypeRow row_of(const TypeSample& sample, Engine from, Engine to) {
  const auto target = make_type_target(to, sample.column, true);
  ColumnVerdict verdict = judge(sample, from, *target, false);
  TypeRow row{sample.type, without_collation(verdict.created), "", "", ""};
  if (sample.defined && from == to) {
    const auto without = make_type_target(to, sample.column, false);
    row.target += ", or " + judge(sample, from, *without, false).created;
  }
  if (sample.can_be_key) add_key(judge(sample, from, *target, true), row, verdict);
  row.held = verdict.held;
  row.refused = join(verdict.refused);
  row.options = join(verdict.options);
  return row;
}

}  // namespace

std::vector<TypeRow> type_contract(Engine from, Engine to) {
  std::vector<TypeRow> rows;
  for (const TypeSample& sample : type_samples(from)) rows.push_back(row_of(sample, from, to));
  return rows;
}

}  // namespace tailrace::app
