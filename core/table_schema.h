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

// What rows hold in a column that was added after them.
struct ColumnFill {
  enum class Kind : std::uint8_t {
    unknown = 0,  // each row its own, or something that the statement does not tell
    null = 1,
    value = 2,      // `text`, in the words of the statement: digits, or the text between quotes
    zero = 3,       // NOT NULL without a default: what the type has for nothing (0, empty)
    canonical = 4,  // `text`, in the canonical form of the column's type
  };
  Kind kind = Kind::unknown;
  std::string text = {};
  friend bool operator==(const ColumnFill&, const ColumnFill&) = default;
};

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
  // Of sources that announce no changes (PostgreSQL); see TableTraits.
  std::uint32_t identity = 0;  // the same column, whatever its name (attnum); 0: not certain
  std::uint32_t edition = 0;   // another one: the definition was written anew; 0: not certain
  ColumnFill fill = {};        // of rows that are older than the column, if no row was rewritten

  friend bool operator==(const Column&, const Column&) = default;
};

// What a source that announces no changes says instead, so that two versions of a table can be
// compared. Of the moment of the row, or empty: something later never stands here, but for
// `storage` when that is marked so. Neither an identity nor a storage mark is ever given twice.
struct TableTraits {
  std::uint32_t identity = 0;       // the same table, whatever its name (oid); 0: not known
  std::uint32_t last_identity = 0;  // no column had a greater one up to now; 0: not certain
  bool partial = false;             // some columns are not sent: one that is missing may live on
  std::string storage = {};         // another one: rows may have been rewritten; empty: not known
  bool storage_later = false;       // the mark may be of a moment behind the row
  friend bool operator==(const TableTraits&, const TableTraits&) = default;
};

// The shape that a table had when a row was logged. Immutable once shared; every change carries the
// one it was decoded with. Two versions of a table are two objects.
struct TableSchema {
  TableName name;
  SourceEngine engine = SourceEngine::unknown;
  std::vector<Column> columns;
  std::vector<std::uint16_t> key;  // column indexes of the primary key in key order; empty: no key
  TableTraits traits = {};

  std::optional<std::uint16_t> find_column(std::string_view column_name) const;
  friend bool operator==(const TableSchema&, const TableSchema&) = default;
};

using SchemaPtr = std::shared_ptr<const TableSchema>;

// The form in which a block carries it (docs/block-format.md).
void encode(const TableSchema& schema, ByteWriter& out);
Result<TableSchema> decode_table_schema(Bytes bytes);

}  // namespace tailrace
