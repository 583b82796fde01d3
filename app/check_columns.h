#pragma once

#include <span>

#include "app/column_target.h"
#include "core/finding.h"
#include "extractors/snapshot/snapshot.h"

namespace tailrace::app {

// What a target cannot hold as it is at the source, by the types that tailrace would create there:
// one finding for all such columns with the same problem and the same way out; those that are held
// exactly are counted.
// Ids: COL-01 values are refused, COL-02 they are held in another sense, COL-03 an option of the
// URL replaces some, COL-04 the column goes nowhere, COL-05 the count.
Findings check_columns(std::span<const SnapshotTable> tables, const ColumnTarget& target);

}  // namespace tailrace::app
