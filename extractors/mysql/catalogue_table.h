#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/table_schema.h"

namespace tailrace::mysql {

// One row of information_schema.COLUMNS, as far as decoding needs it.
struct CatalogueColumn {
  std::string name;         // COLUMN_NAME
  std::string data_type;    // DATA_TYPE: "varchar"
  std::string column_type;  // COLUMN_TYPE: "varchar(20)", "int(10) unsigned", "enum('a','b')"
  bool is_nullable = true;
  std::string charset;            // CHARACTER_SET_NAME; empty for other than text
  std::string collation;          // COLLATION_NAME; empty for other than text
  std::uint16_t key_ordinal = 0;  // place in the table's key, from 1; 0: not in it
  bool is_generated = false;      // EXTRA names VIRTUAL or STORED GENERATED (or PERSISTENT)
  bool is_json = false;  // MariaDB: a CHECK constraint holds json_valid of the column alone
};

// A table as the catalogue describes it now, columns by ORDINAL_POSITION. It may be newer than the
// events that are decoded with it: everything that TABLE_MAP says goes first.
struct CatalogueTable {
  TableName name;
  std::vector<CatalogueColumn> columns;
  // The index of the key: PRIMARY, or the unique index that the servers take for one where there is
  // none (its columns are not null, and whole). Empty: none, or one that statements cannot name.
  std::string key_index = {};

  const CatalogueColumn* find(std::string_view column) const;
};

}  // namespace tailrace::mysql
