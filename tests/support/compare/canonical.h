// One spelling for each value, whatever server it was read from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tailrace::testing {

// What a value is, decided by the source's column type.
enum class Family : std::uint8_t {
  integer,  // YEAR and boolean too
  decimal,
  float32,
  float64,
  text,  // ENUM too
  bytes,
  bits,
  date,
  datetime,  // without a time zone
  instant,   // TIMESTAMP: a point in time
  time,      // TIME: a duration or a time of day
  json,
  uuid,
  inet,  // an address
  vector,
  network,         // an address with an optional prefix length
  bit_string,      // digits 0 and 1 whose number counts
  time_with_zone,  // a time of day and an offset
  interval,        // months, days and microseconds
  array,           // canonical_array.h
  set,             // labels with "," between, or a JSON array of them
};

// The canonical text of `value`, which a TableReader has selected for this family:
//   bytes     hexadecimal digits
//   bits      decimal digits, or "b" and binary digits, or "x" and hexadecimal digits
//   instant   in UTC, with or without "+00" or "Z"
//   time      [-]HHH:MM:SS[.ffffff], or a number of microseconds, or ISO 8601
//   vector    hexadecimal digits of little-endian floats, or "[" and numbers with commas between
//   interval  ISO 8601
// A value that is not of its family at all comes back as it is, marked, and so equals nothing.
std::string canonical(Family family, std::string_view value);

// The same with an array's elements: `element` is their family, and not used for other families.
std::string canonical(Family family, Family element, std::string_view value);

}  // namespace tailrace::testing
