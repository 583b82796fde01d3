#pragma once

#include <string_view>

#include "core/byte_writer.h"
#include "sinks/sql/value_checks.h"

namespace tailrace::postgres {

// Texts as elements of an array literal.
void put_quoted(std::string_view text, ByteWriter& out);
// The same; refuses the character NUL.
sql::ValueCheck put_text(std::string_view text, ByteWriter& out);
// A canonical date or timestamp in PostgreSQL's words: "-0043-03-15" is 0044-03-15 BC.
sql::ValueCheck put_date_or_timestamp(std::string_view text, ByteWriter& out);

}  // namespace tailrace::postgres
