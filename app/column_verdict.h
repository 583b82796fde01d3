#pragma once

#include <span>
#include <string>
#include <vector>

#include "app/type_samples.h"
#include "app/type_targets.h"
#include "sinks/sql/value_policy.h"

namespace tailrace::app {

// A column of a source, and the type that tailrace would create for it.
struct ColumnAtTarget {
  const Column& source;
  SourceEngine engine = SourceEngine::unknown;
  bool in_key = false;
  std::string created;
};

// What becomes of its values there, as the code decides it.
struct ColumnVerdict {
  std::string created;
  std::string held;                   // "exactly", or in which sense
  bool exact = false;                 // held and not refused: the value reads back the same
  std::vector<std::string> refused;   // values that stop the sink, in words
  std::vector<std::string> replaced;  // values for which the policy names something else
  std::vector<std::string> ways_out;  // for the refused ones, in the words of the writers
  std::vector<std::string> options;   // of the target's URL that would replace refused ones
};

// Maps the column as the sink does, and lets it write each value. policy: what the target's URL
// says already; it holds for columns outside the key alone.
ColumnVerdict judge_column(const ColumnAtTarget& column, std::span<const Probe> probes,
                           TypeTarget& target, const sql::ValuePolicy& policy);

// Character sets and collations are the same throughout, and hide what differs.
std::string without_collation(const std::string& type);

}  // namespace tailrace::app
