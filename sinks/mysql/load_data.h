#pragma once

#include <string>
#include <string_view>

#include "core/byte_writer.h"
#include "sinks/mysql/mysql_dialect.h"
#include "sinks/sql/table_mapping.h"

namespace tailrace::mysql {

// LOAD DATA LOCAL INFILE reads a line per row: fields between tabs, special characters behind
// backslashes, NULL as \N. Octets come in hexadecimal digits, because the text is one of
// characters; bits as an integer, and so do years, because a text of two digits is a year of its
// own; vectors as text: the statement turns these into values.
//
// With LOCAL the server behaves as with IGNORE: what does not fit becomes a warning. So anything
// but an answer without warnings, for as many rows as there were lines, is to be rolled back.
std::string load_statement(const MySqlDialect& dialect, const sql::TableMapping& mapping);

inline constexpr std::string_view kNullField = "\\N";

// The text of a field, made safe.
void put_field_text(std::string_view text, ByteWriter& out);

}  // namespace tailrace::mysql
