#include "sinks/sql/value_checks.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace tailrace::sql {
namespace {

bool is_leap(std::int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int days_in_month(std::int64_t year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

int two_digits(std::string_view text, std::size_t at) {
  return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

// Where the year of a date ends: at the first "-" that is not a sign.
std::size_t end_of_year(std::string_view text) {
  return text.find('-', 1);
}

std::string wider(const MappedColumn& column) {
  if (!column.widen.empty()) return column.widen;
  return fmt::format("give the target column \"{}\" a type with more room than {}",
                     column.target->name, column.target->type_name);
}

}  // namespace

Error value_error(const TableMapping& mapping, std::span<const Value> row,
                  const MappedColumn& column, const ValueProblem& problem) {
  const std::string source_type = column.column->native_type.empty()
                                      ? std::string(to_string(column.column->type))
                                      : column.column->native_type;
  return Error(
             ErrorKind::unsupported_value,
             fmt::format("column \"{}\" ({}): target type {} cannot store the value: {}",
                         column.target->name, source_type, column.target->type_name, problem.what))
      .hint(problem.way_out)
      .with(describe_row(mapping, row))
      .with("table " + mapping.target.name.to_string());
}

bool integer_fits(std::string_view digits, std::int64_t minimum, std::uint64_t maximum) {
  const char* end = digits.data() + digits.size();
  if (digits.starts_with('-')) {
    std::int64_t value = 0;
    const auto parsed = std::from_chars(digits.data(), end, value);
    return parsed.ec == std::errc() && parsed.ptr == end && value >= minimum;
  }
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(digits.data(), end, value);
  return parsed.ec == std::errc() && parsed.ptr == end && value <= maximum;
}

bool decimal_fits(std::string_view text, int precision, int scale) {
  if (is_nan(text) || is_infinite(text)) return precision == 0;
  if (precision == 0) return true;
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string_view whole = text.substr(0, point);
  whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
  if (fraction_digits(text) > std::max(scale, 0)) return false;
  const int room = precision - scale;  // digits before the point
  if (static_cast<int>(whole.size()) > std::max(room, 0)) return false;
  // PostgreSQL has numeric(3,-2), which ends with zeros, and numeric(2,5), which begins with them.
  const auto significant = static_cast<int>(whole.find_last_not_of('0') + 1);
  if (scale < 0 && static_cast<int>(whole.size()) - significant < -scale) return whole.empty();
  if (room >= 0) return true;
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  return std::min(fraction.find_first_not_of('0'), fraction.size()) >=
         std::min(static_cast<std::size_t>(-room), fraction.size());
}

int fraction_digits(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return 0;
  std::string_view fraction = text.substr(point + 1);
  fraction =
      fraction.substr(0, std::min(fraction.find_first_not_of("0123456789"), fraction.size()));
  const std::size_t last = fraction.find_last_not_of('0');
  return last == std::string_view::npos ? 0 : static_cast<int>(last + 1);
}

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

bool is_infinite(std::string_view text) {
  return text == "Infinity" || text == "-Infinity" || text == "infinity" || text == "-infinity";
}

bool is_nan(std::string_view text) {
  return text == "NaN";
}

std::int64_t year_of(std::string_view text) {
  std::int64_t year = 0;
  const std::size_t start = text.starts_with('+') ? 1 : 0;
  std::from_chars(text.data() + start, text.data() + std::min(end_of_year(text), text.size()),
                  year);
  return year;
}

DateKind date_kind(std::string_view text) {
  if (is_infinite(text)) return DateKind::infinite;
  const std::size_t year_end = end_of_year(text);
  if (year_end == std::string_view::npos || text.size() < year_end + 6) return DateKind::impossible;
  const int month = two_digits(text, year_end + 1);
  const int day = two_digits(text, year_end + 4);
  if (month == 0 || day == 0) return DateKind::zero_or_partial;
  if (month < 1 || month > 12 || day < 1) return DateKind::impossible;
  if (day > 28 && day > days_in_month(year_of(text), month)) return DateKind::impossible;
  return DateKind::valid;
}

bool has_escaped_nul(std::string_view json) {
  for (std::size_t at = json.find("\\u0000"); at != std::string_view::npos;
       at = json.find("\\u0000", at + 1)) {
    std::size_t backslashes = 1;
    while (backslashes <= at && json[at - backslashes] == '\\') ++backslashes;
    if (backslashes % 2 == 1) return true;
  }
  return false;
}

std::uint64_t bits_to_integer(std::string_view bits) {
  std::uint64_t value = 0;
  for (const char bit : bits) value = value << 1 | (bit == '1' ? 1U : 0U);
  return value;
}

ValueCheck check_room(const MappedColumn& column, std::string_view canonical) {
  const TargetColumn& target = *column.target;
  switch (target.type) {
    case TargetType::integer: {
      if (column.column->type == LogicalType::bit) {
        const bool fits = canonical.size() <= 64 && bits_to_integer(canonical) <= target.maximum;
        return fits ? ValueCheck() : ValueProblem{"it is out of range", wider(column)};
      }
      if (integer_fits(canonical, target.minimum, target.maximum)) return {};
      return ValueProblem{"it is out of range", wider(column)};
    }
    case TargetType::decimal:
      if (decimal_fits(canonical, target.precision, target.scale)) return {};
      return ValueProblem{
          "it has more digits than there is room for",
          column.widen.empty() ? wider(column) + ", or make it text" : column.widen};
    case TargetType::text:
      if (target.length == 0) return {};
      if (canonical.size() <= target.length || count_characters(canonical) <= target.length)
        return {};
      return ValueProblem{"it is too long", wider(column)};
    case TargetType::bytes:
      if (target.length == 0 || canonical.size() <= target.length) return {};
      return ValueProblem{"it is too long", wider(column)};
    case TargetType::bit:
      if (canonical.size() == target.length) return {};
      return ValueProblem{"its number of bits differs", wider(column)};
    case TargetType::varbit:
      if (target.length == 0 || canonical.size() <= target.length) return {};
      return ValueProblem{"it has too many bits", wider(column)};
    case TargetType::time:
    case TargetType::timetz:
    case TargetType::timestamp:
    case TargetType::timestamptz:
    case TargetType::interval:
      if (fraction_digits(canonical) <= target.scale) return {};
      return ValueProblem{"its fraction of a second would be rounded", wider(column)};
    case TargetType::boolean:
      if (canonical == "0" || canonical == "1") return {};
      return ValueProblem{"it is neither 0 nor 1", wider(column)};
    default:
      return {};
  }
}

}  // namespace tailrace::sql
