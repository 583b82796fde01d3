#include "tests/support/compare/canonical_time.h"

#include <algorithm>
#include <cstdint>

#include "tests/support/compare/digits.h"

namespace tailrace::testing {
namespace {

bool is_infinite(std::string_view text) {
  return text == "infinity" || text == "-infinity";
}

std::string without_trailing_fraction(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

// Six digits of a fraction as microseconds.
std::optional<std::int64_t> microseconds_of(std::string_view fraction) {
  std::string digits(fraction);
  if (digits.size() > 6) return std::nullopt;
  digits.resize(6, '0');
  return integer_of<std::int64_t>(digits);
}

std::optional<std::int64_t> clock_microseconds(std::string_view value) {
  const bool negative = value.starts_with('-');
  if (negative) value.remove_prefix(1);
  const auto first = value.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = value.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto point = std::min(value.find('.', second), value.size());
  const auto hours = integer_of<std::int64_t>(value.substr(0, first));
  const auto minutes = integer_of<std::int64_t>(value.substr(first + 1, second - first - 1));
  const auto seconds = integer_of<std::int64_t>(value.substr(second + 1, point - second - 1));
  const auto rest = microseconds_of(value.substr(std::min(point + 1, value.size())));
  if (!hours || !minutes || !seconds || !rest) return std::nullopt;
  const auto total = ((*hours * 60 + *minutes) * 60 + *seconds) * 1'000'000 + *rest;
  return negative ? -total : total;
}

// The year as an astronomer counts, four digits at least, and what stands behind it.
std::string with_astronomical_year(std::string_view text) {
  constexpr std::string_view kBeforeChrist = " BC";
  const bool before_christ = text.ends_with(kBeforeChrist);
  if (before_christ) text.remove_suffix(kBeforeChrist.size());
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto end = std::min(text.find('-'), text.size());
  const auto number = integer_of<std::int64_t>(text.substr(0, end));
  if (!number) return std::string(text);
  const std::int64_t year = before_christ ? 1 - *number : negative ? -*number : *number;
  std::string digits = std::to_string(year < 0 ? -year : year);
  if (digits.size() < 4) digits.insert(0, 4 - digits.size(), '0');
  return (year < 0 ? "-" : "") + digits + std::string(text.substr(end));
}

}  // namespace

std::string canonical_date(std::string_view text) {
  return is_infinite(text) ? std::string(text) : with_astronomical_year(text);
}

std::string canonical_datetime(std::string_view text) {
  if (is_infinite(text)) return std::string(text);
  std::string result = with_astronomical_year(text);
  if (const auto mark = result.find('T'); mark != std::string::npos) result[mark] = ' ';
  return without_trailing_fraction(std::move(result));
}

std::string canonical_instant(std::string_view text) {
  if (is_infinite(text)) return std::string(text);
  std::string result = with_astronomical_year(text);
  for (const std::string_view utc : {"Z", "+00:00", "+00"}) {
    if (result.ends_with(utc)) {
      result.erase(result.size() - utc.size());
      break;
    }
  }
  return canonical_datetime(result);
}

std::optional<std::string> canonical_time(std::string_view text) {
  if (text.starts_with('P')) {
    constexpr std::string_view kNoDate = "0mon 0d ";
    const auto interval = canonical_interval(text);
    if (!interval || !interval->starts_with(kNoDate)) return std::nullopt;
    return interval->substr(kNoDate.size(), interval->size() - kNoDate.size() - 2);
  }
  const bool is_number = text.find(':') == std::string_view::npos;
  const auto total = is_number ? integer_of<std::int64_t>(text) : clock_microseconds(text);
  if (!total) return std::nullopt;
  return std::to_string(*total);
}

std::optional<std::string> canonical_time_with_zone(std::string_view text) {
  const auto sign = text.find_last_of("+-");
  if (sign == std::string_view::npos || sign == 0) return std::nullopt;
  std::string zone(text.substr(sign + 1));
  while (std::count(zone.begin(), zone.end(), ':') < 2) zone += ":00";
  const auto time = clock_microseconds(text.substr(0, sign));
  const auto offset = clock_microseconds(zone);
  if (!time || !offset) return std::nullopt;
  const std::int64_t seconds = *offset / 1'000'000;
  return std::to_string(*time) + "us " + std::to_string(text[sign] == '-' ? -seconds : seconds) +
         "s";
}

std::optional<std::string> canonical_interval(std::string_view text) {
  if (is_infinite(text)) return std::string(text);
  if (!text.starts_with('P')) return std::nullopt;
  text.remove_prefix(1);
  std::int64_t months = 0;
  std::int64_t days = 0;
  std::int64_t microseconds = 0;
  bool in_time = false;
  while (!text.empty()) {
    if (text.starts_with('T')) {
      in_time = true;
      text.remove_prefix(1);
      continue;
    }
    const auto end = text.find_first_not_of("+-.0123456789");
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    std::string_view number = text.substr(0, end);
    const char unit = text[end];
    text.remove_prefix(end + 1);
    const bool negative = number.starts_with('-');
    if (negative || number.starts_with('+')) number.remove_prefix(1);
    const auto point = std::min(number.find('.'), number.size());
    const auto whole = integer_of<std::int64_t>(number.substr(0, point));
    const auto rest = microseconds_of(number.substr(std::min(point + 1, number.size())));
    if (!whole || !rest || (*rest != 0 && unit != 'S')) return std::nullopt;
    const std::int64_t count = negative ? -*whole : *whole;
    if (!in_time && unit == 'Y') {
      months += 12 * count;
    } else if (!in_time && unit == 'M') {
      months += count;
    } else if (!in_time && (unit == 'W' || unit == 'D')) {
      days += (unit == 'W' ? 7 : 1) * count;
    } else if (in_time && unit == 'H') {
      microseconds += count * 3'600'000'000;
    } else if (in_time && unit == 'M') {
      microseconds += count * 60'000'000;
    } else if (in_time && unit == 'S') {
      microseconds += count * 1'000'000 + (negative ? -*rest : *rest);
    } else {
      return std::nullopt;
    }
  }
  return std::to_string(months) + "mon " + std::to_string(days) + "d " +
         std::to_string(microseconds) + "us";
}

}  // namespace tailrace::testing
