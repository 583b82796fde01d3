#pragma once

#include <atomic>
#include <cstddef>
#include <string>

#include "clients/postgres/connection.h"
#include "sinks/postgres/copy_batch.h"
#include "sinks/postgres/target_tables.h"
#include "sinks/sink.h"

namespace tailrace::postgres {

// One connection that fills tables by COPY. A chunk is a transaction; its rows go in batches, each
// a COPY behind a savepoint, sent while it is being filled. When the server refuses a batch, halves
// of it are tried until the row is known: what COPY's own messages say depends on the server's
// language, and for some errors names another line.
//
// Rows to be upserted, and columns that COPY would read by the rules of a locale (money), are
// copied into a temporary table first.
//
// commit() makes sure in the same transaction that the lease is still the sink's, in a way that
// whoever takes the sink over waits for it.
class PostgresLoader final : public Loader {
 public:
  PostgresLoader(Connection connection, const PostgresDialect& dialect, const Lease& lease)
      : connection_(std::move(connection)), lease_(lease), tables_(connection_, dialect) {}

  Result<bool> prepare(const SchemaPtr& schema, const TableName& target) override;
  Status begin(const SchemaPtr& schema, const TableName& target, Mode mode) override;
  Status load(std::span<const NetRow> rows) override;
  Status commit(std::span<const LedgerEntry> entries) override;
  void rollback() override;
  Status finish_rows(const SchemaPtr& schema, const TableName& target) override;
  Result<Finished> finish_table(const SchemaPtr& schema, const TableDetails& details,
                                const TableName& target, const Finish& finish) override;
  // Columns that the target lacks are left out by `ignore`; tables are made whatever it says.
  void set_schema_policy(SchemaPolicy policy) {
    tables_.set_policy(policy);
    tables_.always_create();
  }
  void interrupt() override;

 private:
  Error explain(Error error) const;  // of the present chunk
  Status run(const std::string& sql);

  Status start_batch();
  Status send_more(std::size_t least_bytes);
  Status finish_batch();
  Status copy_rows(std::size_t first, std::size_t end);
  Status put(std::string_view lines);
  Status end_copy();
  Error find_refused_row(Error error);

  Connection connection_;
  const Lease lease_;
  TargetTables tables_;
  std::atomic<bool> interrupted_ = false;  // set by any thread

  // The present chunk.
  const sql::TableMapping* mapping_ = nullptr;
  std::string copy_sql_;
  std::string unstage_sql_;  // empty: rows go into the table itself
  bool begun_ = false;       // the server has a transaction
  bool copying_ = false;     // between the start and the end of a COPY
  CopyBatch batch_;
  std::size_t sent_bytes_ = 0;  // of the batch
};

}  // namespace tailrace::postgres
