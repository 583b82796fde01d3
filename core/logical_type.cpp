#include "core/logical_type.h"

#include <algorithm>

namespace tailrace {

std::string_view to_string(LogicalType type) {
  switch (type) {
    case LogicalType::boolean:
      return "boolean";
    case LogicalType::int8:
      return "int8";
    case LogicalType::int16:
      return "int16";
    case LogicalType::int32:
      return "int32";
    case LogicalType::int64:
      return "int64";
    case LogicalType::uint8:
      return "uint8";
    case LogicalType::uint16:
      return "uint16";
    case LogicalType::uint32:
      return "uint32";
    case LogicalType::uint64:
      return "uint64";
    case LogicalType::decimal:
      return "decimal";
    case LogicalType::float32:
      return "float32";
    case LogicalType::float64:
      return "float64";
    case LogicalType::string:
      return "string";
    case LogicalType::bytes:
      return "bytes";
    case LogicalType::date:
      return "date";
    case LogicalType::time:
      return "time";
    case LogicalType::timetz:
      return "timetz";
    case LogicalType::timestamp:
      return "timestamp";
    case LogicalType::timestamptz:
      return "timestamptz";
    case LogicalType::interval:
      return "interval";
    case LogicalType::json:
      return "json";
    case LogicalType::uuid:
      return "uuid";
    case LogicalType::enumeration:
      return "enumeration";
    case LogicalType::set:
      return "set";
    case LogicalType::bit:
      return "bit";
    case LogicalType::geometry:
      return "geometry";
    case LogicalType::array:
      return "array";
    case LogicalType::inet:
      return "inet";
    case LogicalType::vector:
      return "vector";
    case LogicalType::other:
      return "other";
  }
  return "other";
}

std::optional<LogicalType> logical_type_from(std::uint8_t stored) {
  if (stored < static_cast<std::uint8_t>(LogicalType::boolean) ||
      stored > static_cast<std::uint8_t>(LogicalType::other)) {
    return std::nullopt;
  }
  return static_cast<LogicalType>(stored);
}

std::string_view error_label(const std::vector<std::string>& labels) {
  const bool empty_is_a_label = std::find(labels.begin(), labels.end(), "") != labels.end();
  return empty_is_a_label ? std::string_view("\0", 1) : std::string_view();
}

}  // namespace tailrace
