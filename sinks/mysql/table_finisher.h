#pragma once

#include "core/table_details.h"
#include "sinks/mysql/mysql_dialect.h"
#include "sinks/mysql/statement_sender.h"
#include "sinks/sink.h"
#include "sinks/sql/table_finish.h"

namespace tailrace::mysql {

// What was copied, and where its rows are.
struct CopiedTable {
  const TableSchema& schema;
  const TableDetails& details;
  const TableName& target;
};

// Gives a table what its source has beside rows (sinks/sql/table_finish.h): in one ALTER TABLE, so
// that all indexes are made in one pass. An AUTO_INCREMENT goes before, because it writes the whole
// table anew, and that is faster without indexes; an empty table gets it at no cost, see
// count_before_rows(). When the server refuses the one statement, its parts are tried one by one,
// and those that it refuses are warnings.
Result<Loader::Finished> finish_table(Connection& connection, const MySqlDialect& dialect,
                                      const CopiedTable& table, const Loader::Finish& finish);

// Of a table that has no rows yet: its AUTO_INCREMENT, where it can be had at once.
Status count_before_rows(Connection& connection, const MySqlDialect& dialect,
                         const CopiedTable& table);

sql::FinishRules finish_rules(const ServerVersion& version);

}  // namespace tailrace::mysql
