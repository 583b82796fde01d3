#pragma once

// DECIMAL as the servers store it (mysql-server strings/decimal.cc, decimal2bin): groups of nine
// digits in four bytes, big endian, a shorter group at either end; the top bit of the first byte is
// set for positive numbers, negative ones have every bit inverted.

#include <cstddef>

#include "core/byte_writer.h"

namespace tailrace::mysql {

// Bytes of a DECIMAL(precision, scale).
std::size_t decimal_bytes(unsigned precision, unsigned scale);

// Appends "-123.4500". stored: decimal_bytes() many. False when a group has too large a value.
bool append_decimal(Bytes stored, unsigned precision, unsigned scale, ByteWriter& out);

}  // namespace tailrace::mysql
