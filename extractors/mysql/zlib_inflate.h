#pragma once

// zlib-compressed values of MariaDB.

#include "core/byte_writer.h"

namespace tailrace::mysql {

// A value of a COMPRESSED column (MariaDB sql/field.cc, Field_longstr::uncompress): nothing for an
// empty value; else u8 method << 4 | raw << 3 | length bytes; 0 is followed by the plain value, 8
// by the original length, big endian, and a zlib stream (raw: a deflate stream). False when it does
// not inflate to exactly that length.
bool append_uncompressed_column(Bytes stored, ByteWriter& out);

}  // namespace tailrace::mysql
