#pragma once

// Binary forms of types without a calendar, as the types' send functions write them
// (src/backend/utils/adt, the same files as in text_values.h). Big endian. Functions append the
// same canonical bytes as those for the text forms, and answer false for bytes that the send
// function cannot have written.

#include <string_view>

#include "core/byte_writer.h"

namespace tailrace::postgres {

bool append_bool_binary(std::string_view wire, ByteWriter& out);  // one byte
bool append_int2_binary(std::string_view wire, ByteWriter& out);  // two's complement
bool append_int4_binary(std::string_view wire, ByteWriter& out);
bool append_int8_binary(std::string_view wire, ByteWriter& out);
bool append_oid_binary(std::string_view wire, ByteWriter& out);     // u32
bool append_float4_binary(std::string_view wire, ByteWriter& out);  // IEEE 754
bool append_float8_binary(std::string_view wire, ByteWriter& out);
// u16 count of digits, i16 weight of the first one, u16 sign (0000 +, 4000 -, C000 NaN, D000
// Infinity, F000 -Infinity), u16 digits behind the point, then the digits to base 10000 as u16.
bool append_numeric_binary(std::string_view wire, ByteWriter& out);
bool append_single_char_binary(std::string_view wire, ByteWriter& out);  // one byte
bool append_bytea_binary(std::string_view wire, ByteWriter& out);        // the octets
bool append_bit_binary(std::string_view wire, ByteWriter& out);          // u32 bits, octets
bool append_uuid_binary(std::string_view wire, ByteWriter& out);         // 16 octets
bool append_jsonb_binary(std::string_view wire, ByteWriter& out);        // u8 version 1, the text

}  // namespace tailrace::postgres
