#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/byte_writer.h"
#include "sinks/sql/value_checks.h"

namespace tailrace::postgres {

// How the text of a value is wrapped. What a type's input function reads is the same in all.
enum class ValueForm : std::uint8_t {
  array_element,  // of an array literal
  copy_field,     // of COPY's text format
  plain,          // not at all: becomes a literal of a statement
};

// Any text.
void put_escaped(std::string_view text, ValueForm form, ByteWriter& out);
// The same for what has been appended since `start`, in place.
void escape_from(std::size_t start, ValueForm form, ByteWriter& out);
// The same as put_escaped(); refuses the character NUL.
sql::ValueCheck put_text(std::string_view text, ValueForm form, ByteWriter& out);
// A canonical date or timestamp in PostgreSQL's words: "-0043-03-15" is 0044-03-15 BC.
sql::ValueCheck put_date_or_timestamp(std::string_view text, ValueForm form, ByteWriter& out);

}  // namespace tailrace::postgres
