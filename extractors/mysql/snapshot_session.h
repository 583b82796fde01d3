#pragma once

#include <stop_token>

#include "clients/mysql/connection.h"
#include "extractors/mysql/catalogue.h"
#include "extractors/mysql/expected_table_map.h"
#include "extractors/mysql/text_column.h"

namespace tailrace::mysql {

// A connection that only reads, set up as text_column.h wants it, and so that neither a slow target
// nor a long statement ends it. A table that is locked against readers is waited for a few seconds
// (`busy`).
Result<Connection> connect_for_snapshot(ConnectionOptions options, std::stop_token stop = {});

// A table as its rows are read: names, and how each column is selected and read.
struct TablePlan {
  CatalogueTable catalogue;
  SchemaPtr schema;
  std::vector<TextColumn> columns;
};

// From information_schema as it is now; nothing when there is no such table, or none that we see.
Result<std::optional<TablePlan>> plan_table(Connection& connection, const TableName& name);

// A refused SELECT with the grant that is missing; every other error as it is.
Error with_select_hint(Error error, const TableName& name);

}  // namespace tailrace::mysql
