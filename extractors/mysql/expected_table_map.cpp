#include "extractors/mysql/expected_table_map.h"

#include <array>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "extractors/mysql/type_text.h"

namespace tailrace::mysql {

namespace {

struct NamedType {
  std::string_view name;  // DATA_TYPE
  ColumnType type;
  std::uint32_t size = 0;  // as in TableMapColumn, where the name alone decides it
};

constexpr std::array kNamedTypes{
    NamedType{"tinyint", ColumnType::tiny},
    NamedType{"smallint", ColumnType::short_},
    NamedType{"mediumint", ColumnType::int24},
    NamedType{"int", ColumnType::long_},
    NamedType{"bigint", ColumnType::longlong},
    NamedType{"float", ColumnType::float_, 4},
    NamedType{"double", ColumnType::double_, 8},
    NamedType{"decimal", ColumnType::newdecimal},
    NamedType{"year", ColumnType::year},
    NamedType{"date", ColumnType::date},
    NamedType{"time", ColumnType::time2},
    NamedType{"datetime", ColumnType::datetime2},
    NamedType{"timestamp", ColumnType::timestamp2},
    NamedType{"bit", ColumnType::bit},
    NamedType{"enum", ColumnType::enumeration},
    NamedType{"set", ColumnType::set},
    NamedType{"char", ColumnType::string},
    NamedType{"varchar", ColumnType::varchar},
    NamedType{"binary", ColumnType::string},
    NamedType{"varbinary", ColumnType::varchar},
    NamedType{"tinytext", ColumnType::blob, 1},
    NamedType{"text", ColumnType::blob, 2},
    NamedType{"mediumtext", ColumnType::blob, 3},
    NamedType{"longtext", ColumnType::blob, 4},
    NamedType{"tinyblob", ColumnType::blob, 1},
    NamedType{"blob", ColumnType::blob, 2},
    NamedType{"mediumblob", ColumnType::blob, 3},
    NamedType{"longblob", ColumnType::blob, 4},
    NamedType{"json", ColumnType::json, 4},
    NamedType{"geometry", ColumnType::geometry, 4},
    NamedType{"point", ColumnType::geometry, 4},
    NamedType{"linestring", ColumnType::geometry, 4},
    NamedType{"polygon", ColumnType::geometry, 4},
    NamedType{"multipoint", ColumnType::geometry, 4},
    NamedType{"multilinestring", ColumnType::geometry, 4},
    NamedType{"multipolygon", ColumnType::geometry, 4},
    NamedType{"geometrycollection", ColumnType::geometry, 4},
    NamedType{"geomcollection", ColumnType::geometry, 4},
    NamedType{"uuid", ColumnType::string, 16},
    NamedType{"inet6", ColumnType::string, 16},
    NamedType{"inet4", ColumnType::string, 4},
};

const NamedType* find_type(std::string_view name) {
  for (const NamedType& candidate : kNamedTypes) {
    if (candidate.name == name) return &candidate;
  }
  return nullptr;
}

std::uint32_t number_at(const TypeText& type, std::size_t index) {
  return index < type.numbers.size() ? type.numbers[index] : 0;
}

std::uint32_t set_bytes(std::size_t labels) {
  const auto bytes = static_cast<std::uint32_t>((labels + 7) / 8);
  return bytes > 4 ? 8 : bytes;
}

// MariaDB: "varchar(20) /*M!100301 COMPRESSED*/". VARCHAR has a byte more, for the header.
void compress(TableMapColumn& wire) {
  if (wire.type == ColumnType::varchar) {
    wire.type = ColumnType::varchar_compressed;
    ++wire.size;
  } else if (wire.type == ColumnType::blob) {
    wire.type = ColumnType::blob_compressed;
  }
}

// Only here the two servers differ: MariaDB's VECTOR is a VARBINARY in the log.
TableMapColumn vector_column(const TypeText& type, bool mariadb) {
  TableMapColumn wire;
  wire.type = mariadb ? ColumnType::varchar : ColumnType::vector;
  wire.size = mariadb ? 4 * number_at(type, 0) : 4;
  wire.vector_dimensions = number_at(type, 0);
  return wire;
}

void set_size(const CatalogueColumn& column, const TypeText& type, TableMapColumn& wire) {
  switch (wire.type) {
    case ColumnType::newdecimal:
      wire.precision = static_cast<std::uint8_t>(number_at(type, 0));
      wire.scale = static_cast<std::uint8_t>(number_at(type, 1));
      break;
    case ColumnType::time2:
    case ColumnType::datetime2:
    case ColumnType::timestamp2:
    case ColumnType::bit:
      wire.size = number_at(type, 0);
      break;
    case ColumnType::enumeration:
      wire.size = type.labels.size() > 255 ? 2 : 1;
      break;
    case ColumnType::set:
      wire.size = set_bytes(type.labels.size());
      break;
    case ColumnType::string:
    case ColumnType::varchar: {
      if (wire.size != 0) break;
      const Charset* charset = CharsetTable::find_by_name(column.charset);
      wire.size = number_at(type, 0) * (charset == nullptr ? 1 : charset->max_bytes);
      break;
    }
    default:
      break;
  }
}

Result<TableMapColumn> expected_column(const CatalogueColumn& column, bool mariadb) {
  const auto type = parse_type_text(column.column_type);
  const NamedType* named = find_type(column.data_type);
  TableMapColumn wire;
  if (type && column.data_type == "vector") {
    wire = vector_column(*type, mariadb);
  } else if (type && named != nullptr) {
    wire.type = named->type;
    wire.size = named->size;
    set_size(column, *type, wire);
    if (column.column_type.find("COMPRESSED") != std::string::npos) compress(wire);
  } else {
    return Error(ErrorKind::unsupported_protocol,
                 fmt::format("columns of type {} are not supported", column.column_type));
  }
  wire.nullable = column.is_nullable;
  return wire;
}

}  // namespace

Result<TableMap> expected_table_map(const CatalogueTable& table, bool mariadb) {
  TableMap map;
  map.name = table.name;
  for (const CatalogueColumn& column : table.columns) {
    auto wire = expected_column(column, mariadb);
    if (!wire) {
      return std::move(wire).error().with(
          fmt::format("table {}, column \"{}\"", table.name.to_string(), column.name));
    }
    map.columns.push_back(std::move(*wire));
  }
  return map;
}

Result<ExpectedTable> expect_table(const CatalogueTable& table, bool mariadb) {
  auto map = expected_table_map(table, mariadb);
  if (!map) return std::move(map).error();
  auto schema = to_table_schema(*map, CharsetTable(), &table);
  if (!schema) return std::move(schema).error();
  return ExpectedTable{std::move(*map), std::move(*schema)};
}

}  // namespace tailrace::mysql
