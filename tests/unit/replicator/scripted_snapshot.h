#pragma once

// Reading the tables of a script; part of scripted_source.h.

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "scripted_source.h"

namespace tailrace::testing {

// Rows of a table by key, as they were after that many transactions.
inline std::vector<std::pair<std::string, std::string>> scripted_rows(const ScriptedState& state,
                                                                      const std::string& table) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& [key, value] : state.only(table).rows) {
    rows.emplace_back(table == "t" ? key : key.substr(table.size() + 1), value);
  }
  for (const std::string& row : table == "bag" ? state.bag : std::multiset<std::string>()) {
    rows.emplace_back(row.substr(0, row.find('=')), row.substr(row.find('=') + 1));
  }
  return rows;
}

// Sees one moment, or that of each read; a table without key is exact in either case.
class ScriptedReader : public TableReader {
 public:
  ScriptedReader(std::shared_ptr<ScriptedSource::Script> script, std::size_t moment)
      : script_(std::move(script)), moment_(moment) {}

  Result<RowsAsOf> read(const SnapshotTable& table, const KeyRange& range,
                        BlockBuilder& out) override {
    if (auto called = script_->faults->call(&interrupted_); !called) {
      return std::move(called).error();
    }
    if (script_->before_read) script_->before_read();
    const bool exact = script_->exact || table.schema->key.empty();
    std::size_t moment = moment_;
    ScriptedState state;
    {
      const std::scoped_lock lock(script_->mutex);
      ++script_->reads;
      if (!script_->exact) moment = script_->transactions.size();
      state = script_->state_locked(moment);
      if (table.schema->columns.size() != static_cast<std::size_t>(script_->columns)) {
        return Error(ErrorKind::schema_mismatch, "the table has other columns now");
      }
    }
    RowsAsOf answer{Position{std::to_string(moment)}, exact, 0};
    for (const auto& [key, value] : scripted_rows(state, table.schema->name.table)) {
      if (!range.after.empty() && key <= range.after) continue;
      if (!range.upto.empty() && key > range.upto) continue;
      if (auto written = write(table.schema, key, value, out); !written) {
        return std::move(written).error();
      }
      ++answer.rows;
    }
    return answer;
  }
  void interrupt() override { interrupted_ = true; }

 private:
  Status write(const SchemaPtr& schema, const std::string& key, const std::string& value,
               BlockBuilder& out) {
    out.start_change(ChangeKind::insert, schema);
    out.skip_image();
    out.start_image();
    out.put(key);
    out.put(value);
    for (std::size_t i = 2; i < schema->columns.size(); ++i) out.put_null();
    out.end_image();
    return out.end_change();
  }

  std::shared_ptr<ScriptedSource::Script> script_;
  std::size_t moment_;
  std::atomic<bool> interrupted_ = false;
};

class ScriptedSnapshot : public Snapshot {
 public:
  ScriptedSnapshot(std::shared_ptr<ScriptedSource::Script> script, std::size_t moment)
      : script_(std::move(script)), moment_(moment) {}

  Result<std::vector<SnapshotTable>> tables() override {
    if (auto called = script_->faults->call(&interrupted_); !called) {
      return std::move(called).error();
    }
    const ScriptedState state = script_->state(moment_);
    const std::scoped_lock lock(script_->mutex);
    std::vector<SnapshotTable> tables;
    for (const std::string& name : script_->tables) {
      SnapshotTable table;
      TableSchema schema = *ScriptedSource::schema_of(name);
      while (schema.columns.size() < static_cast<std::size_t>(script_->columns)) {
        schema.columns.push_back({.name = "more", .type = LogicalType::string});
      }
      table.schema = std::make_shared<const TableSchema>(std::move(schema));
      table.rows = scripted_rows(state, name).size();
      table.details = script_->details[name];
      tables.push_back(std::move(table));
    }
    return tables;
  }
  Result<std::vector<KeyRange>> split(const SnapshotTable& table,
                                      std::uint64_t rows_per_range) override {
    if (auto called = script_->faults->call(&interrupted_); !called) {
      return std::move(called).error();
    }
    std::vector<KeyRange> ranges{{}};
    if (table.schema->key.empty()) return ranges;
    const auto rows = scripted_rows(script_->state(moment_), table.schema->name.table);
    for (std::size_t i = rows_per_range; i < rows.size(); i += rows_per_range) {
      ranges.back().upto = rows[i - 1].first;
      ranges.push_back({rows[i - 1].first, {}});
    }
    return ranges;
  }
  Result<std::unique_ptr<TableReader>> open_reader() override {
    if (auto called = script_->faults->call(&interrupted_); !called) {
      return std::move(called).error();
    }
    return std::unique_ptr<TableReader>(std::make_unique<ScriptedReader>(script_, moment_));
  }
  void interrupt() override { interrupted_ = true; }

 private:
  std::shared_ptr<ScriptedSource::Script> script_;
  std::size_t moment_;
  std::atomic<bool> interrupted_ = false;
};

inline Result<std::unique_ptr<Snapshot>> ScriptedSource::snapshot(const Checkpoint& from) {
  if (auto called = script_->faults->call(); !called) return std::move(called).error();
  const std::scoped_lock lock(script_->mutex);
  ++script_->snapshots;
  EXPECT_LE(number(from.position), script_->transactions.size());
  return std::unique_ptr<Snapshot>(
      std::make_unique<ScriptedSnapshot>(script_, script_->transactions.size()));
}

inline Result<std::vector<SnapshotTable>> ScriptedSource::tables() {
  ++script_->catalogues;
  if (script_->before_catalogue) script_->before_catalogue();
  return ScriptedSnapshot(script_, script_->size()).tables();
}

}  // namespace tailrace::testing
