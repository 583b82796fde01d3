#include "core/utf8.h"

#include <cstdint>
#include <cstring>

namespace tailrace {

namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080;

// Length of the well-formed sequence at `at` that starts with a byte of 0x80 or more; 0: none.
// The ranges of the second byte are those of table 3-7 of the Unicode standard.
std::size_t sequence_bytes(const unsigned char* at, std::size_t available) {
  const unsigned char lead = at[0];
  std::size_t length = 0;
  unsigned char lowest = 0x80;
  unsigned char highest = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) lowest = 0xA0;
    if (lead == 0xED) highest = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) lowest = 0x90;
    if (lead == 0xF4) highest = 0x8F;
  }
  if (length == 0 || length > available || at[1] < lowest || at[1] > highest) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((at[i] & 0xC0) != 0x80) return 0;
  }
  return length;
}

}  // namespace

std::size_t ascii_bytes(Bytes text) {
  std::size_t i = 0;
  for (; text.size() - i >= 8; i += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + i, 8);
    if ((eight & kHighBits) != 0) break;
  }
  while (i < text.size() && text[i] < std::byte{0x80}) ++i;
  return i;
}

std::size_t valid_utf8_bytes(Bytes text) {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t i = ascii_bytes(text);
  while (i < text.size()) {
    const std::size_t length = sequence_bytes(bytes + i, text.size() - i);
    if (length == 0) return i;
    i += length;
    // text beyond ASCII tends to go on
    if (i < text.size() && bytes[i] < 0x80) i += ascii_bytes(text.subspan(i));
  }
  return i;
}

}  // namespace tailrace
