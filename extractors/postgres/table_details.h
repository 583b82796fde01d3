#pragma once

#include "clients/postgres/connection.h"
#include "core/result.h"
#include "core/table_details.h"
#include "extractors/postgres/copied_table.h"

namespace tailrace::postgres {

// Comments, defaults, identity, indexes and foreign keys of a table, as the catalogue has them now.
// The connection has value_session_settings(): constants are read as values of their columns are.
Result<TableDetails> read_table_details(Connection& connection, const CopiedTable& table);

}  // namespace tailrace::postgres
