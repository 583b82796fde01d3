#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/byte_writer.h"
#include "sinks/mysql/mysql_dialect.h"
#include "sinks/mysql/options.h"
#include "sinks/mysql/row_statements.h"
#include "sinks/mysql/row_values.h"
#include "sinks/mysql/statement_sender.h"
#include "sinks/mysql/target_tables.h"
#include "sinks/sink.h"

namespace tailrace::mysql {

// Fills tables of a MySQL or MariaDB target: by LOAD DATA LOCAL INFILE where the server allows it
// (local_infile), else by INSERT of many rows. The rows of each load() are with the server when it
// returns, so a call should bring many of them, and memory does not grow with the chunk.
//
// With LOCAL the server turns errors into warnings. So LOAD DATA is only the fast way: what it
// answers is either clean, or it is rolled back to a savepoint, and the same rows go by INSERT,
// which is strict. Where that fails they go one by one, so that the error names the row.
class MySqlLoader final : public Loader {
 public:
  // by_load_data: the server allows it.
  MySqlLoader(Connection connection, const TargetOptions& options, const Lease& lease,
              std::size_t max_packet_bytes, bool by_load_data);

  void expect(const TableDetails& details) override { expected_ = details; }
  Result<bool> prepare(const SchemaPtr& schema, const TableName& target) override;
  Status begin(const SchemaPtr& schema, const TableName& target, Mode mode) override;
  Status load(std::span<const NetRow> rows) override;
  Status commit(std::span<const LedgerEntry> entries) override;
  void rollback() override { sender_.rollback(); }
  Result<Finished> finish_table(const SchemaPtr& schema, const TableDetails& details,
                                const TableName& target, const Finish& finish) override;
  // Columns that the target lacks are left out by `ignore`; tables are made whatever it says.
  void set_schema_policy(SchemaPolicy policy) {
    tables_.set_policy(policy);
    tables_.always_create();
  }
  void interrupt() override { sender_.interrupt(); }

 private:
  using Images = std::span<const sql::Image>;

  // The lines of rows from the first one on, as many as one statement takes; 0: none can be loaded.
  Result<std::size_t> put_lines(Images rows);
  enum class Line { put, not_loadable };
  Result<Line> put_line(sql::Image row);
  Status load_lines(Images rows);
  Result<bool> is_clean(const QueryResult& answer, std::size_t rows);
  Status insert(Images rows);
  Status insert_at_once(Images rows, bool name_row);
  Status to_savepoint();
  Status look_at_lease();

  const Lease lease_;
  const TargetOptions& options_;  // of the target, which outlives its loaders
  const MySqlDialect dialect_;
  StatementSender sender_;
  TargetTables tables_;
  RowStatements rows_;
  const RowValues fields_;
  bool by_load_data_;
  std::optional<TableDetails> expected_;  // of the table that is prepared next

  // Of the chunk.
  const sql::TableMapping* mapping_ = nullptr;
  Mode mode_ = Mode::append;
  std::string load_statement_;
  ByteWriter lines_;
  std::vector<sql::Image> images_;  // scratch of load
};

}  // namespace tailrace::mysql
