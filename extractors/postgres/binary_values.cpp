#include "extractors/postgres/binary_values.h"

#include <bit>
#include <cstdint>

#include "core/byte_reader.h"
#include "extractors/postgres/text_values.h"

namespace tailrace::postgres {
namespace {

constexpr unsigned kGroupDigits = 4;
constexpr std::uint16_t kGroupBase = 10000;

template <typename Number>
bool append_integer(std::string_view wire, ByteWriter& out) {
  if (wire.size() != sizeof(Number)) return false;
  ByteReader in(as_bytes(wire));
  out.digits(static_cast<Number>(in.uint_be(sizeof(Number))));
  return true;
}

// The digits of one numeric by their place: place 0 stands right before the point, place 1 is left
// of it, place -1 is the first behind it. Places without a digit hold 0.
class NumericDigits {
 public:
  NumericDigits(Bytes digits, int weight) : digits_(digits), weight_(weight) {}

  unsigned at(int place) const {
    const int index = weight_ - place;
    if (index < 0 || static_cast<std::size_t>(index) >= digits_.size() / 2) return 0;
    ByteReader in(digits_.subspan(2 * static_cast<std::size_t>(index), 2));
    return in.u16_be();
  }
  bool valid() const {
    for (ByteReader in(digits_); !in.at_end();) {
      if (in.u16_be() >= kGroupBase) return false;
    }
    return true;
  }
  // True when no place below this one holds anything.
  bool zero_below(int place) const {
    for (int below = last_place(); below < place; ++below) {
      if (at(below) != 0) return false;
    }
    return true;
  }
  bool zero() const { return zero_below(weight_ + 1); }
  int weight() const { return weight_; }

 private:
  int last_place() const { return weight_ + 1 - static_cast<int>(digits_.size() / 2); }

  Bytes digits_;
  int weight_;
};

void append_whole(const NumericDigits& digits, ByteWriter& out) {
  int place = digits.weight();
  while (place > 0 && digits.at(place) == 0) --place;
  if (place < 0) place = 0;
  out.digits(digits.at(place));
  while (place-- > 0) out.digits_padded(digits.at(place), kGroupDigits);
}

// False when there are digits beyond the declared ones: they would be lost.
bool append_fraction(const NumericDigits& digits, unsigned count, ByteWriter& out) {
  constexpr unsigned kPowerOfTen[] = {1, 10, 100, 1000};
  int place = -1;
  for (; count >= kGroupDigits; count -= kGroupDigits, --place) {
    out.digits_padded(digits.at(place), kGroupDigits);
  }
  if (count > 0) {
    const unsigned cut = kPowerOfTen[kGroupDigits - count];
    if (digits.at(place) % cut != 0) return false;
    out.digits_padded(digits.at(place) / cut, count);
    --place;
  }
  return digits.zero_below(place + 1);
}

}  // namespace

bool append_bool_binary(std::string_view wire, ByteWriter& out) {
  if (wire.size() != 1 || (wire[0] != 0 && wire[0] != 1)) return false;
  out.character(wire[0] == 0 ? '0' : '1');
  return true;
}

bool append_int2_binary(std::string_view wire, ByteWriter& out) {
  return append_integer<std::int16_t>(wire, out);
}
bool append_int4_binary(std::string_view wire, ByteWriter& out) {
  return append_integer<std::int32_t>(wire, out);
}
bool append_int8_binary(std::string_view wire, ByteWriter& out) {
  return append_integer<std::int64_t>(wire, out);
}
bool append_oid_binary(std::string_view wire, ByteWriter& out) {
  return append_integer<std::uint32_t>(wire, out);
}

bool append_float4_binary(std::string_view wire, ByteWriter& out) {
  if (wire.size() != 4) return false;
  append_float(std::bit_cast<float>(ByteReader(as_bytes(wire)).u32_be()), out);
  return true;
}
bool append_float8_binary(std::string_view wire, ByteWriter& out) {
  if (wire.size() != 8) return false;
  append_float(std::bit_cast<double>(ByteReader(as_bytes(wire)).u64_be()), out);
  return true;
}

bool append_numeric_binary(std::string_view wire, ByteWriter& out) {
  ByteReader in(as_bytes(wire));
  const std::size_t count = in.u16_be();
  const auto weight = static_cast<std::int16_t>(in.u16_be());
  const std::uint16_t sign = in.u16_be();
  const std::uint16_t scale = in.u16_be();
  const NumericDigits digits(in.bytes(2 * count), weight);
  if (!in.expect_end()) return false;
  switch (sign) {
    case 0xC000:
      out.text("NaN");
      return true;
    case 0xD000:
      out.text("Infinity");
      return true;
    case 0xF000:
      out.text("-Infinity");
      return true;
    case 0x4000:
      if (digits.zero()) return false;
      out.character('-');
      break;
    case 0:
      break;
    default:
      return false;
  }
  if (!digits.valid()) return false;
  append_whole(digits, out);
  if (scale > 0) out.character('.');
  return append_fraction(digits, scale, out);
}

bool append_single_char_binary(std::string_view wire, ByteWriter& out) {
  if (wire.size() != 1) return false;
  const auto byte = static_cast<unsigned char>(wire[0]);
  if (byte >= 0x80) {
    append_octal(byte, out);
  } else if (byte != 0) {  // printed as nothing
    out.character(wire[0]);
  }
  return true;
}

bool append_bytea_binary(std::string_view wire, ByteWriter& out) {
  out.text(wire);
  return true;
}

bool append_bit_binary(std::string_view wire, ByteWriter& out) {
  ByteReader in(as_bytes(wire));
  const std::size_t bits = in.u32_be();
  const Bytes octets = in.rest();
  if (!in.ok() || octets.size() != (bits + 7) / 8) return false;
  char* const at = reinterpret_cast<char*>(out.extend(bits));
  for (std::size_t i = 0; i < bits; ++i) {
    const auto octet = std::to_integer<unsigned>(octets[i / 8]);
    at[i] = static_cast<char>('0' + (octet >> (7 - i % 8) & 1U));
  }
  return true;
}

bool append_uuid_binary(std::string_view wire, ByteWriter& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (wire.size() != 16) return false;
  for (std::size_t i = 0; i < wire.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out.character('-');
    const auto byte = static_cast<unsigned char>(wire[i]);
    out.character(kDigits[byte >> 4U]);
    out.character(kDigits[byte & 15U]);
  }
  return true;
}

bool append_jsonb_binary(std::string_view wire, ByteWriter& out) {
  return wire.starts_with('\1') && append_utf8_text(wire.substr(1), out);
}

}  // namespace tailrace::postgres
