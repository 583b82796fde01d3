#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/change.h"
#include "sinks/sql/dialect.h"
#include "sinks/sql/schema_memory.h"
#include "sinks/sql/schema_step.h"
#include "sinks/sql/target_table.h"

namespace tailrace::sql {

struct SchemaDiff {
  std::vector<SchemaStep> steps;  // in the order in which they have to be made
  // Why rows that exist cannot be made right from the log; empty: they are.
  std::string stale;
  bool empty() const { return steps.empty() && stale.empty(); }
};

// SchemaDiff::stale of a table with KnownTable::rows_changed.
inline constexpr std::string_view kRowsChanged = "rows changed that were not logged";

// What is missing at the target, as its catalogue has it, to be `after`. Columns of the known
// version are dropped, renamed or changed, and no others; what a person changed stays, so a step
// that was made already is not asked for again. Of a table of which no version is known, because
// its rows were copied, those that were announced.
//
// policy: what a column that is at the target already may be. To `apply` it is what an earlier
// attempt made. Where columns may have stayed (add_only), or are not ours to make (ignore, stop),
// one that was dropped and made anew is the same column with other values.
SchemaDiff diff_schema(const KnownTable& before, const TableSchema& after,
                       const TargetTable& target, const Dialect& dialect,
                       SchemaPolicy policy = SchemaPolicy::apply);

}  // namespace tailrace::sql
