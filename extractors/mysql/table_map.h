#pragma once

// TABLE_MAP (19): names a table and the types of its columns for the rows events that follow.
// MySQL 5.1 to 9.x and MariaDB; optional metadata from MySQL 8.0.1 and MariaDB 10.5. Follows
// mysql-server libs/mysql/binlog/event/rows_event.h (class Table_map_event).
//
//   u48 table_id | u16 flags | u8 length, schema, 0 | u8 length, table, 0 | lenenc columns |
//   u8 type per column | lenenc length, type metadata | null bitmap | optional metadata:
//   (u8 type | lenenc length | value) to the end

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extractors/mysql/catalogue_table.h"
#include "extractors/mysql/charset.h"
#include "extractors/mysql/column_type.h"
#include "extractors/mysql/event.h"

namespace tailrace::mysql {

constexpr std::uint64_t kDummyTableId = 0xFFFFFF;  // rows event that only ends a statement

// The part of a TABLE_MAP that tells whether it is captured, and whether it was seen before.
struct TableMapView {
  std::uint64_t table_id = 0;
  std::uint16_t flags = 0;
  std::string_view schema;
  std::string_view table;
  Bytes definition;  // everything behind the flags: equal bytes, equal table
};
Result<TableMapView> peek_table_map(const EventView& event);

struct TableMapColumn {
  ColumnType type{};  // the real type: what hides inside STRING is resolved
  // varchar, string, compressed: most bytes; blob, json, geometry, vector: size of the length
  // prefix; enumeration, set: bytes of the value; bit: bits; temporal: fraction digits; float,
  // double: size
  std::uint32_t size = 0;
  std::uint8_t precision = 0;  // newdecimal
  std::uint8_t scale = 0;      //   "
  bool nullable = true;
  bool visible = true;                     // COLUMN_VISIBILITY; true when not sent
  std::optional<bool> is_unsigned;         // numeric types, when sent
  std::optional<std::uint32_t> collation;  // character, enumeration and set types, when sent
  std::optional<std::uint32_t> geometry_type;
  std::uint32_t vector_dimensions = 0;  // 0: not sent
  std::string name;                     // empty: not sent
  std::vector<std::string> labels;      // enumeration, set: in the column's character set
};

struct TableMap {
  std::uint64_t table_id = 0;
  std::uint16_t flags = 0;
  TableName name;
  std::vector<TableMapColumn> columns;
  bool has_names = false;          // binlog_row_metadata=FULL
  std::vector<std::uint16_t> key;  // of the primary key, when sent; prefixes count as whole columns
};
// MariaDB counts GEOMETRY among the character columns: the log says who wrote it.
Result<TableMap> decode_table_map(const EventView& event, const FormatDescription& log);

// What the values mean. With names in the event (FULL metadata) the event alone decides, and hints
// only refine what it cannot say (UUID, INET6, generated columns, native type text), column by
// column where they agree. Without names everything comes from hints and is checked against the
// event; schema_mismatch names the table and the column that differs.
Result<SchemaPtr> to_table_schema(const TableMap& map, const CharsetTable& charsets,
                                  const CatalogueTable* hints);

}  // namespace tailrace::mysql
