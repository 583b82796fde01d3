#pragma once

#include "clients/postgres/connection.h"
#include "sinks/postgres/postgres_dialect.h"
#include "sinks/sink.h"
#include "sinks/sql/table_mapping.h"

namespace tailrace::postgres {

// Loader::finish_table() of a table that rows go into by this mapping. Every statement is a
// transaction of its own, and plans are made from the catalogue, so it may be ended anywhere and
// done again. A statement that the server refuses becomes a warning that holds it; what may pass
// by itself (a lock, the connection, a full disk) is an error.
Result<Loader::Finished> finish_table(Connection& connection, const PostgresDialect& dialect,
                                      const sql::TableMapping& mapping, const TableDetails& details,
                                      const Loader::Finish& finish);

}  // namespace tailrace::postgres
