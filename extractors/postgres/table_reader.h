#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "clients/postgres/connection.h"
#include "extractors/postgres/copied_table.h"
#include "extractors/postgres/interruption.h"
#include "extractors/postgres/lsn.h"
#include "extractors/postgres/row_writer.h"
#include "extractors/snapshot/snapshot.h"

namespace tailrace::postgres {

// The tables that a snapshot has described; its readers look them up. Any thread; all is guarded by
// mutex_.
class CopiedTables {
 public:
  void put(CopiedTablePtr table);
  // schema_mismatch when the table was not described, or is another now.
  Result<CopiedTablePtr> find(const TableSchema& schema) const;

 private:
  mutable std::mutex mutex_;
  std::map<TableName, CopiedTablePtr> tables_;
};

// Reads with COPY. Each range is a transaction of its own, which sees what the exported snapshot
// sees: a table is locked against ALTER TABLE for one range only.
class PostgresTableReader final : public TableReader {
 public:
  struct Moment {
    std::string snapshot;  // for SET TRANSACTION SNAPSHOT
    Position position;
  };
  // The connection has reading_session_settings() and is known to the interruption.
  PostgresTableReader(Connection connection, std::shared_ptr<Interruption> interruption,
                      std::shared_ptr<const CopiedTables> tables, Moment moment)
      : connection_(std::move(connection)),
        interruption_(std::move(interruption)),
        tables_(std::move(tables)),
        moment_(std::move(moment)) {}

  Result<RowsAsOf> read(const SnapshotTable& table, const KeyRange& range,
                        BlockBuilder& out) override;
  void interrupt() override { interruption_->interrupt(); }

 private:
  Result<std::uint64_t> read_range(const CopiedTable& table, const Relation& relation,
                                   const KeyRange& range, BlockBuilder& out);
  Status begin();
  Result<std::uint64_t> copy(const Relation& relation, BlockBuilder& out);
  Status check_not_rewritten(const PublishedRows& rows);

  Connection connection_;
  const std::shared_ptr<Interruption> interruption_;
  const std::shared_ptr<const CopiedTables> tables_;
  const Moment moment_;
  RowWriter writer_;
};

}  // namespace tailrace::postgres
