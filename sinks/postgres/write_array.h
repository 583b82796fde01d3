#pragma once

#include <string_view>

#include "core/byte_writer.h"
#include "sinks/postgres/value_text.h"
#include "sinks/sql/target_table.h"
#include "sinks/sql/value_checks.h"

namespace tailrace::postgres {

// Whether a canonical array is the server's own text, "[0:1]={1,2}", and not JSON: JSON cannot tell
// where indexes start.
bool has_own_bounds(std::string_view canonical);

// Appends a canonical array (core/logical_type.h) as the text of an array of the target's type,
// wrapped as the form asks for: [["a",null]] becomes {{"a",NULL}}.
sql::ValueCheck write_array(const sql::TargetColumn& target, std::string_view canonical,
                            ValueForm form, ByteWriter& out);

}  // namespace tailrace::postgres
