#include "extractors/mysql/octet_types.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>

#include <arpa/inet.h>

#include "core/logical_type.h"

namespace tailrace::mysql {

namespace {

template <std::size_t N>
bool restore_trailing_zeros(Bytes stored, std::array<std::byte, N>& whole) {
  if (stored.size() > N) return false;
  const auto end = std::copy(stored.begin(), stored.end(), whole.begin());
  std::fill(end, whole.end(), std::byte{0});
  return true;
}

template <typename Float>
void append_shortest(Float value, ByteWriter& out) {
  if (!std::isfinite(value)) {
    out.text(std::isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity");
    return;
  }
  constexpr std::size_t kRoom = 32;
  const std::size_t start = out.size();
  char* const at = reinterpret_cast<char*>(out.extend(kRoom));
  const auto end = std::to_chars(at, at + kRoom, value).ptr;
  out.truncate(start + static_cast<std::size_t>(end - at));
}

bool append_address(int family, const void* address, ByteWriter& out) {
  std::array<char, INET6_ADDRSTRLEN> text;
  if (inet_ntop(family, address, text.data(), text.size()) == nullptr) return false;
  out.text(text.data());
  return true;
}

}  // namespace

void append_bits(std::uint64_t stored, unsigned bits, ByteWriter& out) {
  char* const at = reinterpret_cast<char*>(out.extend(bits));
  for (unsigned i = 0; i < bits; ++i) {
    at[i] = static_cast<char>('0' + (stored >> (bits - 1 - i) & 1));
  }
}

bool append_set(std::uint64_t stored, std::span<const std::string> labels, ByteWriter& out) {
  if (labels.size() < 64 && stored >> labels.size() != 0) return false;
  bool first = true;
  for (; stored != 0; stored &= stored - 1) {
    if (!first) out.character(',');
    first = false;
    out.text(labels[static_cast<std::size_t>(std::countr_zero(stored))]);
  }
  return true;
}

bool append_enumeration(std::uint64_t index, const std::vector<std::string>& labels,
                        ByteWriter& out) {
  if (index > labels.size()) return false;
  if (index > 0) {
    out.text(labels[index - 1]);
    return true;
  }
  const std::string_view error = error_label(labels);
  out.text(error);
  // Labels that are empty and NUL leave nothing that it could be told by.
  return error.empty() || std::find(labels.begin(), labels.end(), error) == labels.end();
}

bool append_vector(Bytes stored, ByteWriter& out) {
  if (stored.size() % 4 != 0) return false;
  ByteReader in(stored);
  out.character('[');
  while (!in.at_end()) {
    const auto value = std::bit_cast<float>(in.u32_le());
    if (!std::isfinite(value)) return false;
    append_float32(value, out);
    if (!in.at_end()) out.character(',');
  }
  out.character(']');
  return true;
}

bool append_uuid(Bytes stored, ByteWriter& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<std::byte, 16> bytes;
  if (!restore_trailing_zeros(stored, bytes)) return false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out.character('-');
    out.character(kDigits[std::to_integer<std::size_t>(bytes[i] >> 4)]);
    out.character(kDigits[std::to_integer<std::size_t>(bytes[i] & std::byte{15})]);
  }
  return true;
}

bool append_inet4(Bytes stored, ByteWriter& out) {
  std::array<std::byte, 4> address;
  return restore_trailing_zeros(stored, address) && append_address(AF_INET, address.data(), out);
}

bool append_inet6(Bytes stored, ByteWriter& out) {
  std::array<std::byte, 16> address;
  return restore_trailing_zeros(stored, address) && append_address(AF_INET6, address.data(), out);
}

void append_float32(float value, ByteWriter& out) {
  append_shortest(value, out);
}
void append_float64(double value, ByteWriter& out) {
  append_shortest(value, out);
}

}  // namespace tailrace::mysql
