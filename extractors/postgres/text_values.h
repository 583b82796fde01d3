#pragma once

// Text forms of types without a calendar, as the types' output functions write them
// (src/backend/utils/adt: bool.c, int.c, numeric.c, float.c, cash.c, varlena.c, varbit.c, uuid.c,
// network.c, char.c). Each function appends the canonical bytes (core/logical_type.h), and answers
// false for text that the output function cannot have written; what was appended then means
// nothing.

#include <string_view>

#include "core/byte_writer.h"

namespace tailrace::postgres {

// A number as JSON has it, which PostgreSQL's output of finite numbers always is.
bool is_number_text(std::string_view text);

bool append_bool_text(std::string_view wire, ByteWriter& out);
bool append_int2_text(std::string_view wire, ByteWriter& out);
bool append_int4_text(std::string_view wire, ByteWriter& out);
bool append_int8_text(std::string_view wire, ByteWriter& out);
bool append_oid_text(std::string_view wire, ByteWriter& out);
bool append_numeric_text(std::string_view wire, ByteWriter& out);
bool append_float4_text(std::string_view wire, ByteWriter& out);
bool append_float8_text(std::string_view wire, ByteWriter& out);
// As lc_monetary=C prints it, "-$1,234.56", whose digits are the stored integer. scale: digits
// behind the point that the database itself means.
bool append_money_text(std::string_view wire, int scale, ByteWriter& out);

// Any text that is UTF-8; a SQL_ASCII database may hold other.
bool append_utf8_text(std::string_view wire, ByteWriter& out);
bool append_bpchar_text(std::string_view wire, ByteWriter& out);  // without the padding
// "char", one byte; beyond ASCII \ooo in octal, as PostgreSQL 16 and later print it.
bool append_single_char_text(std::string_view wire, ByteWriter& out);
bool append_bytea_text(std::string_view wire, ByteWriter& out);
bool append_bit_text(std::string_view wire, ByteWriter& out);
bool append_uuid_text(std::string_view wire, ByteWriter& out);
bool append_inet_text(std::string_view wire, ByteWriter& out);

// Shortest text that reads back the same.
void append_float(float value, ByteWriter& out);
void append_float(double value, ByteWriter& out);
// One byte beyond ASCII of the type "char".
void append_octal(unsigned char byte, ByteWriter& out);

}  // namespace tailrace::postgres
