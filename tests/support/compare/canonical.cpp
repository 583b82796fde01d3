#include "tests/support/compare/canonical.h"

#include <algorithm>
#include <array>
#include <bit>
#include <bitset>
#include <charconv>
#include <cmath>
#include <optional>

#include <arpa/inet.h>
#include <nlohmann/json.hpp>

#include "tests/support/compare/canonical_array.h"
#include "tests/support/compare/canonical_json.h"
#include "tests/support/compare/canonical_time.h"
#include "tests/support/compare/decimal_text.h"
#include "tests/support/compare/digits.h"

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

// Binary digits without leading zeros.
Text bits(std::string_view value) {
  std::string digits;
  if (value.starts_with('b')) {
    digits = value.substr(1);
    if (digits.find_first_not_of("01") != std::string::npos) return std::nullopt;
  } else {
    const bool is_hex = value.starts_with('x');
    const auto number = integer_of<std::uint64_t>(value.substr(is_hex ? 1 : 0), is_hex ? 16 : 10);
    if (!number) return std::nullopt;
    digits = std::bitset<64>(*number).to_string();
  }
  const auto one = digits.find('1');
  return one == std::string::npos ? "0" : digits.substr(one);
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

// The prefix length of a single address is not written.
Text network(std::string_view value) {
  const auto slash = std::min(value.find('/'), value.size());
  const Text address = inet(value.substr(0, slash));
  const std::string_view prefix = value.substr(slash);
  if (!address) return std::nullopt;
  const bool single = prefix == (address->find(':') == std::string::npos ? "/32" : "/128");
  return single ? *address : *address + std::string(prefix);
}

// NaN and the infinities have one spelling.
Text decimal(std::string_view value) {
  if (value == "NaN" || value == "Infinity" || value == "-Infinity") return std::string(value);
  return normal_decimal(value);
}

Text vector(std::string_view value) {
  if (!value.starts_with('[')) return lower(value);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string result;
  if (value.ends_with(']')) value.remove_suffix(1);
  const char* at = value.data();
  const char* const end = value.data() + value.size();
  while (at != end) {
    while (at + 1 != end && at[1] == ' ') ++at;
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

// A label that begins with "[" is not compared.
Text set(std::string_view value) {
  if (!value.starts_with('[')) return std::string(value);
  const auto labels = nlohmann::json::parse(value, nullptr, false);
  if (!labels.is_array()) return std::nullopt;
  std::string result;
  for (const auto& label : labels) {
    if (!label.is_string()) return std::nullopt;
    result += (&label == &labels.front() ? "" : ",") + label.get<std::string>();
  }
  return result;
}

Text by_family(Family family, std::string_view value) {
  switch (family) {
    case Family::integer:
      return integer(value);
    case Family::decimal:
      return decimal(value);
    case Family::float32:
      return floating<float>(value);
    case Family::float64:
      return floating<double>(value);
    case Family::text:
    case Family::bit_string:
      return std::string(value);
    case Family::date:
      return canonical_date(value);
    case Family::bytes:
      return lower(value);
    case Family::bits:
      return bits(value);
    case Family::datetime:
      return canonical_datetime(value);
    case Family::instant:
      return canonical_instant(value);
    case Family::time:
      return canonical_time(value);
    case Family::json:
      return canonical_json(value);
    case Family::uuid:
      return uuid(value);
    case Family::inet:
      return inet(value);
    case Family::vector:
      return vector(value);
    case Family::network:
      return network(value);
    case Family::time_with_zone:
      return canonical_time_with_zone(value);
    case Family::interval:
      return canonical_interval(value);
    case Family::array:
      return canonical_array(Family::text, value);
    case Family::set:
      return set(value);
  }
  return std::nullopt;
}

std::string marked(const Text& text, std::string_view value) {
  return text ? *text : "not of its type: " + std::string(value);
}

}  // namespace

std::string canonical(Family family, std::string_view value) {
  return marked(by_family(family, value), value);
}

std::string canonical(Family family, Family element, std::string_view value) {
  if (family == Family::array) return marked(canonical_array(element, value), value);
  return canonical(family, value);
}

}  // namespace tailrace::testing
