#pragma once

#include <string_view>

#include "core/byte_writer.h"
#include "sinks/postgres/value_text.h"
#include "sinks/sql/table_mapping.h"
#include "sinks/sql/value_checks.h"

namespace tailrace::postgres {

// Appends a canonical value as the target column's type reads it (in arrays: the type of the
// column, or text for columns that are arrays themselves). Refuses what the server would refuse for
// its value, or round, or cut.
sql::ValueCheck write_value(const sql::MappedColumn& column, std::string_view canonical,
                            ValueForm form, ByteWriter& out);

}  // namespace tailrace::postgres
