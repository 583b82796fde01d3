#include "tests/support/compare/canonical.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <optional>

#include <arpa/inet.h>

#include "tests/support/compare/canonical_json.h"
#include "tests/support/compare/decimal_text.h"

namespace tailrace::testing {
namespace {

using Text = std::optional<std::string>;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

template <typename Integer>
std::optional<Integer> number(std::string_view digits, int base = 10) {
  Integer result{};
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), result, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return result;
}

// Leading zeros go (ZEROFILL, YEAR 0000); the length is not limited.
Text integer(std::string_view value) {
  const bool negative = value.starts_with('-');
  if (negative) value.remove_prefix(1);
  if (value.empty() || value.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  value.remove_prefix(std::min(value.find_first_not_of('0'), value.size() - 1));
  return (negative && value != "0" ? "-" : "") + std::string(value);
}

// The shortest text that reads back as the same number.
template <typename Float>
Text floating(std::string_view value) {
  Float result{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
  if (end != value.data() + value.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::string(value);
  if (error != std::errc()) return std::nullopt;
  std::array<char, 64> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), result);
  return std::string(text.data(), written.ptr);
}

Text bits(std::string_view value) {
  std::optional<std::uint64_t> result;
  if (value.starts_with('b')) {
    result = number<std::uint64_t>(value.substr(1), 2);
  } else if (value.starts_with('x')) {
    result = number<std::uint64_t>(value.substr(1), 16);
  } else {
    result = number<std::uint64_t>(value);
  }
  if (!result) return std::nullopt;
  return std::to_string(*result);
}

// Zeros at the end of the fraction do not count.
std::string without_trailing_fraction(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

Text datetime(std::string_view value) {
  std::string text(value);
  if (const auto mark = text.find('T'); mark != std::string::npos) text[mark] = ' ';
  return without_trailing_fraction(std::move(text));
}

Text instant(std::string_view value) {
  for (const std::string_view utc : {"Z", "+00:00", "+00"}) {
    if (value.ends_with(utc)) {
      value.remove_suffix(utc.size());
      break;
    }
  }
  return datetime(value);
}

Text microseconds(std::string_view value) {
  if (value.find(':') == std::string_view::npos) return integer(value);
  const bool negative = value.starts_with('-');
  if (negative) value.remove_prefix(1);
  const auto first = value.find(':');
  const auto second = value.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto point = std::min(value.find('.', second), value.size());
  std::string fraction(value.substr(std::min(point + 1, value.size())));
  if (fraction.size() > 6) return std::nullopt;
  fraction.resize(6, '0');
  const auto hours = number<std::int64_t>(value.substr(0, first));
  const auto minutes = number<std::int64_t>(value.substr(first + 1, second - first - 1));
  const auto seconds = number<std::int64_t>(value.substr(second + 1, point - second - 1));
  const auto rest = number<std::int64_t>(fraction);
  if (!hours || !minutes || !seconds || !rest) return std::nullopt;
  const auto total = ((*hours * 60 + *minutes) * 60 + *seconds) * 1'000'000 + *rest;
  return std::to_string(negative ? -total : total);
}

Text uuid(std::string_view value) {
  std::string result;
  for (const char c : lower(value)) {
    if (c != '-' && c != '{' && c != '}') result.push_back(c);
  }
  return result;
}

Text inet(std::string_view value) {
  const std::string text(value);
  std::array<unsigned char, 16> address{};
  std::array<char, INET6_ADDRSTRLEN> written{};
  for (const int kind : {AF_INET, AF_INET6}) {
    if (::inet_pton(kind, text.c_str(), address.data()) != 1) continue;
    return std::string(::inet_ntop(kind, address.data(), written.data(), written.size()));
  }
  return std::nullopt;
}

Text vector(std::string_view value) {
  if (!value.starts_with('[')) return lower(value);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string result;
  const char* at = value.data();
  const char* const end = value.data() + value.size();
  while (at != end) {
    float number = 0;
    const auto [next, error] = std::from_chars(at + 1, end, number);  // behind "[" or ","
    if (error != std::errc() || (next != end && *next != ',')) return std::nullopt;
    const auto bits = std::bit_cast<std::uint32_t>(number);
    for (unsigned byte = 0; byte < 4; ++byte) {
      result.push_back(kDigits[bits >> (8 * byte + 4) & 15U]);
      result.push_back(kDigits[bits >> (8 * byte) & 15U]);
    }
    at = next;
  }
  return result;
}

Text by_family(Family family, std::string_view value) {
  switch (family) {
    case Family::integer:
      return integer(value);
    case Family::decimal:
      return normal_decimal(value);
    case Family::float32:
      return floating<float>(value);
    case Family::float64:
      return floating<double>(value);
    case Family::text:
    case Family::date:
      return std::string(value);
    case Family::bytes:
      return lower(value);
    case Family::bits:
      return bits(value);
    case Family::datetime:
      return datetime(value);
    case Family::instant:
      return instant(value);
    case Family::time:
      return microseconds(value);
    case Family::json:
      return canonical_json(value);
    case Family::uuid:
      return uuid(value);
    case Family::inet:
      return inet(value);
    case Family::vector:
      return vector(value);
  }
  return std::nullopt;
}

}  // namespace

std::string canonical(Family family, std::string_view value) {
  return by_family(family, value).value_or("not of its type: " + std::string(value));
}

}  // namespace tailrace::testing
