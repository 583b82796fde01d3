#include "extractors/mysql/column_resolver.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "extractors/mysql/type_text.h"

namespace tailrace::mysql {

namespace {

constexpr std::array<std::string_view, 8> kGeometryNames{
    "geometry",   "point",           "linestring",   "polygon",
    "multipoint", "multilinestring", "multipolygon", "geometrycollection"};

bool is_text(const ColumnFacts& facts) {
  return facts.charset != nullptr && facts.charset->is_text();
}

std::uint32_t characters(std::uint32_t bytes, const ColumnFacts& facts) {
  return facts.charset == nullptr ? bytes : bytes / facts.charset->max_bytes;
}

// MariaDB's compressed VARCHAR has one byte more, for the compression header.
std::uint32_t string_bytes(const TableMapColumn& wire) {
  return wire.type == ColumnType::varchar_compressed && wire.size > 0 ? wire.size - 1 : wire.size;
}

bool is_string(ColumnType type) {
  return type == ColumnType::string || type == ColumnType::var_string ||
         type == ColumnType::varchar || type == ColumnType::varchar_compressed;
}

bool is_blob(ColumnType type) {
  return type == ColumnType::blob || type == ColumnType::blob_compressed;
}

LogicalType integer_type(ColumnType type, bool is_unsigned) {
  switch (type) {
    case ColumnType::tiny:
      return is_unsigned ? LogicalType::uint8 : LogicalType::int8;
    case ColumnType::short_:
      return is_unsigned ? LogicalType::uint16 : LogicalType::int16;
    case ColumnType::longlong:
      return is_unsigned ? LogicalType::uint64 : LogicalType::int64;
    default:
      return is_unsigned ? LogicalType::uint32 : LogicalType::int32;
  }
}

std::optional<LogicalType> logical_type(const TableMapColumn& wire, const ColumnFacts& facts) {
  switch (wire.type) {
    case ColumnType::tiny:
    case ColumnType::short_:
    case ColumnType::int24:
    case ColumnType::long_:
    case ColumnType::longlong:
      return integer_type(wire.type, facts.is_unsigned);
    case ColumnType::float_:
      return LogicalType::float32;
    case ColumnType::double_:
      return LogicalType::float64;
    case ColumnType::newdecimal:
      return LogicalType::decimal;
    case ColumnType::year:
      return LogicalType::int16;
    case ColumnType::bit:
      return LogicalType::bit;
    case ColumnType::date:
      return LogicalType::date;
    case ColumnType::time:
    case ColumnType::time2:
      return LogicalType::time;
    case ColumnType::datetime:
    case ColumnType::datetime2:
      return LogicalType::timestamp;
    case ColumnType::timestamp:
    case ColumnType::timestamp2:
      return LogicalType::timestamptz;
    case ColumnType::enumeration:
      return LogicalType::enumeration;
    case ColumnType::set:
      return LogicalType::set;
    case ColumnType::json:
      return LogicalType::json;
    case ColumnType::geometry:
      return LogicalType::geometry;
    case ColumnType::vector:
      return LogicalType::vector;
    default:
      break;
  }
  if (!is_string(wire.type) && !is_blob(wire.type)) return std::nullopt;
  return is_text(facts) ? LogicalType::string : LogicalType::bytes;
}

std::string_view integer_name(ColumnType type) {
  switch (type) {
    case ColumnType::tiny:
      return "tinyint";
    case ColumnType::short_:
      return "smallint";
    case ColumnType::int24:
      return "mediumint";
    case ColumnType::longlong:
      return "bigint";
    default:
      return "int";
  }
}

std::string_view temporal_name(ColumnType type) {
  switch (type) {
    case ColumnType::date:
      return "date";
    case ColumnType::time:
    case ColumnType::time2:
      return "time";
    case ColumnType::datetime:
    case ColumnType::datetime2:
      return "datetime";
    default:
      return "timestamp";
  }
}

std::string_view blob_name(std::uint32_t prefix_bytes, bool text) {
  constexpr std::array<std::string_view, 4> kText{"tinytext", "text", "mediumtext", "longtext"};
  constexpr std::array<std::string_view, 4> kBlob{"tinyblob", "blob", "mediumblob", "longblob"};
  return (text ? kText : kBlob)[prefix_bytes - 1];
}

bool is_temporal(ColumnType type) {
  switch (type) {
    case ColumnType::date:
    case ColumnType::time:
    case ColumnType::time2:
    case ColumnType::datetime:
    case ColumnType::datetime2:
    case ColumnType::timestamp:
    case ColumnType::timestamp2:
      return true;
    default:
      return false;
  }
}

std::string string_name(const TableMapColumn& wire, const ColumnFacts& facts) {
  const bool fixed = wire.type == ColumnType::string;
  const std::string_view name =
      is_text(facts) ? (fixed ? "char" : "varchar") : (fixed ? "binary" : "varbinary");
  return fmt::format("{}({})", name, characters(string_bytes(wire), facts));
}

std::uint32_t number_at(const TypeText& type, std::size_t index) {
  return index < type.numbers.size() ? type.numbers[index] : 0;
}

bool string_agrees(const TableMapColumn& wire, const ColumnFacts& facts,
                   const CatalogueColumn& hint, const TypeText& type) {
  const bool fixed = wire.type == ColumnType::string;
  const std::string_view name = hint.data_type;
  if (fixed && !is_text(facts)) {
    if (name == "uuid" || name == "inet6") return wire.size == 16;
    if (name == "inet4") return wire.size == 4;
  }
  if (name == "vector") {
    return !fixed && !is_text(facts) && wire.size == 4 * number_at(type, 0);
  }
  const std::string_view expected =
      is_text(facts) ? (fixed ? "char" : "varchar") : (fixed ? "binary" : "varbinary");
  return name == expected && characters(string_bytes(wire), facts) == number_at(type, 0);
}

}  // namespace

bool has_charset(ColumnType type) {
  return is_string(type) || is_blob(type) || type == ColumnType::enumeration ||
         type == ColumnType::set;
}

bool is_numeric(ColumnType type) {
  switch (type) {
    case ColumnType::tiny:
    case ColumnType::short_:
    case ColumnType::int24:
    case ColumnType::long_:
    case ColumnType::longlong:
    case ColumnType::float_:
    case ColumnType::double_:
    case ColumnType::newdecimal:
      return true;
    default:
      return false;
  }
}

Result<Column> column_of(const TableMapColumn& wire, const ColumnFacts& facts) {
  const auto type = logical_type(wire, facts);
  if (!type) {
    return Error(ErrorKind::unsupported_protocol,
                 fmt::format("columns of type {} (code {}) are not supported", name_of(wire.type),
                             static_cast<unsigned>(wire.type)));
  }
  Column column;
  column.name = wire.name;
  column.type = *type;
  column.nullable = wire.nullable;
  column.native_type = describe_type(wire, facts);
  if (is_string(wire.type)) {
    column.length = characters(string_bytes(wire), facts);
    column.fixed_length = wire.type == ColumnType::string;
  }
  if (wire.type == ColumnType::bit) column.length = wire.size;
  if (wire.type == ColumnType::vector) column.length = wire.vector_dimensions;
  if (wire.type == ColumnType::newdecimal) {
    column.precision = wire.precision;
    column.scale = wire.scale;
  }
  if (is_temporal(wire.type)) column.scale = static_cast<std::int16_t>(wire.size);
  if (is_text(facts)) column.charset = facts.charset->name;
  column.labels = facts.labels;
  return column;
}

std::string describe_type(const TableMapColumn& wire, const ColumnFacts& facts) {
  const std::string_view sign = facts.is_unsigned ? " unsigned" : "";
  if (is_temporal(wire.type)) {
    return wire.size == 0 ? std::string(temporal_name(wire.type))
                          : fmt::format("{}({})", temporal_name(wire.type), wire.size);
  }
  if (is_string(wire.type)) return string_name(wire, facts);
  if (is_blob(wire.type)) return std::string(blob_name(wire.size, is_text(facts)));
  switch (wire.type) {
    case ColumnType::float_:
      return fmt::format("float{}", sign);
    case ColumnType::double_:
      return fmt::format("double{}", sign);
    case ColumnType::newdecimal:
      return fmt::format("decimal({},{}){}", wire.precision, wire.scale, sign);
    case ColumnType::year:
      return "year";
    case ColumnType::bit:
      return fmt::format("bit({})", wire.size);
    case ColumnType::enumeration:
      return "enum";
    case ColumnType::set:
      return "set";
    case ColumnType::json:
      return "json";
    case ColumnType::geometry: {
      const std::uint32_t type = wire.geometry_type.value_or(0);
      return std::string(kGeometryNames[type < kGeometryNames.size() ? type : 0]);
    }
    case ColumnType::vector:
      return fmt::format("vector({})", wire.vector_dimensions);
    case ColumnType::tiny:
    case ColumnType::short_:
    case ColumnType::int24:
    case ColumnType::long_:
    case ColumnType::longlong:
      return fmt::format("{}{}", integer_name(wire.type), sign);
    default:
      return std::string(name_of(wire.type));
  }
}

bool agrees(const TableMapColumn& wire, const ColumnFacts& facts, const CatalogueColumn& hint) {
  const auto type = parse_type_text(hint.column_type);
  if (!type) return false;
  const std::string_view name = hint.data_type;
  if (is_numeric(wire.type) && type->is_unsigned != facts.is_unsigned) return false;
  if (has_charset(wire.type) && facts.charset != nullptr) {
    const Charset* named = CharsetTable::find_by_name(hint.charset);
    const bool same = hint.charset.empty()
                          ? !facts.charset->is_text()
                          : named == facts.charset ||
                                (named != nullptr && named->encoding == TextEncoding::utf8 &&
                                 named->max_bytes == facts.charset->max_bytes);
    if (!same) return false;
  }
  if (is_temporal(wire.type)) {
    return name == temporal_name(wire.type) && number_at(*type, 0) == wire.size;
  }
  if (is_string(wire.type)) return string_agrees(wire, facts, hint, *type);
  if (is_blob(wire.type)) {
    return name == blob_name(wire.size, is_text(facts)) ||
           (name == "json" && wire.size == 4 && is_text(facts));
  }
  switch (wire.type) {
    case ColumnType::newdecimal:
      return name == "decimal" && number_at(*type, 0) == wire.precision &&
             number_at(*type, 1) == wire.scale;
    case ColumnType::bit:
      return name == "bit" && number_at(*type, 0) == wire.size;
    case ColumnType::enumeration:
      return name == "enum" && wire.size == (type->labels.size() > 255 ? 2U : 1U);
    case ColumnType::set: {
      const std::size_t bytes = (type->labels.size() + 7) / 8;
      return name == "set" && wire.size == (bytes > 4 ? 8 : bytes);
    }
    case ColumnType::geometry:
      return name == "geomcollection" ||
             std::find(kGeometryNames.begin(), kGeometryNames.end(), name) != kGeometryNames.end();
    case ColumnType::vector:
      return name == "vector" &&
             (wire.vector_dimensions == 0 || number_at(*type, 0) == wire.vector_dimensions);
    default:
      return name == type->name && describe_type(wire, facts).starts_with(name);
  }
}

void refine(const CatalogueColumn& hint, Column& column) {
  column.native_type = hint.column_type;
  column.generated = hint.is_generated;
  if (column.type == LogicalType::bytes) {
    if (hint.data_type == "uuid") column.type = LogicalType::uuid;
    if (hint.data_type == "inet4" || hint.data_type == "inet6") column.type = LogicalType::inet;
    if (hint.data_type == "vector") {
      column.type = LogicalType::vector;
      column.length /= 4;
    }
    if (column.type != LogicalType::bytes && column.type != LogicalType::vector) column.length = 0;
    if (column.type != LogicalType::bytes) column.fixed_length = false;
  }
  if (column.type == LogicalType::string && (hint.is_json || hint.data_type == "json")) {
    column.type = LogicalType::json;
  }
  if (column.type == LogicalType::vector && column.length == 0) {
    if (const auto type = parse_type_text(hint.column_type)) column.length = number_at(*type, 0);
  }
}

}  // namespace tailrace::mysql
