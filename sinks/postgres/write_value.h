#pragma once

#include <string_view>

#include "core/byte_writer.h"
#include "sinks/sql/table_mapping.h"
#include "sinks/sql/value_checks.h"

namespace tailrace::postgres {

// Appends a canonical value in the form of an element of a PostgreSQL array literal: the element
// type is that of the target column, or text for columns that are arrays themselves. Refuses what
// the server would refuse for its value, or round, or cut.
sql::ValueCheck write_element(const sql::MappedColumn& column, std::string_view canonical,
                              ByteWriter& out);

}  // namespace tailrace::postgres
