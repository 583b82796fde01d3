#include "sinks/mysql/special_values.h"

#include <string>

namespace tailrace::mysql {
namespace {

using sql::SpecialValue;
using sql::TargetColumn;
using sql::TargetType;
using sql::ValueCheck;
using sql::ValueProblem;

constexpr const char* kWayOut = "make the target column text";

std::string largest_number(const TargetColumn& target) {
  if (target.type == TargetType::float32) return "3.4028235e+38";
  if (target.type == TargetType::float64) return "1.7976931348623157e+308";
  const auto scale = static_cast<std::size_t>(target.scale);
  const std::size_t whole = target.precision - scale;
  std::string digits = whole > 0 ? std::string(whole, '9') : "0";
  if (scale > 0) digits += "." + std::string(scale, '9');
  return digits;
}

ValueCheck check_number(const TargetColumn& target, std::string_view text) {
  if (sql::is_nan(text)) {
    return ValueProblem{"it is NaN, which MySQL does not have", kWayOut, SpecialValue::nan};
  }
  if (!sql::is_infinite(text)) return {};
  return ValueProblem{"it is infinite, which MySQL does not have", kWayOut, SpecialValue::infinity,
                      (text.front() == '-' ? "-" : "") + largest_number(target)};
}

// The ends of what the manual promises. A TIMESTAMP is counted in 31 bits.
std::string end_of_calendar(const TargetColumn& target, bool low) {
  if (target.type == TargetType::date) return low ? "1000-01-01" : "9999-12-31";
  const bool counted = target.type == TargetType::timestamptz;
  if (low) return counted ? "1970-01-01 00:00:01" : "1000-01-01 00:00:00";
  const std::string last = counted ? "2038-01-19 03:14:07" : "9999-12-31 23:59:59";
  const auto fraction = static_cast<std::size_t>(target.scale);
  return fraction > 0 ? last + "." + std::string(fraction, '9') : last;
}

ValueCheck check_date(const TargetColumn& target, std::string_view text) {
  constexpr std::size_t kYearDigits = 4;
  if (sql::is_infinite(text)) {
    return ValueProblem{"it is infinite, which MySQL does not have", kWayOut,
                        SpecialValue::infinity, end_of_calendar(target, text.front() == '-')};
  }
  if (text.size() > kYearDigits && text.find('-') == kYearDigits) return {};
  return ValueProblem{"it is outside of the years 0000 to 9999", kWayOut, SpecialValue::date,
                      end_of_calendar(target, text.starts_with('-'))};
}

}  // namespace

ValueCheck check_special(const sql::MappedColumn& column, std::string_view canonical) {
  switch (column.target->type) {
    case TargetType::decimal:
    case TargetType::float32:
    case TargetType::float64:
      return check_number(*column.target, canonical);
    case TargetType::date:
    case TargetType::timestamp:
    case TargetType::timestamptz:
      return check_date(*column.target, canonical);
    default:
      return {};
  }
}

}  // namespace tailrace::mysql
