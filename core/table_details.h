#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/table_schema.h"

namespace tailrace {

// What a column holds when an INSERT does not name it.
struct ColumnDefault {
  enum class Kind : std::uint8_t {
    literal,  // `text` is the value in the canonical form of the column's type
    // The moment of the statement, with the column's fraction digits. `text`, when it is not empty,
    // is the very one, as for an expression.
    current_timestamp,
    expression,  // `text` is in the source's own language; only its own kind can have it
  };
  Kind kind = Kind::literal;
  std::string text = {};
  friend bool operator==(const ColumnDefault&, const ColumnDefault&) = default;
};

// What a column has beside its type. Nothing of it is needed to store rows.
struct ColumnDetails {
  std::optional<ColumnDefault> default_value = {};  // nothing: NULL, or none
  bool auto_increment = false;                      // AUTO_INCREMENT, identity, serial
  bool on_update_now = false;                       // MySQL: ON UPDATE CURRENT_TIMESTAMP
  std::string comment = {};
  friend bool operator==(const ColumnDetails&, const ColumnDetails&) = default;
};

struct IndexColumn {
  std::uint16_t column = 0;         // of TableSchema::columns
  std::uint32_t prefix_length = 0;  // MySQL: only so many characters (octets); 0: all of it
  bool descending = false;
  friend bool operator==(const IndexColumn&, const IndexColumn&) = default;
};

// A secondary index. The primary key is TableSchema::key.
struct IndexDetails {
  std::string name = {};
  bool unique = false;
  std::vector<IndexColumn> columns = {};
  std::string method = {};  // "btree", "hash", "gin", "fulltext", "spatial"
  // What columns alone do not say: "partial", "expression", "nulls not distinct". Not empty: such
  // an index goes to a target of the same kind only, by its definition.
  std::string special = {};
  std::string definition = {};  // the source's own statement, where it has one
  friend bool operator==(const IndexDetails&, const IndexDetails&) = default;
};

struct ForeignKeyDetails {
  std::string name = {};
  std::vector<std::uint16_t> columns = {};  // of TableSchema::columns
  TableName referenced = {};
  std::vector<std::string> referenced_columns = {};
  std::string on_delete = {};  // "CASCADE", "SET NULL", "RESTRICT", "NO ACTION", "SET DEFAULT"
  std::string on_update = {};
  friend bool operator==(const ForeignKeyDetails&, const ForeignKeyDetails&) = default;
};

// Everything of a table but the shape of its rows, as the source's catalogue has it now.
struct TableDetails {
  std::string comment = {};
  std::vector<ColumnDetails> columns = {};  // one per TableSchema::columns, same order
  std::vector<IndexDetails> indexes = {};
  std::vector<ForeignKeyDetails> foreign_keys = {};
  // Where the counter of an auto-increment column stands: the next value; 0: unknown or none.
  std::uint64_t next_auto_value = 0;
  friend bool operator==(const TableDetails&, const TableDetails&) = default;
};

}  // namespace tailrace
