#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace tailrace {

using Bytes = std::span<const std::byte>;

inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Reads integers and slices from a byte range. Every read is bounds-checked; the first read beyond
// the end makes the reader fail for good (sticky): it then answers zeros and empty slices, so that
// a decoder may read a whole structure and test ok() once. Endianness is in each name.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  bool at_end() const { return offset_ == bytes_.size(); }
  // True when everything was read, and nothing was missing.
  bool expect_end() const { return ok_ && at_end(); }
  std::size_t offset() const { return offset_; }
  std::size_t remaining() const { return bytes_.size() - offset_; }
  void fail() {
    ok_ = false;
    offset_ = bytes_.size();
  }

  std::uint8_t u8() { return little<std::uint8_t, 1>(); }
  std::uint16_t u16_le() { return little<std::uint16_t, 2>(); }
  std::uint32_t u24_le() { return little<std::uint32_t, 3>(); }
  std::uint32_t u32_le() { return little<std::uint32_t, 4>(); }
  std::uint64_t u48_le() { return little<std::uint64_t, 6>(); }
  std::uint64_t u56_le() { return little<std::uint64_t, 7>(); }
  std::uint64_t u64_le() { return little<std::uint64_t, 8>(); }
  std::uint16_t u16_be() { return static_cast<std::uint16_t>(big(2)); }
  std::uint32_t u32_be() { return static_cast<std::uint32_t>(big(4)); }
  std::uint64_t u64_be() { return big(8); }
  // width bytes, 0 to 8
  std::uint64_t uint_le(std::size_t width) {
    const Bytes raw = bytes(width);
    std::uint64_t value = 0;
    for (std::size_t i = raw.size(); i-- > 0;)
      value = value << 8 | std::to_integer<std::uint64_t>(raw[i]);
    return value;
  }
  std::uint64_t uint_be(std::size_t width) { return big(width); }

  Bytes bytes(std::size_t count) {
    if (count > remaining()) {
      fail();
      return {};
    }
    const Bytes slice = bytes_.subspan(offset_, count);
    offset_ += count;
    return slice;
  }
  std::string_view text(std::size_t count) { return as_text(bytes(count)); }
  Bytes rest() { return bytes(remaining()); }
  void skip(std::size_t count) { static_cast<void>(bytes(count)); }

  // Our own unsigned LEB128, at most 10 bytes (core/byte_writer.h writes it).
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t byte = u8();
      if (!ok_) return 0;
      if (shift == 63 && byte > 1) break;
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    fail();
    return 0;
  }

 private:
  template <typename T, std::size_t N>
  T little() {
    static_assert(std::endian::native == std::endian::little);
    if (N > remaining()) {
      fail();
      return 0;
    }
    T value = 0;
    std::memcpy(&value, bytes_.data() + offset_, N);
    offset_ += N;
    return value;
  }
  std::uint64_t big(std::size_t width) {
    std::uint64_t value = 0;
    for (const std::byte byte : bytes(width))
      value = value << 8 | std::to_integer<std::uint64_t>(byte);
    return value;
  }

  Bytes bytes_;
  std::size_t offset_ = 0;
  bool ok_ = true;
};

}  // namespace tailrace
