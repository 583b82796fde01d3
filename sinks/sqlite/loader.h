#pragma once

#include <functional>
#include <string>

#include "clients/sqlite/database.h"
#include "sinks/sink.h"
#include "sinks/sql/mapping_cache.h"
#include "sinks/sql/table_finish.h"
#include "sinks/sql/value_policy.h"
#include "sinks/sqlite/row_writer.h"
#include "sinks/sqlite/sqlite_dialect.h"

namespace tailrace::sqlite {

// Fills tables of a file over a connection of its own, one prepared INSERT per row, a transaction
// per chunk. The file has one writer: while a chunk is open the sink's own session waits, and the
// other way round.
class SqliteLoader final : public Loader {
 public:
  SqliteLoader(Database database, const SqliteDialect& dialect, const sql::ValuePolicy& values,
               const Lease& lease);

  Result<bool> prepare(const SchemaPtr& schema, const TableName& target) override;
  Status begin(const SchemaPtr& schema, const TableName& target, Mode mode) override;
  Status load(std::span<const NetRow> rows) override;
  Status commit(std::span<const LedgerEntry> entries) override;
  void rollback() override;
  // Indexes. What SQLite takes only with CREATE TABLE (defaults, foreign keys), and comments, are
  // left out with a warning.
  Result<Finished> finish_table(const SchemaPtr& schema, const TableDetails& details,
                                const TableName& target, const Finish& finish) override;
  // Columns that the target lacks are left out by `ignore`; tables are made whatever it says.
  void set_schema_policy(SchemaPolicy policy) {
    mappings_.set_policy(policy);
    mappings_.always_create();
  }
  void interrupt() override { writer_.interrupt(); }

 private:
  // Runs what makes or looks at tables in a transaction of its own, which may wait.
  Status in_transaction(const std::function<Status()>& work);
  Status check_lease();
  Status take_away(const sql::FinishedTable& table, Given& given);

  Database database_;
  const SqliteDialect& dialect_;  // of the target, which outlives its sessions
  const Lease lease_;
  RowWriter writer_;
  sql::MappingCache mappings_;
  // Of the open chunk.
  const sql::TableMapping* mapping_ = nullptr;
  std::string insert_;
};

}  // namespace tailrace::sqlite
