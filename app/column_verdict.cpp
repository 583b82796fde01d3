#include "app/column_verdict.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace tailrace::app {
namespace {

using sql::TargetType;
using Policy = sql::ValuePolicy;

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

struct Held {
  std::string words = "exactly";
  bool exact = true;
};

// In which sense the values that are not refused stay the same.
Held held(const Column& source, const sql::TargetColumn& target, bool keeps_minus_zero) {
  if (!target.native_name.empty() && target.native_name == source.native_type) return {};
  const bool is_float = source.type == LogicalType::float32 || source.type == LogicalType::float64;
  if (is_float && !keeps_minus_zero) return {"exactly, but -0 may become 0", false};
  const bool is_number = target.type == TargetType::integer;
  if (source.type == LogicalType::bit && is_number) return {"as number", false};
  if (source.type == LogicalType::decimal && source.precision == 0 &&
      target.type == TargetType::decimal && target.precision != 0) {
    return {"exactly, without zeros at the end", false};
  }
  const bool verbatim = target.type == TargetType::text || target.base_type_name == "json";
  const bool is_json = source.type == LogicalType::json || source.type == LogicalType::array;
  // MySQL's own JSON has been taken apart already.
  if (is_json && target.type == TargetType::json && (!verbatim || source.native_type != "json")) {
    return {"as JSON value", false};
  }
  if (source.type == LogicalType::array) return {"exactly, as JSON"};
  if (source.type == LogicalType::geometry && target.type == TargetType::bytes)
    return {"exactly, as SRID and WKB"};
  if (source.type == LogicalType::timestamptz && target.type == TargetType::timestamp)
    return {"exactly, in UTC"};
  return {};
}

// In tables of that column alone, without the key: what it has room for does not depend on it.
Result<std::unique_ptr<const sql::TableMapping>> map_alone(const ColumnAtTarget& at,
                                                           TypeTarget& target) {
  TableSchema alone;
  alone.name = {"s", "t"};
  alone.engine = at.engine;
  alone.columns = {at.source};
  sql::TargetTable table;
  table.name = alone.name;
  table.columns = {target.catalogued(at.source, at.created)};
  table.columns[0].name = target.dialect().shorten(at.source.name);
  table.columns[0].not_null = !at.source.nullable || at.in_key;
  return map_table(std::make_shared<const TableSchema>(std::move(alone)), std::move(table),
                   target.dialect());
}

}  // namespace

ColumnVerdict judge_column(const ColumnAtTarget& at, std::span<const Probe> probes,
                           TypeTarget& target, const sql::ValuePolicy& policy) {
  ColumnVerdict verdict;
  verdict.created = at.created;
  const auto mapping = map_alone(at, target);
  if (!mapping) {
    verdict.held = "not at all";
    verdict.refused.push_back("the column");
    return verdict;
  }
  sql::MappedColumn column = (*mapping)->columns.at(0);
  column.key = at.in_key;
  const Held sense = held(at.source, *column.target, target.keeps_minus_zero());
  verdict.held = sense.words;
  for (const Probe& probe : probes) {
    const auto problem = target.write(column, probe.value);
    if (!problem) continue;
    if (target.has_policy() && policy.replacement(column, *problem)) {
      add(verdict.replaced, probe.label);
      continue;
    }
    add(verdict.refused, probe.label);
    add(verdict.ways_out, problem->way_out);
    if (target.has_policy()) add_options(column, *problem, verdict.options);
  }
  verdict.exact = sense.exact && verdict.refused.empty() && verdict.replaced.empty();
  return verdict;
}

std::string without_collation(const std::string& type) {
  return type.substr(0, type.rfind(" CHARACTER SET"));
}

}  // namespace tailrace::app
