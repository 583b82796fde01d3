#include "sinks/mysql/json_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>

namespace tailrace::mysql {
namespace {

bool is_part_of_number(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

// Digits without zeros at either end, and the power of ten of the last one.
struct Digits {
  std::string digits;
  std::int64_t exponent = 0;
  friend bool operator==(const Digits&, const Digits&) = default;
};

Digits digits_of(std::string_view number) {
  Digits out;
  bool behind_point = false;
  std::size_t at = number.starts_with('-') ? 1 : 0;
  for (; at < number.size() && number[at] != 'e' && number[at] != 'E'; ++at) {
    if (number[at] == '.') {
      behind_point = true;
      continue;
    }
    if (behind_point) --out.exponent;
    if (number[at] != '0' || !out.digits.empty()) out.digits += number[at];
  }
  if (at < number.size()) {
    std::int64_t exponent = 0;
    at += at + 1 < number.size() && number[at + 1] == '+' ? 2 : 1;
    std::from_chars(number.data() + at, number.data() + number.size(), exponent);
    out.exponent += exponent;
  }
  while (out.digits.ends_with('0')) {
    out.digits.pop_back();
    ++out.exponent;
  }
  if (out.digits.empty()) out.exponent = 0;
  return out;
}

template <typename T>
bool is_exactly(std::string_view number) {
  T value{};
  const char* end = number.data() + number.size();
  const auto parsed = std::from_chars(number.data(), end, value);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

bool keeps_number(std::string_view number) {
  constexpr std::size_t kAlwaysKept = 15;  // so many digits survive in a double
  const bool plain = number.find_first_of("eE") == std::string_view::npos;
  if (plain && number.size() <= kAlwaysKept) return true;
  if (is_exactly<std::int64_t>(number) || is_exactly<std::uint64_t>(number)) return true;
  double value = 0;
  const char* end = number.data() + number.size();
  const auto parsed = std::from_chars(number.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end) return false;
  std::array<char, 32> shortest{};
  // As MySQL prints it again, which even for 2^64 is not all of its digits.
  const auto printed = std::to_chars(shortest.data(), shortest.data() + shortest.size(), value,
                                     std::chars_format::scientific);
  const std::string_view text(shortest.data(),
                              static_cast<std::size_t>(printed.ptr - shortest.data()));
  return digits_of(number) == digits_of(text);
}

// Behind the string that starts at `at`.
std::size_t end_of_string(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] == '\\') ++at;
  }
  return at + 1;
}

}  // namespace

bool keeps_all_numbers(std::string_view json) {
  for (std::size_t at = 0; at < json.size();) {
    const char c = json[at];
    if (c == '"') {
      at = end_of_string(json, at);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      const std::size_t start = at;
      while (at < json.size() && is_part_of_number(json[at])) ++at;
      if (!keeps_number(json.substr(start, at - start))) return false;
    } else {
      ++at;
    }
  }
  return true;
}

bool has_lower_bounds(std::string_view array) {
  if (!array.starts_with('[')) return false;
  const std::size_t behind = array.find_first_not_of("-0123456789", 1);
  return behind != std::string_view::npos && array[behind] == ':';
}

}  // namespace tailrace::mysql
