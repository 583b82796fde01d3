#pragma once

#include <cstdint>

#include "core/byte_reader.h"

namespace tailrace {

// The CRC-32 of zlib and of binlog events. before: the CRC of the bytes in front of these.
std::uint32_t crc32(Bytes bytes, std::uint32_t before = 0);

}  // namespace tailrace
