#pragma once

#include <set>
#include <string>
#include <vector>

#include "sinks/sql/table_finish.h"

namespace tailrace::sql {

// The part of plan_finish() about secondary indexes.
//
// An index over the same columns in the same order, with the same uniqueness, counts as there,
// whoever made it and whatever its name. What an index has beside columns (a predicate,
// expressions) is not compared: such an index is known by its name.
void plan_indexes(const FinishedTable& table, const Dialect& dialect, const FinishRules& rules,
                  TableFinish& plan);

// Whether an index of the target is what that one of the source is made to.
bool is_served_by(const FinishedTable& table, const Dialect& dialect, const FinishRules& rules,
                  const IndexDetails& source, const TargetIndex& there);

// A name that is not taken: as it is, else with the table's name before it, else with a number
// behind that; shortened to what the engine allows.
class FreeNames {
 public:
  FreeNames(const std::set<std::string>& taken, bool ignore_case, const Dialect& dialect);
  std::string take(const std::string& wanted, const std::string& table);
  // The n-th name that would be tried.
  std::string candidate(const std::string& wanted, const std::string& table, int n) const;
  bool is_taken(const std::string& name) const;

 private:
  std::string folded(const std::string& name) const;

  std::set<std::string> taken_;
  const bool ignore_case_;
  const Dialect& dialect_;
};

// The target's column of a source's column; nothing: it has none.
std::optional<std::uint16_t> target_column(const FinishedTable& table, const Dialect& dialect,
                                           std::uint16_t source);

}  // namespace tailrace::sql
