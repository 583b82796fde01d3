#pragma once

#include <atomic>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "clients/sqlite/database.h"
#include "sinks/sink.h"
#include "sinks/sql/mapping_cache.h"
#include "sinks/sql/row_plan.h"
#include "sinks/sql/value_policy.h"
#include "sinks/sqlite/sqlite_dialect.h"

namespace tailrace::sqlite {

// One session with an SQLite file. A unit is one transaction that holds the write lock from its
// begin; rows go through prepared statements one by one, which is what SQLite is fast at, so errors
// always name the row. commit() is durable: rows and checkpoint (tailrace_checkpoint) together, and
// the file is synchronised.
class SqliteSink final : public Sink {
 public:
  SqliteSink(Database database, const SqliteDialect& dialect, const sql::ValuePolicy& values,
             const Lease& lease, std::optional<Checkpoint> checkpoint);

  const std::optional<Checkpoint>& checkpoint() const override { return checkpoint_; }
  Status begin() override;
  Status apply_net(const NetTable& rows) override;
  Status apply_ordered(const Change& change, const TableName& target) override;
  Status apply_schema_change(const SchemaChange& change,
                             std::span<const TableName> targets) override;
  bool needs_own_unit(SchemaChangeKind) const override { return false; }
  Result<Durability> commit(const Checkpoint& checkpoint) override;
  void rollback() override;
  void interrupt() override;

 private:
  Result<Statement*> statement(const std::string& sql);
  Status bind_one(const sql::TableMapping& mapping, const sql::MappedColumn& column, sql::Image row,
                  int parameter, Statement& statement);
  Status bind(const sql::TableMapping& mapping, std::span<const std::uint16_t> columns,
              sql::Image row, int first_parameter, Statement& statement);
  // Binds and runs one statement per row.
  Status run_rows(const sql::TableMapping& mapping, const std::string& sql,
                  std::span<const std::uint16_t> columns, std::span<const sql::Image> rows,
                  bool expect_all);
  Status run(const sql::TableMapping& mapping, Statement& statement, sql::Image row,
             bool expect_one);
  Status upsert(const sql::TableMapping& mapping, std::span<const sql::Image> rows);
  Status remove(const sql::TableMapping& mapping, std::span<const sql::Image> rows);
  Status update(const sql::TableMapping& mapping, std::span<const std::uint16_t> columns,
                std::span<const sql::Image> rows);
  Status apply_keyed(const sql::TableMapping& mapping, ChangeKind kind, sql::Image before,
                     sql::Image after);
  Status move_row(const sql::TableMapping& mapping, sql::Image before, sql::Image after);
  Status apply_keyless(const sql::TableMapping& mapping, ChangeKind kind, sql::Image before,
                       sql::Image after);
  Status truncate(const TableName& name, bool restart_identity);
  Status refuse_drop_schema(const TableName& name);
  Status store(const Checkpoint& checkpoint);

  Database database_;
  const SqliteDialect& dialect_;  // of the target, which outlives its sessions
  const sql::ValuePolicy& values_;
  const Lease lease_;
  std::optional<Checkpoint> checkpoint_;
  std::atomic<bool> interrupted_ = false;  // set by any thread

  sql::MappingCache mappings_;
  std::unordered_map<std::string, Statement> statements_;  // by their text
  std::vector<std::uint16_t> all_columns_;                 // scratch
  std::deque<std::string> converted_;                      // values that had to be converted
  std::vector<Value> before_;
  std::vector<Value> after_;
};

}  // namespace tailrace::sqlite
