#pragma once

// Column values that are octets on the wire and text in their canonical form: BIT, SET, VECTOR,
// and MariaDB's UUID, INET4 and INET6. The last three are logged like BINARY(n): trailing zero
// bytes are cut off, and restored here.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/byte_writer.h"

namespace tailrace::mysql {

// BIT(bits): (bits + 7) / 8 bytes, big endian. "0101".
void append_bits(std::uint64_t stored, unsigned bits, ByteWriter& out);
// SET: bit i stands for label i. False when a bit has no label.
bool append_set(std::uint64_t stored, std::span<const std::string> labels, ByteWriter& out);
// ENUM: label index - 1, or error_label() for index 0. False when there is no such label.
bool append_enumeration(std::uint64_t index, const std::vector<std::string>& labels,
                        ByteWriter& out);
// VECTOR: float32, little endian. False when bytes are left over, or a number is not finite.
bool append_vector(Bytes stored, ByteWriter& out);

bool append_uuid(Bytes stored, ByteWriter& out);
bool append_inet4(Bytes stored, ByteWriter& out);
bool append_inet6(Bytes stored, ByteWriter& out);

// Shortest text that reads back the same; "NaN", "Infinity", "-Infinity".
void append_float32(float value, ByteWriter& out);
void append_float64(double value, ByteWriter& out);

}  // namespace tailrace::mysql
