#include "extractors/postgres/text_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>

#include "core/utf8.h"

namespace tailrace::postgres {
namespace {

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

// The offset behind the digits that start at `from`.
std::size_t skip_digits(std::string_view text, std::size_t from) {
  while (from < text.size() && is_digit(text[from])) ++from;
  return from;
}

// -?(0|[1-9][0-9]*)(\.[0-9]+)?: the offset behind it, 0 when it does not start so.
std::size_t skip_plain_number(std::string_view text) {
  const std::size_t start = text.starts_with('-') ? 1 : 0;
  std::size_t at = skip_digits(text, start);
  if (at == start || (at > start + 1 && text[start] == '0')) return 0;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = at + 1;
    at = skip_digits(text, fraction);
    if (at == fraction) return 0;
  }
  return at;
}

bool is_special_number(std::string_view text) {
  return text == "NaN" || text == "Infinity" || text == "-Infinity";
}

bool copy_when(bool good, std::string_view wire, ByteWriter& out) {
  if (good) out.text(wire);
  return good;
}

// The canonical form is the server's own, so that the number is only looked at.
template <std::integral Number>
bool append_integer(std::string_view wire, ByteWriter& out) {
  Number number = 0;
  const char* const end = wire.data() + wire.size();
  const auto [stopped, failure] = std::from_chars(wire.data(), end, number);
  const std::size_t start = wire.starts_with('-') ? 1 : 0;
  const bool good =
      failure == std::errc() && stopped == end && (wire[start] != '0' || wire.size() == 1);
  return copy_when(good, wire, out);
}

template <std::floating_point Float>
void append_shortest(Float value, ByteWriter& out) {
  if (!std::isfinite(value)) {
    out.text(std::isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity");
    return;
  }
  constexpr std::size_t kRoom = 32;
  const std::size_t start = out.size();
  char* const at = reinterpret_cast<char*>(out.extend(kRoom));
  const char* const end = std::to_chars(at, at + kRoom, value).ptr;
  out.truncate(start + static_cast<std::size_t>(end - at));
}

// Whether a number is certainly printed in its canonical form. Decimals of this few digits all read
// as different numbers, so that none is shorter; and without an exponent, without zeros at the end
// or behind the point, no notation with an exponent is.
template <std::floating_point Float>
bool is_canonical_float(std::string_view wire) {
  constexpr std::size_t kMostDigits = std::numeric_limits<Float>::digits10;
  if (wire.empty() || skip_plain_number(wire) != wire.size()) return false;
  if (wire.front() == '-') wire.remove_prefix(1);
  return wire.size() == 1 ||
         (wire.size() <= kMostDigits && wire.back() != '0' && !wire.starts_with("0.0"));
}

template <std::floating_point Float>
bool append_float_text(std::string_view wire, ByteWriter& out) {
  if (is_canonical_float<Float>(wire)) return copy_when(true, wire, out);
  if (!is_number_text(wire)) return copy_when(is_special_number(wire), wire, out);
  Float value = 0;
  const char* const end = wire.data() + wire.size();
  const auto [stopped, failure] = std::from_chars(wire.data(), end, value);
  if (failure != std::errc() || stopped != end || !std::isfinite(value)) return false;
  append_shortest(value, out);
  return true;
}

constexpr std::uint8_t kNoHexDigit = 0xFF;
constexpr std::array<std::uint8_t, 256> kHexDigits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoHexDigit);
  for (unsigned i = 0; i < 10; ++i) digits['0' + i] = static_cast<std::uint8_t>(i);
  for (unsigned i = 0; i < 6; ++i) digits['a' + i] = static_cast<std::uint8_t>(10 + i);
  return digits;
}();

std::uint8_t hex_digit(char character) {
  return kHexDigits[static_cast<unsigned char>(character)];
}

// The digits of an amount such as "$1,234.56", and no more of them than a 64-bit integer has.
struct MoneyDigits {
  static constexpr std::size_t kMost = 20;
  std::array<char, kMost> digits;
  std::size_t count = 0;
  bool good = true;

  void take(std::string_view text) {
    for (const char character : text) {
      if (!is_digit(character) || count == kMost) {
        good = false;
        return;
      }
      digits[count++] = character;
    }
  }
};

// 1 to 3 digits, then groups of 3 behind commas.
void take_grouped(std::string_view whole, MoneyDigits& into) {
  std::size_t comma = whole.find(',');
  const std::string_view first = whole.substr(0, comma);
  if (first.empty() || first.size() > 3) into.good = false;
  into.take(first);
  while (comma != std::string_view::npos) {
    whole.remove_prefix(comma + 1);
    comma = whole.find(',');
    const std::string_view group = whole.substr(0, comma);
    if (group.size() != 3) into.good = false;
    into.take(group);
  }
}

}  // namespace

bool is_number_text(std::string_view text) {
  std::size_t at = skip_plain_number(text);
  if (at == 0) return false;
  if (at == text.size()) return true;
  if (text[at] != 'e') return false;
  ++at;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
  return at < text.size() && skip_digits(text, at) == text.size();
}

bool append_bool_text(std::string_view wire, ByteWriter& out) {
  if (wire != "t" && wire != "f") return false;
  out.character(wire == "t" ? '1' : '0');
  return true;
}

bool append_int2_text(std::string_view wire, ByteWriter& out) {
  return append_integer<std::int16_t>(wire, out);
}
bool append_int4_text(std::string_view wire, ByteWriter& out) {
  return append_integer<std::int32_t>(wire, out);
}
bool append_int8_text(std::string_view wire, ByteWriter& out) {
  return append_integer<std::int64_t>(wire, out);
}
bool append_oid_text(std::string_view wire, ByteWriter& out) {
  return append_integer<std::uint32_t>(wire, out);
}

bool append_numeric_text(std::string_view wire, ByteWriter& out) {
  const bool finite = !wire.empty() && skip_plain_number(wire) == wire.size();
  return copy_when(finite || is_special_number(wire), wire, out);
}

bool append_float4_text(std::string_view wire, ByteWriter& out) {
  return append_float_text<float>(wire, out);
}
bool append_float8_text(std::string_view wire, ByteWriter& out) {
  return append_float_text<double>(wire, out);
}

bool append_money_text(std::string_view wire, int scale, ByteWriter& out) {
  constexpr std::size_t kPrinted = 2;  // digits behind the point in lc_monetary=C
  const bool negative = wire.starts_with('-');
  if (negative) wire.remove_prefix(1);
  const std::size_t point = wire.find('.');
  if (!wire.starts_with('$') || point == std::string_view::npos || scale < 0) return false;
  MoneyDigits amount;
  take_grouped(wire.substr(1, point - 1), amount);
  const std::string_view fraction = wire.substr(point + 1);
  amount.take(fraction);
  if (!amount.good || fraction.size() != kPrinted) return false;

  std::string_view digits(amount.digits.data(), amount.count);
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  const auto behind = static_cast<std::size_t>(scale);
  if (negative) out.character('-');
  if (digits.size() <= behind) {
    out.character('0');
  } else {
    out.text(digits.substr(0, digits.size() - behind));
    digits.remove_prefix(digits.size() - behind);
  }
  if (behind == 0) return true;
  out.character('.');
  out.fill('0', behind - digits.size());
  out.text(digits);
  return true;
}

bool append_utf8_text(std::string_view wire, ByteWriter& out) {
  return copy_when(valid_utf8_bytes(as_bytes(wire)) == wire.size(), wire, out);
}

bool append_bpchar_text(std::string_view wire, ByteWriter& out) {
  return append_utf8_text(wire.substr(0, wire.find_last_not_of(' ') + 1), out);
}

bool append_single_char_text(std::string_view wire, ByteWriter& out) {
  const auto first = wire.empty() ? 0U : static_cast<unsigned char>(wire.front());
  if (wire.size() == 1 && first >= 0x80) {  // up to PostgreSQL 15
    append_octal(static_cast<unsigned char>(first), out);
    return true;
  }
  return copy_when(first < 0x80 && (wire.size() <= 1 || (wire.size() == 4 && first == '\\')), wire,
                   out);
}

bool append_bytea_text(std::string_view wire, ByteWriter& out) {
  if (!wire.starts_with("\\x") || wire.size() % 2 != 0) return false;
  wire.remove_prefix(2);
  std::byte* at = out.extend(wire.size() / 2);
  for (std::size_t i = 0; i < wire.size(); i += 2) {
    const std::uint8_t high = hex_digit(wire[i]);
    const std::uint8_t low = hex_digit(wire[i + 1]);
    if (high == kNoHexDigit || low == kNoHexDigit) return false;
    *at++ = static_cast<std::byte>(high << 4 | low);
  }
  return true;
}

bool append_bit_text(std::string_view wire, ByteWriter& out) {
  return copy_when(wire.find_first_not_of("01") == std::string_view::npos, wire, out);
}

bool append_uuid_text(std::string_view wire, ByteWriter& out) {
  if (wire.size() != 36) return false;
  for (std::size_t i = 0; i < wire.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? wire[i] != '-' : hex_digit(wire[i]) == kNoHexDigit) return false;
  }
  out.text(wire);
  return true;
}

bool append_inet_text(std::string_view wire, ByteWriter& out) {
  const bool good =
      !wire.empty() && wire.find_first_not_of("0123456789abcdef:./") == std::string_view::npos;
  return copy_when(good, wire, out);
}

void append_float(float value, ByteWriter& out) {
  append_shortest(value, out);
}
void append_float(double value, ByteWriter& out) {
  append_shortest(value, out);
}

void append_octal(unsigned char byte, ByteWriter& out) {
  out.character('\\');
  for (const unsigned shift : {6U, 3U, 0U}) {
    out.character(static_cast<char>('0' + (byte >> shift & 7U)));
  }
}

}  // namespace tailrace::postgres
