#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "clients/mysql/connection.h"
#include "sinks/mysql/mysql_dialect.h"
#include "sinks/mysql/options.h"
#include "sinks/mysql/statement_batch.h"
#include "sinks/mysql/write_value.h"
#include "sinks/sink.h"
#include "sinks/sql/mapping_cache.h"
#include "sinks/sql/row_plan.h"

namespace tailrace::mysql {

// One session with a MySQL or MariaDB target. Statements are text, gathered in one buffer and sent
// together: a small unit costs two round trips, its rows with the checkpoint, and COMMIT. Hence an
// error may show at a later call than the one that caused it; its text names the table all the
// same, and in apply_ordered the row.
//
// How rows get in depends on the target table: INSERT ... ON DUPLICATE KEY UPDATE fires on *any*
// unique index and would then overwrite the wrong row. So it is used only for tables without a
// second one; others have their rows deleted by key and inserted, or, where columns of the target's
// own would be lost that way, updated and inserted if absent, one by one.
//
// commit() is durable: rows and checkpoint (tailrace.checkpoint) are in one transaction.
class MySqlSink final : public Sink {
 public:
  // The lease has its epoch.
  MySqlSink(Connection connection, const TargetOptions& options, const Lease& lease,
            std::optional<Checkpoint> checkpoint, std::size_t max_packet_bytes);

  const std::optional<Checkpoint>& checkpoint() const override { return checkpoint_; }
  Status begin() override;
  Status apply_net(const NetTable& rows) override;
  Status apply_ordered(const Change& change, const TableName& target) override;
  Status apply_schema_change(const SchemaChange& change,
                             std::span<const TableName> targets) override;
  // DDL commits.
  bool needs_own_unit(SchemaChangeKind kind) const override {
    return kind == SchemaChangeKind::drop_table;
  }
  Result<Durability> commit(const Checkpoint& checkpoint) override;
  void rollback() override;
  void interrupt() override;

 private:
  Error explain(Error error, const StatementBatch::Sent& sent) const;
  Status flush();
  Status check_answers(const std::vector<QueryResult>& answers);
  Status flush_if_large();
  // Makes room before a row that is large by itself.
  Status make_room(const sql::TableMapping& mapping, sql::Image row);

  Status put_value(const sql::TableMapping& mapping, std::uint16_t column, sql::Image row,
                   ByteWriter& out);
  // "(1,'a')"
  Status put_tuple(const sql::TableMapping& mapping, std::span<const std::uint16_t> columns,
                   sql::Image row, ByteWriter& out);
  // "`a`=1,`b`='x'", or with " AND " for conditions
  Status put_pairs(const sql::TableMapping& mapping, std::span<const std::uint16_t> columns,
                   sql::Image row, std::string_view separator, ByteWriter& out);
  // head (1,'a'),(2,'b') tail, in as many statements as it takes
  Status send_tuples(const sql::TableMapping& mapping, const std::string& head,
                     const std::string& tail, std::span<const std::uint16_t> columns,
                     std::span<const sql::Image> rows, bool name_row);
  std::string insert_head(const sql::TableMapping& mapping) const;
  std::string update_on_duplicate(const sql::TableMapping& mapping) const;
  std::string name_of(const sql::TableMapping& mapping, std::uint16_t column) const;

  Status upsert(const sql::TableMapping& mapping, std::span<const sql::Image> rows, bool name_row);
  Status remove(const sql::TableMapping& mapping, std::span<const sql::Image> rows, bool name_row);
  Status update(const sql::TableMapping& mapping, std::span<const std::uint16_t> columns,
                sql::Image key, sql::Image row, bool must_exist, bool name_row);
  Status insert_if_absent(const sql::TableMapping& mapping, sql::Image row);
  Status apply_keyed(const sql::TableMapping& mapping, ChangeKind kind, sql::Image before,
                     sql::Image after);
  Status move_row(const sql::TableMapping& mapping, sql::Image before, sql::Image after);
  Status apply_keyless(const sql::TableMapping& mapping, ChangeKind kind, sql::Image before,
                       sql::Image after);
  Status put_exact_match(const sql::TableMapping& mapping, sql::Image row, ByteWriter& out);

  Result<std::optional<sql::TargetTable>> load(const TableName& name);
  Status create(const TableSchema& schema, const TableName& name);
  Status truncate(const TableName& name);
  Status drop_table(const TableName& name);
  Status refuse_drop_schema(const TableName& name);

  Connection connection_;
  const TargetOptions& options_;  // of the target, which outlives its sessions
  const MySqlDialect dialect_;
  const Lease lease_;
  std::optional<Checkpoint> checkpoint_;
  const std::size_t max_packet_bytes_;
  const std::size_t batch_bytes_;
  std::atomic<bool> interrupted_ = false;  // set by any thread

  Literals literals_;
  sql::MappingCache mappings_;
  StatementBatch batch_;
  std::vector<Value> before_;  // scratch of apply_ordered
  std::vector<Value> after_;
};

}  // namespace tailrace::mysql
