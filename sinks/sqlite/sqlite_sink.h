#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "clients/sqlite/database.h"
#include "sinks/sink.h"
#include "sinks/sql/left_out.h"
#include "sinks/sql/mapping_cache.h"
#include "sinks/sql/row_plan.h"
#include "sinks/sql/schema_follower.h"
#include "sinks/sql/value_policy.h"
#include "sinks/sqlite/row_writer.h"
#include "sinks/sqlite/sqlite_dialect.h"

namespace tailrace::sqlite {

// One session with an SQLite file. A unit is one transaction that holds the write lock from its
// begin. commit() is durable: rows, ledger (tailrace_ledger) and checkpoint (tailrace_checkpoint)
// together, and the file is synchronised.
class SqliteSink final : public Sink {
 public:
  SqliteSink(Database database, const SqliteDialect& dialect, const sql::ValuePolicy& values,
             const Lease& lease, std::optional<Checkpoint> checkpoint);

  const std::optional<Checkpoint>& checkpoint() const override { return checkpoint_; }
  Result<std::vector<LedgerEntry>> read_ledger() override;
  Status write_ledger(std::span<const LedgerEntry> entries) override;
  void set_converging(std::set<TableName> targets) override {
    follower_.set_converging(targets);
    converging_ = std::move(targets);
  }
  std::vector<TableName> take_followed_tables() override { return follower_.take_followed(); }
  std::vector<StaleTable> take_stale_tables() override { return follower_.take_stale(); }
  void set_copies_again(bool on) override { follower_.set_copies_again(on); }
  void set_schema_policy(SchemaPolicy policy) {
    follower_.set_policy(policy);
    mappings_.set_policy(policy);
  }
  std::vector<LeftOutColumns> take_left_out() override { return left_out_.take(); }
  Status clear_table(const TableName& target) override;
  Status begin() override { return writer_.begin(); }
  Status apply_net(const NetTable& rows) override;
  Status apply_ordered(const Change& change, const TableName& target) override;
  Status apply_schema_change(const SchemaChange& change,
                             std::span<const TableName> targets) override;
  bool needs_own_unit(SchemaChangeKind kind) const override {
    return follower_.waits_for_people(kind);
  }
  Result<Durability> commit(const Checkpoint& checkpoint) override;
  void rollback() override;
  void interrupt() override { writer_.interrupt(); }

 private:
  // Binds and runs one statement per row. expect_all: each row must be there.
  Status run_rows(const sql::TableMapping& mapping, const std::string& sql,
                  std::span<const std::uint16_t> columns, std::span<const sql::Image> rows,
                  bool expect_all);
  bool is_converging(const sql::TableMapping& mapping) const;
  Error absent_row(const sql::TableMapping& mapping, sql::Image row, Error error) const;
  Status upsert(const sql::TableMapping& mapping, std::span<const sql::Image> rows);
  Status remove(const sql::TableMapping& mapping, std::span<const sql::Image> rows);
  Status update(const sql::TableMapping& mapping, std::span<const std::uint16_t> columns,
                std::span<const sql::Image> rows);
  Status apply_keyed(const sql::TableMapping& mapping, ChangeKind kind, sql::Image before,
                     sql::Image after);
  Status move_row(const sql::TableMapping& mapping, sql::Image before, sql::Image after);
  Status apply_keyless(const sql::TableMapping& mapping, ChangeKind kind, sql::Image before,
                       sql::Image after);
  Result<std::vector<LedgerEntry>> read_all_entries();
  Status know_schemas();
  // Part of the unit: it goes with its rollback.
  Status define(const std::string& sql, const TableName& target);
  Result<bool> finds_row(const std::string& sql);
  Result<const sql::TableMapping*> find(const SchemaPtr& schema, const TableName& target);
  Status truncate(const TableName& name, bool restart_identity);
  Status refuse_drop_schema(const TableName& name);
  Status store(const Checkpoint& checkpoint);

  Database database_;
  const SqliteDialect& dialect_;  // of the target, which outlives its sessions
  const sql::ValuePolicy& values_;
  const Lease lease_;
  std::optional<Checkpoint> checkpoint_;
  RowWriter writer_;
  std::set<TableName> converging_;

  sql::MappingCache mappings_;
  sql::SchemaFollower follower_;
  std::map<TableName, SchemaPtr> followed_;  // the version that each target was brought to last
  sql::LeftOut left_out_;
  std::vector<Value> before_;
  std::vector<Value> after_;
};

}  // namespace tailrace::sqlite
