#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/table_schema.h"

namespace tailrace::sql {

// What a table of the target has beside the shape of its rows, as its catalogue says. Read when the
// table is finished after its copy, so apart from TargetTable, which every mapping needs. Columns
// are indexes into TargetTable::columns.

struct TargetColumnDetails {
  bool has_default = false;     // of any kind; an identity or auto-increment is none
  bool auto_increment = false;  // identity, serial, AUTO_INCREMENT, SQLite's INTEGER PRIMARY KEY
  std::string comment = {};
};

struct TargetIndexColumn {
  std::uint16_t column = 0;
  std::uint32_t prefix_length = 0;  // MySQL: only so many characters (octets); 0: all of it
  bool descending = false;
  friend bool operator==(const TargetIndexColumn&, const TargetIndexColumn&) = default;
};

struct TargetIndex {
  std::string name = {};
  bool unique = false;
  std::vector<TargetIndexColumn> columns = {};  // without those of INCLUDE
  std::string method = {};                      // lower case; empty: btree
  // Columns say all of it: valid, without predicate, expression, or NULLS NOT DISTINCT.
  bool plain = true;
};

struct TargetForeignKey {
  std::string name = {};
  std::vector<std::uint16_t> columns = {};
  TableName referenced = {};
};

struct TargetDetails {
  std::string comment = {};
  std::vector<TargetColumnDetails> columns = {};  // one per TargetTable::columns, same order
  std::vector<TargetIndex> indexes = {};          // the primary key's as well
  std::vector<TargetForeignKey> foreign_keys = {};
  // Names that a new index, or foreign key, of this table cannot have, whatever the reason: those
  // of this table's, and of everything else that shares their name space (PostgreSQL and SQLite:
  // every table and index of the schema; MySQL: every foreign key of the database).
  std::set<std::string> taken_index_names = {};
  std::set<std::string> taken_foreign_key_names = {};
};

}  // namespace tailrace::sql
