#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/change.h"
#include "core/result.h"
#include "sinks/sql/dialect.h"
#include "sinks/sql/target_table.h"

namespace tailrace::sql {

// A column of the source and the column of the target that it is written to.
struct MappedColumn {
  std::uint16_t source = 0;  // index into the row images
  const Column* column = nullptr;
  const TargetColumn* target = nullptr;
  bool key = false;        // identifies the row
  bool narrowing = false;  // the target's type has values that do not fit: each one is checked
  std::string widen = {};  // the statement that gives the target's column room for all of them
};

// How rows of one version of a source table go into a target table. Immutable; lives as long as the
// session, because the target may be altered at any time.
struct TableMapping {
  SchemaPtr schema;
  TargetTable target;
  std::vector<MappedColumn> columns;
  std::vector<std::uint16_t> key;       // indexes into columns; empty: rows have no identity
  std::vector<std::uint16_t> unique;    // columns of secondary unique indexes, without the key's
  bool unique_expression = false;       // an index depends on columns that we do not know
  bool has_unique = false;              // any secondary unique index
  bool has_extra_columns = false;       // the target has columns that the source does not know
  std::vector<std::uint16_t> left_out;  // columns of the source that the target lacks

  // A row may be removed and inserted again without losing anything.
  bool can_reinsert() const { return !has_extra_columns && !target.deletes_cascade; }

  bool keyless() const { return key.empty(); }
};

// Bits of which each value has its own length: that is lost in a number, and in padded octets.
bool has_varying_length(const Column& column);

// Whether values of the source's type can be kept by the target's type at all.
bool can_hold(const Column& column, SourceEngine engine, const TargetColumn& target,
              const Dialect& dialect);

// Whether the target's type has less room than the source's.
bool is_narrowing(const Column& column, const TargetColumn& target);

// What becomes of columns that the target lacks.
enum class MissingColumns : std::uint8_t {
  refuse,
  leave_out,  // their values are not kept
};

// schema_mismatch, with the statement that cures it, when rows cannot go there.
Result<std::unique_ptr<const TableMapping>> map_table(
    SchemaPtr schema, TargetTable target, const Dialect& dialect,
    MissingColumns missing = MissingColumns::refuse);

// The column with that name; for lack of it the only one that differs in ASCII case alone.
const TargetColumn* find_column(const TargetTable& table, std::string_view name);

// "id=5, name=abc": the key of the row (of a keyless table: nothing of its values), long values
// cut, octets in hexadecimal.
std::string describe_row(const TableMapping& mapping, std::span<const Value> row);

}  // namespace tailrace::sql
