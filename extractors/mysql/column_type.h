#pragma once

// Column types as TABLE_MAP and binary JSON name them: mysql-server include/field_types.h, MariaDB
// sql/field.h.

#include <cstdint>
#include <string_view>

namespace tailrace::mysql {

enum class ColumnType : std::uint8_t {
  decimal = 0,  // before MySQL 5.0
  tiny = 1,
  short_ = 2,
  long_ = 3,
  float_ = 4,
  double_ = 5,
  null = 6,
  timestamp = 7,  // before MySQL 5.6.4
  longlong = 8,
  int24 = 9,
  date = 10,
  time = 11,      // before MySQL 5.6.4
  datetime = 12,  // before MySQL 5.6.4
  year = 13,
  newdate = 14,
  varchar = 15,
  bit = 16,
  timestamp2 = 17,
  datetime2 = 18,
  time2 = 19,
  typed_array = 20,
  blob_compressed = 140,     // MariaDB
  varchar_compressed = 141,  // MariaDB
  vector = 242,
  json = 245,
  newdecimal = 246,
  enumeration = 247,  // on the wire inside string
  set = 248,          //   "
  tiny_blob = 249,
  medium_blob = 250,
  long_blob = 251,
  blob = 252,
  var_string = 253,
  string = 254,
  geometry = 255,
};

// "NEWDECIMAL"; empty for an unknown type.
std::string_view name_of(ColumnType type);

}  // namespace tailrace::mysql
