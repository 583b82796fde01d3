#include "extractors/postgres/type_modifier.h"

#include <string_view>

#include <fmt/format.h>

#include "extractors/postgres/builtin_types.h"

namespace tailrace::postgres {
namespace {

constexpr std::int32_t kHeader = 4;  // VARHDRSZ, added to lengths since the days of Berkeley
constexpr std::int16_t kMostFractionDigits = 6;

// The bits of src/include/utils/datetime.h, INTERVAL_MASK().
std::string_view interval_fields(std::int32_t modifier) {
  constexpr int kMonth = 1 << 1;
  constexpr int kYear = 1 << 2;
  constexpr int kDay = 1 << 3;
  constexpr int kHour = 1 << 10;
  constexpr int kMinute = 1 << 11;
  constexpr int kSecond = 1 << 12;
  switch (modifier >> 16 & 0x7FFF) {
    case kYear:
      return " year";
    case kMonth:
      return " month";
    case kDay:
      return " day";
    case kHour:
      return " hour";
    case kMinute:
      return " minute";
    case kSecond:
      return " second";
    case kYear | kMonth:
      return " year to month";
    case kDay | kHour:
      return " day to hour";
    case kDay | kHour | kMinute:
      return " day to minute";
    case kDay | kHour | kMinute | kSecond:
      return " day to second";
    case kHour | kMinute:
      return " hour to minute";
    case kHour | kMinute | kSecond:
      return " hour to second";
    case kMinute | kSecond:
      return " minute to second";
    default:
      return "";  // all fields
  }
}

std::string spell_interval(std::int32_t modifier) {
  constexpr int kFullPrecision = 0xFFFF;
  const int precision = modifier & kFullPrecision;
  std::string spelling = fmt::format("interval{}", interval_fields(modifier));
  if (precision != kFullPrecision) spelling += fmt::format("({})", precision);
  return spelling;
}

// The precision stands in the middle: "time(3) with time zone".
std::string spell_clock(std::string_view spelling, std::int32_t modifier) {
  const std::size_t word = spelling.find(' ');
  return fmt::format("{}({}){}", spelling.substr(0, word), modifier, spelling.substr(word));
}

}  // namespace

NumericModifier numeric_modifier(std::int32_t modifier) {
  if (modifier < kHeader) return {};
  const std::int32_t fields = modifier - kHeader;
  const int scale = ((fields & 0x7FF) ^ 0x400) - 0x400;  // 11 bits with sign
  return {.precision = static_cast<std::uint16_t>(fields >> 16 & 0xFFFF),
          .scale = static_cast<std::int16_t>(scale)};
}

std::uint32_t character_length(std::int32_t modifier) {
  return modifier < kHeader ? 0 : static_cast<std::uint32_t>(modifier - kHeader);
}

std::uint32_t bit_length(std::int32_t modifier) {
  return modifier < 0 ? 0 : static_cast<std::uint32_t>(modifier);
}

std::int16_t fraction_digits(std::int32_t modifier) {
  if (modifier < 0 || modifier > kMostFractionDigits) return kMostFractionDigits;
  return static_cast<std::int16_t>(modifier);
}

std::int16_t interval_fraction_digits(std::int32_t modifier) {
  return modifier < 0 ? kMostFractionDigits : fraction_digits(modifier & 0xFFFF);
}

std::string spelling_with_modifier(const TypeFacts& type, std::int32_t modifier) {
  // Without a length these two names alone would mean a length of 1.
  if (modifier < 0 && type.oid == type_oid::bpchar) return "bpchar";
  if (modifier < 0 && type.oid == type_oid::bit) return "\"bit\"";
  if (modifier < 0) return type.spelling;
  switch (type.oid) {
    case type_oid::bpchar:
    case type_oid::varchar:
      return fmt::format("{}({})", type.spelling, character_length(modifier));
    case type_oid::bit:
    case type_oid::varbit:
      return fmt::format("{}({})", type.spelling, modifier);
    case type_oid::numeric: {
      const NumericModifier numeric = numeric_modifier(modifier);
      return fmt::format("numeric({},{})", numeric.precision, numeric.scale);
    }
    case type_oid::time:
    case type_oid::timetz:
    case type_oid::timestamp:
    case type_oid::timestamptz:
      return spell_clock(type.spelling, modifier);
    case type_oid::interval:
      return spell_interval(modifier);
    default:
      return type.spelling;
  }
}

}  // namespace tailrace::postgres
