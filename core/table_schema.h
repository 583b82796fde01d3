#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "core/logical_type.h"
#include "core/result.h"

namespace tailrace {

// A table's name at the source: MySQL database or PostgreSQL schema, and table.
struct TableName {
  std::string schema;
  std::string table;
  std::string to_string() const { return schema + "." + table; }
  friend auto operator<=>(const TableName&, const TableName&) = default;
};

// Whose type names Column::native_type uses.
enum class SourceEngine : std::uint8_t { unknown = 0, mysql, postgresql };  // mysql: MariaDB too

struct Column {
  std::string name = {};
  LogicalType type = LogicalType::other;
  bool nullable = true;
  bool fixed_length = false;  // CHAR(n), BINARY(n)
  bool generated = false;     // computed by the source; never written where the target computes it
  std::uint32_t length =
      0;  // string: characters; bytes: octets; bit: bits; vector: elements; 0: none
  std::uint16_t precision = 0;   // decimal: digits, 0 = unlimited
  std::int16_t scale = 0;        // decimal: digits behind the point; temporal: fraction digits
  std::string native_type = {};  // as the source writes it: "mediumint unsigned", "integer[]"
  std::string charset = {};      // the source's character set name; empty for other than text
  std::vector<std::string> labels = {};  // enumeration and set, in definition order, UTF-8

  friend bool operator==(const Column&, const Column&) = default;
};

// The shape that a table had when a row was logged. Immutable once shared; every change carries the
// one it was decoded with. Two versions of a table are two objects.
struct TableSchema {
  TableName name;
  SourceEngine engine = SourceEngine::unknown;
  std::vector<Column> columns;
  std::vector<std::uint16_t> key;  // column indexes of the primary key in key order; empty: no key

  std::optional<std::uint16_t> find_column(std::string_view column_name) const;
  friend bool operator==(const TableSchema&, const TableSchema&) = default;
};

using SchemaPtr = std::shared_ptr<const TableSchema>;

// The form in which a block carries it (docs/block-format.md).
void encode(const TableSchema& schema, ByteWriter& out);
Result<TableSchema> decode_table_schema(Bytes bytes);

}  // namespace tailrace
