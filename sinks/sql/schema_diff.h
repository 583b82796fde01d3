#pragma once

#include <string>
#include <vector>

#include "core/change.h"
#include "core/result.h"
#include "sinks/sql/dialect.h"
#include "sinks/sql/schema_memory.h"
#include "sinks/sql/target_table.h"

namespace tailrace::sql {

// One statement that brings a target table nearer to a new version of its source.
struct SchemaStep {
  enum class Kind : std::uint8_t {
    add_column,
    widen_column,  // type with more room, or NULL allowed
    drop_column,
    rename_column,
    change_column,  // another type, or NOT NULL
  };
  Kind kind = Kind::add_column;
  std::string statement;
  std::string fact;  // "column \"a\" was added"
  friend bool operator==(const SchemaStep&, const SchemaStep&) = default;
};

struct SchemaDiff {
  std::vector<SchemaStep> steps;  // in the order in which they have to be made
  // Why rows that exist cannot be made right from the log; empty: they are.
  std::string stale;
  bool empty() const { return steps.empty() && stale.empty(); }
};

// What is missing at the target, as its catalogue has it, to be `after`. Only columns that the sink
// knows to be the source's are dropped, renamed or changed; what a person changed stays, so a step
// that was made already is not asked for again. Of a table of which no version is known, only what
// was announced is followed.
SchemaDiff diff_schema(const KnownTable& before, const TableSchema& after,
                       const TargetTable& target, const Dialect& dialect);

// The version behind what was announced, as far as that needs no types: nothing when it does.
std::optional<TableSchema> announced_schema(const KnownTable& before);
// Whether the columns of a version are those that the announcements lead to.
bool agrees(const KnownTable& before, const TableSchema& after);

// The steps that a policy lets be made. schema_mismatch, with the statement, for one that it does
// not, and that cannot be left out.
Result<std::vector<SchemaStep>> permitted_steps(const SchemaDiff& diff, SchemaPolicy policy,
                                                const TableName& target);

}  // namespace tailrace::sql
