#include "sinks/sql/schema_step.h"

#include <utility>

#include <fmt/format.h>

#include "sinks/sql/table_mapping.h"

namespace tailrace::sql {
namespace {

using Kind = SchemaStep::Kind;

Error forbidden(const TableName& target, const std::string& fact, std::string cure) {
  return Error(ErrorKind::schema_mismatch,
               fmt::format("the source changed: {}, and target table {} may not follow by itself",
                           fact, target.to_string()))
      .hint(std::move(cure));
}

bool is_additive(const SchemaStep& step) {
  return step.kind == Kind::add_column || step.kind == Kind::widen_column;
}

}  // namespace

std::string restated(const SchemaStep& step, const TargetTable& table, const Dialect& dialect) {
  const TargetColumn* column = find_column(table, step.column);
  switch (step.kind) {
    case Kind::add_column:
    case Kind::rename_column:
      return step.statement;
    case Kind::drop_column:
      return column == nullptr ? std::string() : dialect.drop_column(table, column->name);
    case Kind::widen_column:
    case Kind::change_column:
      if (column == nullptr) return {};
      if (step.type.empty()) return dialect.allow_missing(table, *column);
      return dialect.change_column(table, *column, step.type, step.not_null);
    case Kind::change_key:
      return dialect.change_key(table, step.key);
  }
  return step.statement;
}

Result<std::vector<SchemaStep>> permitted_steps(const std::vector<SchemaStep>& steps,
                                                SchemaPolicy policy, const TableName& target) {
  if (policy == SchemaPolicy::ignore) return std::vector<SchemaStep>();
  if (policy == SchemaPolicy::apply) return steps;
  std::vector<SchemaStep> permitted;
  for (const SchemaStep& step : steps) {
    const bool takes_away = step.kind == Kind::rename_column || step.kind == Kind::change_key;
    if (policy == SchemaPolicy::stop || takes_away) {
      return forbidden(target, step.fact, step.statement);
    }
    if (is_additive(step)) permitted.push_back(step);
    if (!step.otherwise.empty()) permitted.push_back(allowing_to_stay(step));
  }
  return permitted;
}

SchemaStep allowing_to_stay(const SchemaStep& step) {
  SchemaStep stays{Kind::widen_column, step.otherwise, step.fact};
  stays.column = step.column;
  return stays;
}

}  // namespace tailrace::sql
