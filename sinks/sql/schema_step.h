#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "sinks/sink.h"
#include "sinks/sql/dialect.h"
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
    change_key,     // the primary key
  };
  Kind kind = Kind::add_column;
  std::string statement;
  std::string fact;  // "column \"a\" was added"
  // What the statement was made of, for engines where it has to be made again (restated()).
  std::string column = {};  // of the target
  std::string type = {};
  bool not_null = false;
  std::vector<std::string> key = {};
  // drop_column: the statement after which the column can stay; empty: it can as it is.
  std::string otherwise = {};
  // For people, when the engine refuses the statement; empty: the statement.
  std::string cure = {};
  // change_key: a query that answers a row when the rows at the target do not fit the key.
  std::string misfits = {};
  friend bool operator==(const SchemaStep&, const SchemaStep&) = default;
};

// The statement of a step for a table that other steps have changed since.
std::string restated(const SchemaStep& step, const TargetTable& table, const Dialect& dialect);

// Instead of a drop: the column stays, and rows need no value for it.
SchemaStep allowing_to_stay(const SchemaStep& step);

// The steps that a policy lets be made. schema_mismatch, with the statement, for one that it does
// not, and that cannot be left out.
Result<std::vector<SchemaStep>> permitted_steps(const std::vector<SchemaStep>& steps,
                                                SchemaPolicy policy, const TableName& target);

}  // namespace tailrace::sql
