#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "clients/postgres/connection.h"
#include "sinks/postgres/array_batch.h"
#include "sinks/postgres/origin.h"
#include "sinks/postgres/target_tables.h"
#include "sinks/sink.h"
#include "sinks/sql/left_out.h"
#include "sinks/sql/row_plan.h"
#include "sinks/sql/schema_follower.h"

namespace tailrace::postgres {

// One session with a PostgreSQL target. A unit is one pipeline: BEGIN, the batches, the checkpoint
// and COMMIT are sent without waiting, so the server works while the next batch is built, and a
// small unit costs one round trip. Hence an error may show at a later call than the one that caused
// it; its text names the table all the same, and in apply_ordered the row.
//
// commit() is durable: rows and checkpoint (tailrace.checkpoint) are in one transaction, with the
// server's own synchronous_commit.
class PostgresSink final : public Sink {
 public:
  // The connection is in pipeline mode; the lease has its epoch.
  PostgresSink(Connection connection, const PostgresDialect& dialect, const Lease& lease,
               std::optional<Checkpoint> checkpoint, Origin origin);

  const std::optional<Checkpoint>& checkpoint() const override { return checkpoint_; }
  Status begin() override;
  Status apply_net(const NetTable& rows) override;
  Status apply_ordered(const Change& change, const TableName& target) override;
  Status apply_schema_change(const SchemaChange& change,
                             std::span<const TableName> targets) override;
  Result<std::vector<LedgerEntry>> read_ledger() override;
  Status write_ledger(std::span<const LedgerEntry> entries) override;
  void set_converging(std::set<TableName> targets) override {
    follower_.set_converging(targets);
    converging_ = std::move(targets);
  }
  Status clear_table(const TableName& target) override;
  std::vector<TableName> take_followed_tables() override { return follower_.take_followed(); }
  bool needs_own_unit(SchemaChangeKind kind) const override {
    return follower_.waits_for_people(kind);
  }
  std::vector<StaleTable> take_stale_tables() override { return follower_.take_stale(); }
  void set_copies_again(bool on) override { follower_.set_copies_again(on); }
  void set_schema_policy(SchemaPolicy policy) {
    follower_.set_policy(policy);
    tables_.set_policy(policy);
  }
  std::vector<LeftOutColumns> take_left_out() override { return left_out_.take(); }
  Result<Durability> commit(const Checkpoint& checkpoint) override;
  void rollback() override;
  void interrupt() override;

  const Origin& origin() const { return origin_; }

 private:
  // Rows that a statement must find, because the source did not send all of them.
  enum class Expect {
    any_rows,
    every_row,
    moved_row,  // in a converging table: one that gets another key
  };
  // A statement whose answer has not been taken.
  struct Sent {
    std::string table;
    std::string row;                        // what it was about; empty: many rows, or none
    std::optional<std::uint64_t> expected;  // affected rows
    Expect expect = Expect::any_rows;
    SchemaPtr schema = nullptr;  // where rows are expected
  };

  Status send(const std::string& sql, std::span<const char* const> parameters, Sent sent);
  Status send_plain(const std::string& sql, std::string table = {});
  Status take_one();
  Status take_ready();
  Status take_all();
  Result<QueryResult> ask(const std::string& sql, std::span<const char* const> parameters);
  Error explain(Error error, const Sent& sent) const;

  Status send_rows(const sql::TableMapping& mapping, const std::string& sql,
                   std::span<const std::uint16_t> columns, std::span<const sql::Image> rows,
                   Expect expect, bool name_row);
  Status put_row(const sql::TableMapping& mapping, std::span<const std::uint16_t> columns,
                 sql::Image row);
  Status send_batch(const sql::TableMapping& mapping, const std::string& sql, Expect expect,
                    std::string row);
  Status remove_displaced(const sql::TableMapping& mapping, std::span<const sql::Image> rows);
  Status upsert(const sql::TableMapping& mapping, std::span<const sql::Image> rows, bool name_row);
  Status remove(const sql::TableMapping& mapping, std::span<const sql::Image> rows, bool name_row);

  Status apply_keyed(const sql::TableMapping& mapping, ChangeKind kind, sql::Image before,
                     sql::Image after);
  Status apply_update(const sql::TableMapping& mapping, sql::Image before, sql::Image after);
  Status move_row(const sql::TableMapping& mapping, sql::Image before, sql::Image after);
  Status apply_keyless(const sql::TableMapping& mapping, ChangeKind kind, sql::Image before,
                       sql::Image after);

  Result<std::vector<LedgerEntry>> read_all_entries();
  Status know_schemas();
  Status define(const std::string& sql, const TableName& target);
  Status follow(const SchemaPtr& schema, const TableName& target);
  Result<const sql::TableMapping*> find(const SchemaPtr& schema, const TableName& target);
  bool is_converging(const sql::TableMapping& mapping) const {
    return converging_.contains(mapping.target.name) || follower_.is_stale(mapping.target.name);
  }
  // Of partial updates that leave the key as it is.
  Expect expect_of(const sql::TableMapping& mapping) const {
    return is_converging(mapping) ? Expect::any_rows : Expect::every_row;
  }
  Status mark(const Checkpoint& checkpoint);
  Status truncate(std::span<const TableName> names, bool restart_identity);
  Result<std::vector<TableName>> ask_tables(const char* sql, const TableName& name, bool& exists);
  Status drop_table(const TableName& name);
  Status refuse_drop_schema(const TableName& name);

  Connection connection_;
  const Lease lease_;
  std::optional<Checkpoint> checkpoint_;
  Origin origin_;
  std::atomic<bool> interrupted_ = false;  // set by any thread

  TargetTables tables_;
  sql::SchemaFollower follower_;
  std::map<TableName, SchemaPtr> followed_;  // the version that each target was brought to last
  sql::LeftOut left_out_;
  std::set<TableName> converging_;
  std::unordered_map<std::string, std::string> prepared_;  // statement text -> name
  std::uint64_t prepared_count_ = 0;
  std::deque<Sent> sent_;
  std::uint64_t last_affected_ = 0;  // of the statement taken last
  bool begun_ = false;               // BEGIN has been sent
  ArrayBatch batch_;
  std::vector<std::uint16_t> all_columns_;  // scratch
  std::vector<Value> before_;               // scratch of apply_ordered
  std::vector<Value> after_;
};

}  // namespace tailrace::postgres
