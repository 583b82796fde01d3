#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace {

// What a column holds, independent of the engine it came from. Each type has ONE canonical form in
// bytes, the same in memory, on disk and for comparing; it is text (ASCII or UTF-8) unless it says
// octets:
//
//   boolean      "0" or "1"
//   int8..uint64 decimal digits with "-" for negatives, no leading zeros
//   decimal      plain notation, trailing zeros up to the declared scale; those of an unlimited
//                decimal are the source's; NaN, Infinity, -Infinity
//   float32/64   shortest text that reads back the same (std::to_chars); NaN, Infinity, -Infinity
//   string       UTF-8; padding of a fixed length is left away
//   bytes        octets
//   date         YYYY-MM-DD (years beyond 9999 with more digits, BC as astronomical year:
//                "-0043" for 44 BC); MySQL's zero and partial dates as they are: 0000-00-00,
//                2024-00-10; infinity, -infinity
//   time         [-]HH:MM:SS[.f], hours up to 838 (MySQL) and 24 (PostgreSQL), fraction digits as
//                declared
//   timetz       HH:MM:SS[.f]+HH:MM, east of UTC; +HH:MM:SS where the offset has seconds
//   timestamp    YYYY-MM-DD HH:MM:SS[.f] without zone; years as in date; infinity, -infinity
//   timestamptz  the same instant in UTC followed by "Z"; MySQL's zero timestamp is
//                0000-00-00 00:00:00[.f]Z; infinity, -infinity (without "Z")
//   interval     ISO 8601 with designators for months, days and seconds, each with its own sign;
//                parts that are zero are left away: "P14M3DT-4.000001S", "PT0S". From 1000000000
//                seconds on hours stand before the seconds, because PostgreSQL reads longer numbers
//                inexactly: "PT2562047788H54.775807S". infinity, -infinity
//   json         JSON text as the source delivers it
//   uuid         8-4-4-4-12 lower case
//   enumeration  the label; MySQL's error value (index 0) is the empty string, and where that is
//                a label of the column, the character NUL (error_label())
//   set          labels in definition order, joined by ","
//   bit          string of 0 and 1, most significant first
//   geometry     octets: SRID (u32 little endian) followed by WKB
//   array        JSON array without spaces, arrays in it for more dimensions; null; integers and
//                finite numbers as JSON numbers with the source's digits; true, false; everything
//                else as string of its canonical form (bytes: "\\x" and hexadecimal digits; an
//                array within a domain: the source's text). A PostgreSQL array whose lower bounds
//                are not 1 is the server's own text, "[0:1]={1,2}": no JSON, and so told apart by
//                the "=".
//   inet         PostgreSQL's text form
//   vector       JSON array of float32
//   other        the source's own text form
enum class LogicalType : std::uint8_t {
  boolean = 1,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  decimal,
  float32,
  float64,
  string,
  bytes,
  date,
  time,
  timetz,
  timestamp,
  timestamptz,
  interval,
  json,
  uuid,
  enumeration,
  set,
  bit,
  geometry,
  array,
  inet,
  vector,
  other,
};

std::string_view to_string(LogicalType type);
// The type of that stored number, or nothing for a number that no type has.
std::optional<LogicalType> logical_type_from(std::uint8_t stored);

// What stands for MySQL's error value of an ENUM with these labels.
std::string_view error_label(const std::vector<std::string>& labels);

constexpr bool is_integer(LogicalType type) {
  return type >= LogicalType::int8 && type <= LogicalType::uint64;
}

}  // namespace tailrace
