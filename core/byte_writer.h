#pragma once

#include <bit>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "core/byte_reader.h"

namespace tailrace {

// An append-only byte buffer that does not initialise what it grows into. One writer fills it, then
// hands it over (Block) or clears it for the next use; capacity is kept by clear().
class ByteWriter {
 public:
  ByteWriter() = default;
  explicit ByteWriter(std::size_t capacity) {
    if (capacity > 0) reserve(capacity);
  }
  ByteWriter(ByteWriter&& other) noexcept { swap(other); }
  ByteWriter& operator=(ByteWriter&& other) noexcept {
    ByteWriter taken(std::move(other));
    swap(taken);
    return *this;
  }

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  Bytes view() const { return {memory_.get(), size_}; }
  std::string_view text() const { return as_text(view()); }
  void clear() { size_ = 0; }
  void truncate(std::size_t size) { size_ = size < size_ ? size : size_; }
  void reserve(std::size_t capacity) {
    if (capacity > capacity_) grow(capacity);
  }

  // count bytes to be written by the caller at once, before the next append.
  std::byte* extend(std::size_t count) {
    if (count > capacity_ - size_) grow(size_ + count);
    std::byte* at = memory_.get() + size_;
    size_ += count;
    return at;
  }
  void u8(std::uint8_t value) { *extend(1) = std::byte{value}; }
  void u32_le(std::uint32_t value) { std::memcpy(extend(4), &value, 4); }
  void u64_le(std::uint64_t value) { std::memcpy(extend(8), &value, 8); }
  void bytes(Bytes value) {
    if (!value.empty()) std::memcpy(extend(value.size()), value.data(), value.size());
  }
  void text(std::string_view value) { bytes(as_bytes(value)); }
  void character(char value) { *extend(1) = static_cast<std::byte>(value); }
  void fill(char value, std::size_t count) { std::memset(extend(count), value, count); }
  void varint(std::uint64_t value) {
    while (value >= 0x80) {
      u8(static_cast<std::uint8_t>(value | 0x80));
      value >>= 7;
    }
    u8(static_cast<std::uint8_t>(value));
  }
  // decimal digits
  template <std::integral T>
  void digits(T value) {
    char* at = reinterpret_cast<char*>(extend(24));
    const auto end = std::to_chars(at, at + 24, value).ptr;
    size_ -= static_cast<std::size_t>(at + 24 - end);
  }
  // decimal digits, zero-padded to width
  void digits_padded(std::uint64_t value, unsigned width) {
    char* at = reinterpret_cast<char*>(extend(width));
    for (unsigned i = width; i-- > 0; value /= 10) at[i] = static_cast<char>('0' + value % 10);
  }
  // varint length, then the bytes
  void sized_text(std::string_view value) {
    varint(value.size());
    text(value);
  }
  std::byte* at(std::size_t offset) { return memory_.get() + offset; }

 private:
  void swap(ByteWriter& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }
  void grow(std::size_t needed) {
    std::size_t capacity = capacity_ < 256 ? 256 : capacity_ * 2;
    if (capacity < needed) capacity = needed;
    auto memory = std::make_unique_for_overwrite<std::byte[]>(capacity);
    if (size_ != 0) std::memcpy(memory.get(), memory_.get(), size_);
    memory_ = std::move(memory);
    capacity_ = capacity;
  }

  std::unique_ptr<std::byte[]> memory_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace tailrace
