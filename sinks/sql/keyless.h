#pragma once

#include <span>
#include <vector>

#include "core/change.h"
#include "core/result.h"
#include "sinks/sql/row_plan.h"
#include "sinks/sql/table_mapping.h"

namespace tailrace::sql {

struct Images {
  Image before;  // empty: not sent
  Image after;
};

// Splits the images of a change into scratch memory. Columns that the new image lacks are taken
// from the old one, where that has them.
Result<Images> split_images(const Change& change, std::vector<Value>& before,
                            std::vector<Value>& after);

// Whether a row without key can be found by comparing all of its columns. schema_mismatch with the
// way out: the source did not send them all, or a column's type has no exact comparison.
// by_text: the sink compares the texts of values, which any type has.
Status can_match_all_columns(const TableMapping& mapping, Image before, bool by_text = false);

}  // namespace tailrace::sql
