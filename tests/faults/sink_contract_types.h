// A column and a value of every type that a source has, at or near its limits.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sink_contract.h"

namespace tailrace::testing {

inline std::vector<std::pair<Column, std::string>> every_type() {
  auto with_scale = [](Column made, std::uint16_t precision, std::int16_t scale) {
    made.precision = precision;
    made.scale = scale;
    return made;
  };
  auto with_labels = [](Column made, std::vector<std::string> labels) {
    made.labels = std::move(labels);
    return made;
  };
  using L = LogicalType;
  const std::string point("\0\0\0\0\1\1\0\0\0\0\0\0\0\0\0\xF0\x3F\0\0\0\0\0\0\0\x40", 25);
  return {{column("id", L::uint32, "int unsigned"), "4294967295"},
          {column("c1", L::boolean, "boolean"), "1"},
          {column("c2", L::int8, "tinyint"), "-128"},
          {column("c3", L::int16, "year"), "2155"},
          {column("c4", L::int32, "mediumint"), "-8388608"},
          {column("c5", L::int64, "bigint"), "-9223372036854775808"},
          {column("c6", L::uint64, "bigint unsigned"), "18446744073709551615"},
          {with_scale(column("c7", L::decimal, "decimal(20,5)"), 20, 5), "-123456789012345.67890"},
          {column("c8", L::float32, "float"), "1.1754944e-38"},
          {column("c9", L::float64, "double"), "-1.7976931348623157e+308"},
          {column("c10", L::string, "varchar(20)", 20), "it's \\ \"q\" {,} \xF0\x9F\x98\x80"},
          {column("c11", L::string, "text", 65535), ""},
          {column("c12", L::bytes, "varbinary(4)", 4), std::string("\0\xFF'\\", 4)},
          {column("c13", L::date, "date"), "9999-12-31"},
          {with_scale(column("c14", L::time, "time(6)"), 0, 6), "-838:59:58.999999"},
          {with_scale(column("c15", L::timestamp, "datetime(3)"), 0, 3), "1000-01-01 00:00:00.123"},
          {with_scale(column("c16", L::timestamptz, "timestamp(6)"), 0, 6),
           "2038-01-19 03:14:07.999999Z"},
          {column("c17", L::json, "json"), "{\"a\": [1, 2.5, null]}"},
          {column("c18", L::uuid, "uuid"), "123e4567-e89b-12d3-a456-426655440000"},
          {with_labels(column("c19", L::enumeration, "enum('x','Y''s')"), {"x", "Y's"}), "Y's"},
          {with_labels(column("c20", L::set, "set('a','b \"c\"')"), {"a", "b \"c\""}), "a,b \"c\""},
          {column("c21", L::bit, "bit(1)", 1), "1"},
          {column("c22", L::bit, "bit(64)", 64), std::string(64, '1')},
          {column("c23", L::geometry, "point"), point},
          {column("c24", L::inet, "inet6"), "::1"},
          {column("c25", L::vector, "vector(2)", 2), "[1,2.5]"},
          {column("c26", L::int8, "tinyint(1)"), "7"},
          {with_scale(column("c27", L::timetz, "timetz"), 0, 6), "12:00:00.5+02:00"},
          {column("c28", L::array, "_int4"), "[1,2]"},
          {column("c29", L::other, "tsquery"), "'a'"},
          {column("c30", L::string, "char(5)", 5), "a b"}};
}

}  // namespace tailrace::testing
