#include "app/type_contract.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "app/type_targets.h"
#include "sinks/sql/value_policy.h"

namespace tailrace::app {
namespace {

using sql::TargetType;
using Policy = sql::ValuePolicy;

// A table with that column alone.
SchemaPtr table_with(const TypeSample& sample, Engine from, bool key) {
  TableSchema schema;
  schema.name = {"s", "t"};
  schema.engine = from == Engine::postgresql ? SourceEngine::postgresql : SourceEngine::mysql;
  schema.columns = {sample.column};
  schema.columns[0].name = "c";
  if (key) schema.key = {0};
  return std::make_shared<const TableSchema>(std::move(schema));
}

void add(std::vector<std::string>& list, const std::string& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

struct Named {
  std::string_view option;
  Policy::Answer Policy::*answer;
};
constexpr std::array kOptions = {Named{"infinity", &Policy::infinity}, Named{"nan", &Policy::nan},
                                 Named{"dates", &Policy::dates}};

// Which options of the URL store something else instead of being stopped by this problem.
void add_options(const sql::MappedColumn& column, const sql::ValueProblem& problem,
                 std::vector<std::string>& options) {
  for (const Named& named : kOptions) {
    for (const auto answer : {Policy::Answer::null, Policy::Answer::clamp}) {
      Policy policy;
      policy.*named.answer = answer;
      if (!policy.replacement(column, problem)) continue;
      add(options,
          fmt::format("{}={}", named.option, answer == Policy::Answer::null ? "null" : "clamp"));
    }
  }
}

struct Verdict {
  std::string created;
  std::optional<sql::TargetColumn> column;  // nothing: rows are refused as a whole
  std::vector<std::string> refused;
  std::vector<std::string> options;
};

// in_key: by the type that a column of the key gets; options hold for other columns alone.
Verdict judge(const TypeSample& sample, Engine from, TypeTarget& target, bool in_key) {
  Verdict verdict;
  const SchemaPtr schema = table_with(sample, from, false);
  verdict.created = target.dialect().column_type(*table_with(sample, from, in_key), 0);
  sql::TargetTable table;
  table.name = {"s", "t"};
  table.columns = {target.catalogued(schema->columns[0], verdict.created)};
  table.columns[0].name = "c";
  const auto mapping = map_table(schema, std::move(table), target.dialect());
  if (!mapping) {
    verdict.refused.push_back("the column");
    return verdict;
  }
  const sql::MappedColumn& column = (*mapping)->columns.at(0);
  verdict.column = *column.target;
  for (const Probe& probe : sample.probes) {
    const auto problem = target.write(column, probe.value);
    if (!problem) continue;
    add(verdict.refused, probe.label);
    if (target.has_policy() && !in_key) add_options(column, *problem, verdict.options);
  }
  return verdict;
}

// In which sense the values that are not refused stay the same.
std::string held(const Column& source, const sql::TargetColumn& target, Engine to) {
  if (!target.native_name.empty() && target.native_name == source.native_type) return "exactly";
  const bool is_float = source.type == LogicalType::float32 || source.type == LogicalType::float64;
  if (is_float && (to == Engine::mariadb || to == Engine::sqlite)) {
    return "exactly, but -0 may become 0";
  }
  const bool is_number = target.type == TargetType::integer;
  if (source.type == LogicalType::bit && is_number) return "as number";
  if (source.type == LogicalType::decimal && source.precision == 0 &&
      target.type == TargetType::decimal && target.precision != 0) {
    return "exactly, without zeros at the end";
  }
  const bool verbatim = target.type == TargetType::text || target.base_type_name == "json";
  const bool is_json = source.type == LogicalType::json || source.type == LogicalType::array;
  // MySQL's own JSON has been taken apart already.
  if (is_json && target.type == TargetType::json && (!verbatim || source.native_type != "json")) {
    return "as JSON value";
  }
  if (source.type == LogicalType::array) return "exactly, as JSON";
  if (source.type == LogicalType::geometry && target.type == TargetType::bytes)
    return "exactly, as SRID and WKB";
  if (source.type == LogicalType::timestamptz && target.type == TargetType::timestamp)
    return "exactly, in UTC";
  return "exactly";
}

std::string join(const std::vector<std::string>& list) {
  return fmt::format("{}", fmt::join(list, "; "));
}

// Character sets and collations are the same throughout, and make the table unreadable.
std::string without_collation(const std::string& type) {
  return type.substr(0, type.find(" CHARACTER SET"));
}

TypeRow row_of(const TypeSample& sample, Engine from, Engine to) {
  const auto target = make_type_target(to, sample.column, true);
  Verdict verdict = judge(sample, from, *target, false);
  const Verdict key = judge(sample, from, *target, true);
  TypeRow row{sample.type, without_collation(verdict.created), "", "", ""};
  if (sample.defined && from == to) {
    const auto without = make_type_target(to, sample.column, false);
    row.target += ", or " + judge(sample, from, *without, false).created;
  }
  if (const std::string in_key = without_collation(key.created);
      in_key != without_collation(verdict.created)) {
    row.target += "; key: " + in_key;
  }
  for (const std::string& label : key.refused) {
    const auto& known = verdict.refused;
    if (std::find(known.begin(), known.end(), label) == known.end())
      add(verdict.refused, "in the key: " + label);
  }
  row.held = verdict.column ? held(sample.column, *verdict.column, to) : "not at all";
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
