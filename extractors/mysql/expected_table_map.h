#pragma once

// The TABLE_MAP that a server would log for a table, from what the catalogue says: so that copied
// rows have the very schema, and go through the very column plans, of those in the log.

#include "extractors/mysql/catalogue_table.h"
#include "extractors/mysql/table_map.h"

namespace tailrace::mysql {

// Without names, like a log without metadata: everything else comes from the catalogue anyway.
// unsupported_protocol names a column whose type is not known.
Result<TableMap> expected_table_map(const CatalogueTable& table, bool mariadb);

// One table as rows are read from it: expected_table_map() and what to_table_schema() makes of it.
struct ExpectedTable {
  TableMap map;
  SchemaPtr schema;
};
Result<ExpectedTable> expect_table(const CatalogueTable& table, bool mariadb);

}  // namespace tailrace::mysql
