#include "sinks/mysql/catalogue.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "sinks/mysql/catalogue_details.h"
#include "sinks/mysql/labels.h"

namespace tailrace::mysql {
namespace {

using sql::TargetColumn;
using sql::TargetTable;
using sql::TargetType;

struct NamedType {
  std::string_view name;
  TargetType type;
};

constexpr std::array kTypes = {
    NamedType{"tinyint", TargetType::integer},
    NamedType{"smallint", TargetType::integer},
    NamedType{"mediumint", TargetType::integer},
    NamedType{"int", TargetType::integer},
    NamedType{"bigint", TargetType::integer},
    NamedType{"year", TargetType::integer},
    NamedType{"decimal", TargetType::decimal},
    NamedType{"float", TargetType::float32},
    NamedType{"double", TargetType::float64},
    NamedType{"char", TargetType::text},
    NamedType{"varchar", TargetType::text},
    NamedType{"tinytext", TargetType::text},
    NamedType{"text", TargetType::text},
    NamedType{"mediumtext", TargetType::text},
    NamedType{"longtext", TargetType::text},
    NamedType{"binary", TargetType::bytes},
    NamedType{"varbinary", TargetType::bytes},
    NamedType{"tinyblob", TargetType::bytes},
    NamedType{"blob", TargetType::bytes},
    NamedType{"mediumblob", TargetType::bytes},
    NamedType{"longblob", TargetType::bytes},
    NamedType{"date", TargetType::date},
    NamedType{"time", TargetType::time},
    NamedType{"datetime", TargetType::timestamp},
    NamedType{"timestamp", TargetType::timestamptz},
    NamedType{"json", TargetType::json},
    NamedType{"uuid", TargetType::uuid},
    NamedType{"bit", TargetType::varbit},
    NamedType{"enum", TargetType::enumeration},
    NamedType{"set", TargetType::set},
    NamedType{"inet4", TargetType::inet},
    NamedType{"inet6", TargetType::inet},
    NamedType{"vector", TargetType::vector},
    NamedType{"geometry", TargetType::geometry},
    NamedType{"point", TargetType::geometry},
    NamedType{"linestring", TargetType::geometry},
    NamedType{"polygon", TargetType::geometry},
    NamedType{"multipoint", TargetType::geometry},
    NamedType{"multilinestring", TargetType::geometry},
    NamedType{"multipolygon", TargetType::geometry},
    NamedType{"geometrycollection", TargetType::geometry},
    NamedType{"geomcollection", TargetType::geometry},
};

template <typename T>
T number(Cell cell) {
  T value{};
  const std::string_view text = cell.value_or("0");
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

struct IntegerSize {
  std::string_view name;
  int bits;
};
constexpr std::array kSizes = {IntegerSize{"tinyint", 8}, IntegerSize{"smallint", 16},
                               IntegerSize{"mediumint", 24}, IntegerSize{"int", 32},
                               IntegerSize{"bigint", 64}};

void set_integer_range(TargetColumn& column, const CatalogueType& type) {
  if (type.data_type == "year") {
    column.maximum = 2155;
    return;
  }
  const auto* size = std::find_if(kSizes.begin(), kSizes.end(),
                                  [&](const auto& s) { return s.name == type.data_type; });
  const int bits = size == kSizes.end() ? 64 : size->bits;
  const bool is_unsigned = type.column_type.find("unsigned") != std::string_view::npos;
  const std::uint64_t all = std::numeric_limits<std::uint64_t>::max() >> (64 - bits);
  column.maximum = is_unsigned ? all : all >> 1;
  column.minimum = is_unsigned ? 0 : -static_cast<std::int64_t>(all >> 1) - 1;
}

// Limits of the TEXT and BLOB types are in octets, and the server keeps them by itself.
bool has_length(std::string_view data_type) {
  return data_type == "char" || data_type == "varchar" || data_type == "binary" ||
         data_type == "varbinary";
}

TargetColumn column_of(Row row) {
  TargetColumn column;
  column.name = *row[0];
  const std::string data_type(row[1].value_or(""));
  const std::string column_type(row[2].value_or(""));
  column.type_name = column_type;
  column.base_type_name = data_type;
  column.not_null = row[3] == "NO";
  const std::string_view extra = row[5].value_or("");
  const auto has = [&](std::string_view part) {
    return extra.find(part) != std::string_view::npos;
  };
  column.has_default = row[4].has_value() || has("auto_increment");
  column.counts = has("auto_increment");
  column.generated =
      has("VIRTUAL GENERATED") || has("STORED GENERATED") || has("PERSISTENT GENERATED");
  const std::string_view collation = row[10].value_or("");
  column.binary_comparison =
      collation.empty() || collation == "binary" || collation.ends_with("_bin");
  column.pads_with_spaces = column.binary_comparison && !collation.empty() &&
                            collation != "binary" && collation != "utf8mb4_0900_bin" &&
                            collation.find("_nopad_") == std::string_view::npos;
  set_type(column,
           {data_type, column_type, number<std::uint64_t>(row[6]), number<std::uint16_t>(row[7]),
            number<std::int16_t>(row[8]), number<std::int16_t>(row[9])});
  return column;
}

// A column is changed by naming all that it is to have.
Status add_definitions(Connection& connection, TargetTable& table) {
  const auto quoted = [](std::string_view name) {
    std::string text = "`";
    for (const char c : name) text.append(c == '`' ? 2 : 1, c);
    return text + "`";
  };
  auto shown = connection.query(
      fmt::format("SHOW CREATE TABLE {}.{}", quoted(table.name.schema), quoted(table.name.table)));
  if (!shown) return std::move(shown).error();
  ColumnDefinitions definitions = column_definitions(shown->row(0)[1].value_or(""));
  for (TargetColumn& column : table.columns) {
    column.definition = std::move(definitions[column.name]);
  }
  return {};
}

void add_index_part(TargetTable& table, Row row, std::string& open_index, bool& usable) {
  const std::string name(row[0].value_or(""));
  if (name != open_index || table.unique_indexes.empty()) {
    open_index = name;
    table.unique_indexes.push_back({name, {}, false});
    table.keys.emplace_back();
    usable = true;
  }
  sql::UniqueIndex& index = table.unique_indexes.back();
  const auto column = std::find_if(table.columns.begin(), table.columns.end(),
                                   [&](const TargetColumn& c) { return row[1] == c.name; });
  if (column == table.columns.end()) {
    index.on_expression = true;
    usable = false;
    return;
  }
  const auto position = static_cast<std::uint16_t>(column - table.columns.begin());
  index.columns.push_back(position);
  usable = usable && !row[2].has_value() && column->not_null;
  if (usable) table.keys.back() = index.columns;
  if (!usable) table.keys.back().clear();
}

}  // namespace

void set_type(TargetColumn& column, const CatalogueType& type) {
  const auto* found = std::find_if(kTypes.begin(), kTypes.end(),
                                   [&](const NamedType& t) { return t.name == type.data_type; });
  column.type = found == kTypes.end() ? TargetType::other : found->type;
  if (column.type == TargetType::integer) set_integer_range(column, type);
  if (column.type == TargetType::enumeration || column.type == TargetType::set) {
    column.labels = parse_labels(type.column_type);
  }
  if (column.type == TargetType::decimal) {
    column.precision = type.precision;
    column.scale = type.scale;
  } else {
    column.scale = type.fraction;
  }
  if (has_length(type.data_type)) column.length = static_cast<std::uint32_t>(type.max_length);
  if (column.type == TargetType::varbit) column.length = type.precision;
}

Result<std::optional<TargetTable>> load_table(Connection& connection, const TableName& name) {
  const std::string where =
      fmt::format(" WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {}", connection.quoted(name.schema),
                  connection.quoted(name.table));
  auto rows = connection.query(
      "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA,"
      " CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION,"
      " COLLATION_NAME FROM information_schema.COLUMNS" +
      where + " ORDER BY ORDINAL_POSITION");
  if (!rows) return std::move(rows).error();
  if (rows->row_count() == 0) return std::optional<TargetTable>();
  TargetTable table;
  table.name = name;
  for (std::size_t i = 0; i < rows->row_count(); ++i)
    table.columns.push_back(column_of(rows->row(i)));
  if (auto added = add_definitions(connection, table); !added) return std::move(added).error();
  auto parts = connection.query(
      "SELECT INDEX_NAME, COLUMN_NAME, SUB_PART FROM information_schema.STATISTICS" + where +
      " AND NON_UNIQUE = 0 ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX");
  if (!parts) return std::move(parts).error();
  std::string open_index;
  bool usable = false;
  for (std::size_t i = 0; i < parts->row_count(); ++i) {
    add_index_part(table, parts->row(i), open_index, usable);
  }
  const auto& indexes = table.unique_indexes;
  if (!indexes.empty() && indexes.front().name == "PRIMARY") table.primary_key = "PRIMARY";
  std::erase_if(table.keys, [](const auto& key) { return key.empty(); });
  return std::optional<TargetTable>(std::move(table));
}

}  // namespace tailrace::mysql
