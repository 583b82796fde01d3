#include "core/crc32.h"

#include <algorithm>

#include <zlib.h>

namespace tailrace {

std::uint32_t crc32(Bytes bytes, std::uint32_t before) {
  uLong crc = before;
  while (!bytes.empty()) {
    const std::size_t step = std::min<std::size_t>(bytes.size(), 1U << 30);
    crc = ::crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(step));
    bytes = bytes.subspan(step);
  }
  return static_cast<std::uint32_t>(crc);
}

}  // namespace tailrace
