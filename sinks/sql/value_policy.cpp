#include "sinks/sql/value_policy.h"

#include <string>

#include <fmt/format.h>

namespace tailrace::sql {
namespace {

using Answer = ValuePolicy::Answer;

std::string_view option_of(SpecialValue special) {
  switch (special) {
    case SpecialValue::none:
      return "";
    case SpecialValue::infinity:
      return "infinity";
    case SpecialValue::nan:
      return "nan";
    case SpecialValue::date:
      return "dates";
  }
  return "";
}

Result<Answer> read(const Url& url, SpecialValue special) {
  const std::string_view name = option_of(special);
  const std::string_view text = url.option(name).value_or("refuse");
  const bool can_clamp = special != SpecialValue::nan;  // no number is near to none
  if (text == "refuse") return Answer::refuse;
  if (text == "null") return Answer::null;
  if (text == "clamp" && can_clamp) return Answer::clamp;
  return Error(ErrorKind::invalid_config, fmt::format("unknown value of option {}", name))
      .hint(can_clamp ? "refuse, null or clamp" : "refuse or null");
}

}  // namespace

Result<ValuePolicy> ValuePolicy::from_url(const Url& url) {
  const auto infinity = read(url, SpecialValue::infinity);
  if (!infinity) return infinity.error();
  const auto nan = read(url, SpecialValue::nan);
  if (!nan) return nan.error();
  const auto dates = read(url, SpecialValue::date);
  if (!dates) return dates.error();
  ValuePolicy policy;
  policy.infinity = *infinity;
  policy.nan = *nan;
  policy.dates = *dates;
  return policy;
}

Answer ValuePolicy::answer(SpecialValue special) const {
  switch (special) {
    case SpecialValue::none:
      return Answer::refuse;
    case SpecialValue::infinity:
      return infinity;
    case SpecialValue::nan:
      return nan;
    case SpecialValue::date:
      return dates;
  }
  return Answer::refuse;
}

std::optional<Value> ValuePolicy::replacement(const MappedColumn& column,
                                              const ValueProblem& problem) const {
  if (column.key) return std::nullopt;
  const Answer wanted = answer(problem.special);
  if (wanted == Answer::null && !column.target->not_null) return Value::null();
  if (wanted == Answer::clamp && !problem.nearest.empty()) return Value::present(problem.nearest);
  return std::nullopt;
}

ValueProblem ValuePolicy::refused(const MappedColumn& column, ValueProblem problem) const {
  const std::string_view option = option_of(problem.special);
  if (option.empty() || column.key) return problem;
  if (answer(problem.special) == Answer::null) {
    problem.what += fmt::format(", and the target column is NOT NULL in spite of {}=null", option);
  } else {
    problem.way_out += fmt::format(", or say {}=null{} in the target's URL", option,
                                   problem.nearest.empty() ? "" : " or =clamp");
  }
  return problem;
}

}  // namespace tailrace::sql
