#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"
#include "sinks/sink.h"
#include "sinks/sql/table_mapping.h"

namespace tailrace::sql {

using Image = std::span<const Value>;

// A net batch in the shape in which every SQL target can execute it: all removes, then the partial
// updates, then the complete rows as upserts. Views into the batch.
//
// A complete update is an upsert as well, so that a repetition converges. One that changes a column
// of a secondary unique index also removes its row first: then rows may swap such values within a
// batch. That costs the values of columns that only the target has, so it is not done where there
// are any, nor where a foreign key would remove other rows along; there the server refuses a swap,
// and the unit is repeated in source order. A source that does not send the row as it was
// (PostgreSQL, unless the key changes) leaves open whether such a column changed: the target knows.
struct RowPlan {
  struct Partial {
    std::vector<std::uint16_t> columns;  // of the mapping, to be set; the key is not among them
    std::vector<Image> rows;
  };
  std::vector<Image> removes;  // rows by their key columns
  // To be removed before the upserts bring them anew, if the target's row differs in a column of
  // TableMapping::unique; removing them in any case does no harm.
  std::vector<Image> displaced;
  std::vector<Partial> partials;
  std::vector<Image> upserts;
};

// unsupported_value: the source left out columns of a row that has to be inserted.
Result<RowPlan> plan_rows(const TableMapping& mapping, const NetTable& rows);

// No mapped column is `unchanged`.
bool is_complete(const TableMapping& mapping, Image row);
// Mapped columns that are not `unchanged`, without those of the key.
std::vector<std::uint16_t> present_columns(const TableMapping& mapping, Image row);
bool key_differs(const TableMapping& mapping, Image left, Image right);
// Whether the row can be found by its key: unsupported_value when the source did not send it.
Status has_key_values(const TableMapping& mapping, Image row);
// The error for a row that must be inserted and is not complete.
Error incomplete_row(const TableMapping& mapping, Image row);

}  // namespace tailrace::sql
