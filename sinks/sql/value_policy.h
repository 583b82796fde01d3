#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "config/url.h"
#include "core/change.h"
#include "core/result.h"
#include "sinks/sql/table_mapping.h"
#include "sinks/sql/value_checks.h"

namespace tailrace::sql {

// What somebody wrote into the target's URL about values that PostgreSQL has and the target has
// not: ?infinity=null|clamp&nan=null&dates=null|clamp. Without it they are refused. Applied where a
// value is written, to the problem that the check of the value found; never to key columns, where
// two rows would become one.
struct ValuePolicy {
  enum class Answer : std::uint8_t { refuse, null, clamp };

  Answer infinity = Answer::refuse;  // of numbers, dates and timestamps
  Answer nan = Answer::refuse;
  Answer dates = Answer::refuse;  // out of the target's calendar

  static constexpr std::array<std::string_view, 3> kOptions = {"infinity", "nan", "dates"};
  static Result<ValuePolicy> from_url(const Url& url);

  // What to write instead: a view into `problem`, or NULL. Nothing: the value stays refused.
  std::optional<Value> replacement(const MappedColumn& column, const ValueProblem& problem) const;
  // The problem of a value that stays refused, with the option that would help.
  ValueProblem refused(const MappedColumn& column, ValueProblem problem) const;

 private:
  Answer answer(SpecialValue special) const;
};

}  // namespace tailrace::sql
