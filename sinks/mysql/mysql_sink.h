#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "clients/mysql/connection.h"
#include "sinks/mysql/mysql_dialect.h"
#include "sinks/mysql/options.h"
#include "sinks/mysql/row_statements.h"
#include "sinks/mysql/statement_sender.h"
#include "sinks/mysql/target_tables.h"
#include "sinks/sink.h"
#include "sinks/sql/left_out.h"
#include "sinks/sql/row_plan.h"
#include "sinks/sql/schema_follower.h"

namespace tailrace::mysql {

// One session with a MySQL or MariaDB target. Statements are text, gathered in one buffer and sent
// together: a small unit costs two round trips, its rows with the checkpoint, and COMMIT
// (statement_sender.h). How rows get in: row_statements.h.
//
// commit() is durable: rows, checkpoint (tailrace.checkpoint) and notes (tailrace.ledger) are in
// one transaction.
class MySqlSink final : public Sink {
 public:
  // The lease has its epoch.
  MySqlSink(Connection connection, const TargetOptions& options, const Lease& lease,
            std::optional<Checkpoint> checkpoint, std::size_t max_packet_bytes);

  const std::optional<Checkpoint>& checkpoint() const override { return checkpoint_; }
  Result<std::vector<LedgerEntry>> read_ledger() override;
  Status write_ledger(std::span<const LedgerEntry> entries) override;
  void set_converging(std::set<TableName> targets) override {
    follower_.set_converging(targets);
    converging_ = std::move(targets);
  }
  Status clear_table(const TableName& target) override;
  Status begin() override;
  Status apply_net(const NetTable& rows) override;
  Status apply_ordered(const Change& change, const TableName& target) override;
  Status apply_schema_change(const SchemaChange& change,
                             std::span<const TableName> targets) override;
  // DDL commits.
  bool needs_own_unit(SchemaChangeKind kind) const override {
    return kind == SchemaChangeKind::drop_table || kind == SchemaChangeKind::alter_table ||
           kind == SchemaChangeKind::rename_table || kind == SchemaChangeKind::swap_table;
  }
  std::vector<TableName> take_followed_tables() override { return follower_.take_followed(); }
  std::vector<StaleTable> take_stale_tables() override { return follower_.take_stale(); }
  void set_copies_again(bool on) override { follower_.set_copies_again(on); }
  void set_schema_policy(SchemaPolicy policy) {
    follower_.set_policy(policy);
    tables_.set_policy(policy);
  }
  std::vector<LeftOutColumns> take_left_out() override { return left_out_.take(); }
  Result<Durability> commit(const Checkpoint& checkpoint) override;
  void rollback() override;
  void interrupt() override { sender_.interrupt(); }

 private:
  Status apply_keyed(const sql::TableMapping& mapping, ChangeKind kind, sql::Image before,
                     sql::Image after);
  bool is_converging(const TableName& target) const {
    return converging_.contains(target) || follower_.is_stale(target);
  }
  Result<std::vector<LedgerEntry>> read_all_entries();
  Status know_schemas();
  Status check_lease();
  Status define(const std::string& sql, const TableName& target);
  Status remember(const LedgerEntry& entry);
  Result<const sql::TableMapping*> find(const SchemaPtr& schema, const TableName& target);
  Result<bool> finds_row(const std::string& sql);
  Status truncate(const TableName& name);
  Status drop_table(const TableName& name);
  Status refuse_drop_schema(const TableName& name);

  const TargetOptions& options_;  // of the target, which outlives its sessions
  const Lease lease_;
  std::optional<Checkpoint> checkpoint_;
  std::set<TableName> converging_;
  const MySqlDialect dialect_;
  StatementSender sender_;
  TargetTables tables_;
  sql::SchemaFollower follower_;
  std::map<TableName, SchemaPtr> followed_;  // the version that each target was brought to last
  sql::LeftOut left_out_;
  RowStatements rows_;
  std::vector<Value> before_;  // scratch of apply_ordered
  std::vector<Value> after_;
};

}  // namespace tailrace::mysql
