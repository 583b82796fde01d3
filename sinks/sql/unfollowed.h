#pragma once

#include "core/change.h"
#include "core/result.h"

namespace tailrace::sql {

// schema_mismatch for a change after which the target's rows would no longer be the source's, and
// that this target does not follow by itself; ok for those that the rows behind them show.
Status refuse_unfollowed(const SchemaChange& change, const TableName& target);

}  // namespace tailrace::sql
