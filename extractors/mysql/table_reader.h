#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include "extractors/mysql/dump_stream.h"
#include "extractors/mysql/exact_view.h"
#include "extractors/mysql/snapshot_session.h"
#include "extractors/snapshot/snapshot.h"

namespace tailrace::mysql {

// Opens the dump that proves an exact view (MySQL): a connection of its own.
using ConnectDump = std::function<Result<std::unique_ptr<DumpStream>>(const LogPosition& from)>;

struct TableReaderSettings {
  bool by_file = false;    // positions are file and offset
  bool has_gtids = false;  // gtid_mode=ON
  ConnectDump connect_dump;
  // Everything up to here is visible to whoever reads from now on.
  Position visible;
};

// Reads key ranges with one unbuffered SELECT each, in READ COMMITTED: each range is of its own
// moment. The transaction around it keeps the table's definition as it was found, as every reader
// does: whoever alters the table waits for the range. Tables without key are read whole, in a view
// that open_exact_view() found.
class MySqlTableReader final : public TableReader {
 public:
  MySqlTableReader(Connection connection, TableReaderSettings settings)
      : connection_(std::move(connection)), settings_(std::move(settings)) {}

  Result<RowsAsOf> read(const SnapshotTable& table, const KeyRange& range,
                        BlockBuilder& out) override;
  void interrupt() override;

 private:
  class ProvingDump;

  Result<RowsAsOf> read_range(const SnapshotTable& table, const KeyRange& range, BlockBuilder& out);
  Result<RowsAsOf> begin(const TableSchema& schema);
  Result<RowsAsOf> begin_exact(const TableSchema& schema);
  Result<TablePlan> take_hold(const TableSchema& schema);
  Result<std::uint64_t> read_rows(const TablePlan& plan, const SchemaPtr& schema,
                                  const KeyRange& range, BlockBuilder& out);
  Status append_row(const TablePlan& plan, const SchemaPtr& schema, Row row, BlockBuilder& out);
  Error value_error(const TablePlan& plan, std::size_t column, ReadOutcome outcome) const;
  Result<std::unique_ptr<EventStream>> open_dump(const LogPosition& from);

  Connection connection_;
  const TableReaderSettings settings_;
  TextValueReader values_;
  std::atomic<bool> interrupted_ = false;

  std::mutex mutex_;
  DumpStream* dump_ = nullptr;  // while an exact view is proven; guarded by mutex_
};

// Whether a view of the table's rows is possible at all: rows of engines without transactions are
// read while they change. source_settings names the table and the way out.
Status check_has_views(Connection& connection, const TableName& name);

}  // namespace tailrace::mysql
