#pragma once

#include <cstdint>
#include <vector>

#include "clients/postgres/connection.h"
#include "core/result.h"
#include "extractors/postgres/copied_table.h"
#include "extractors/postgres/copy_statement.h"
#include "extractors/snapshot/snapshot.h"

namespace tailrace::postgres {

// Which part of a table is looked at for the bounds of so many ranges. Whole pages are read, and a
// page's rows often have neighbouring keys, so that it is pages that make ranges even: about eight
// for each. Pure.
KeySample sample_for(std::uint64_t ranges, std::uint64_t pages, std::uint64_t rows);

// Ranges of about that many rows in the order of the key, bounded by keys from a sample: they
// follow the values that there are, however unevenly these lie. One range: a table without key, or
// with fewer rows by the estimate.
Result<std::vector<KeyRange>> split_by_key(Connection& connection, const CopiedTable& table,
                                           std::uint64_t estimated_rows,
                                           std::uint64_t rows_per_range);

}  // namespace tailrace::postgres
