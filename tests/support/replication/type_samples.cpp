#include "tests/support/replication/type_samples.h"

#include <array>

namespace tailrace::testing {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string utf8_of(std::uint32_t code) {
  const auto octet = [](std::uint32_t bits) { return static_cast<char>(bits); };
  if (code < 0x80) return {octet(code)};
  if (code < 0x800) return {octet(0xC0 | code >> 6), octet(0x80 | (code & 63))};
  if (code < 0x10000) {
    return {octet(0xE0 | code >> 12), octet(0x80 | (code >> 6 & 63)), octet(0x80 | (code & 63))};
  }
  return {octet(0xF0 | code >> 18), octet(0x80 | (code >> 12 & 63)), octet(0x80 | (code >> 6 & 63)),
          octet(0x80 | (code & 63))};
}

std::uint32_t random_code(Dice& dice) {
  static const std::vector<std::uint32_t> kOdd = {
      '\'', '"',    '\\',   '`',    '%',    '_',     ' ',     '\n',    '\r',    '\t',
      ',',  '{',    '}',    '(',    ')',    '[',     ']',     0x1A,    0x7F,    0x80,
      0xA0, 0xDF,   0x130,  0x131,  0x300,  0x200B,  0x202E,  0x2028,  0xFEFF,  0xFFFD,
      ':',  0xFFFE, 0xFFFF, 0xE000, 0xF8FF, 0x1F600, 0x20BB7, 0xFFFFF, 0x10FFFF};
  switch (dice.below(6)) {
    case 0:
      return dice.pick(kOdd);
    case 1:
      return static_cast<std::uint32_t>(dice.between(1, 0xFF));
    case 2:
      return static_cast<std::uint32_t>(dice.between(0x100, 0xD7FF));
    case 3:
      return static_cast<std::uint32_t>(dice.between(0x10000, 0x10FFFF));
    default:
      return static_cast<std::uint32_t>(dice.between(' ', '~'));
  }
}

std::string json_string(Dice& dice) {
  std::string out = "\"";
  for (std::uint64_t left = dice.below(8); left > 0; --left) {
    const std::uint32_t code = random_code(dice);
    if (code == '"' || code == '\\') {
      out += '\\';
      out += static_cast<char>(code);
    } else if (code < ' ' || (code < 0x10000 && dice.one_in(8))) {
      out += "\\u";
      for (int shift = 12; shift >= 0; shift -= 4) out += kHexDigits[code >> shift & 15];
    } else {
      out += utf8_of(code);
    }
  }
  return out + "\"";
}

std::string json_number(Dice& dice) {
  static const std::vector<std::string> kOdd = {"0",
                                                "-1",
                                                "9223372036854775807",
                                                "-9223372036854775808",
                                                "18446744073709551615",
                                                "9007199254740993",
                                                "1.5",
                                                "-0.25",
                                                "1e15",
                                                "1e16",
                                                "0.1",
                                                "1e-7",
                                                "1.7976931348623157e308",
                                                "5e-324"};
  if (dice.one_in(2)) return dice.pick(kOdd);
  return std::to_string(static_cast<std::int64_t>(dice.bits()) >> dice.below(64));
}

}  // namespace

std::string Dice::digits(std::size_t count) {
  std::string out;
  while (out.size() < count) {
    out += static_cast<char>('0' + (out.empty() ? 1 + below(9) : below(10)));
  }
  return out;
}

std::string Dice::hex(std::size_t octets) {
  std::string out;
  while (out.size() < 2 * octets) out += kHexDigits[below(16)];
  return out;
}

std::string Dice::binary(std::size_t count) {
  std::string out;
  while (out.size() < count) out += static_cast<char>('0' + below(2));
  return out;
}

std::string Dice::number(int whole, int fraction) {
  std::string out = one_in(2) ? "-" : "";
  const auto before = below(static_cast<std::uint64_t>(whole) + 1);
  out += before == 0 ? "0" : digits(before);
  const auto behind = below(static_cast<std::uint64_t>(fraction) + 1);
  for (std::uint64_t i = 0; i < behind; ++i) {
    out += i == 0 ? "." : "";
    out += static_cast<char>('0' + below(10));
  }
  return out;
}

std::string random_text(Dice& dice, std::size_t most_characters) {
  std::string out;
  for (std::uint64_t left = dice.below(most_characters + 1); left > 0; --left) {
    out += utf8_of(random_code(dice));
  }
  return out;
}

std::string random_json(Dice& dice, int depth) {
  static const std::vector<std::string> kPlain = {"null", "true", "false", "{}", "[]", "\"\""};
  const auto kind = dice.below(depth > 0 ? 6 : 3);
  if (kind == 0) return dice.pick(kPlain);
  if (kind == 1) return json_string(dice);
  if (kind == 2) return json_number(dice);
  const bool is_object = kind == 3;
  std::string out(1, is_object ? '{' : '[');
  for (std::uint64_t left = dice.below(5), i = 0; i < left; ++i) {
    if (i > 0) out += dice.one_in(3) ? " ,  " : ",";
    // Numbered, because of two members with one name few keep both.
    if (is_object) out += "\"" + std::to_string(i) + json_string(dice).substr(1) + ":";
    out += random_json(dice, depth - 1);
  }
  return out + (is_object ? '}' : ']');
}

}  // namespace tailrace::testing
