#pragma once

// What one column of a TABLE_MAP means, from what the event says and what the catalogue says.

#include <optional>
#include <string>

#include "extractors/mysql/table_map.h"

namespace tailrace::mysql {

// Everything that is needed beside the wire type to know a column's values.
struct ColumnFacts {
  bool is_unsigned = false;
  const Charset* charset = nullptr;  // text, enumeration and set; nullptr for other types
  std::vector<std::string> labels;   // UTF-8
};

bool has_charset(ColumnType type);  // text, bytes, enumeration and set
bool is_numeric(ColumnType type);

// The column as the wire type alone says: UUID is bytes(16) here, JSON of MariaDB is a string.
Result<Column> column_of(const TableMapColumn& wire, const ColumnFacts& facts);

// The name of the type as the wire says it: "int unsigned", "varchar(20)", "binary(16)".
std::string describe_type(const TableMapColumn& wire, const ColumnFacts& facts);

// Whether the catalogue's column can be the one that the event describes. facts: from the event as
// far as it has them, else from the catalogue.
bool agrees(const TableMapColumn& wire, const ColumnFacts& facts, const CatalogueColumn& hint);

// Takes from the catalogue what the wire does not tell: type text, generated, UUID, INET, JSON of
// MariaDB, VECTOR of MariaDB. Only for a hint that agrees.
void refine(const CatalogueColumn& hint, Column& column);

}  // namespace tailrace::mysql
