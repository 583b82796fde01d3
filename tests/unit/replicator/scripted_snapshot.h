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
  ScriptedReader(std::shared_ptr<ScriptedSource::Script> script, std::size_t moment,
                 std::size_t from)
      : script_(std::move(script)), moment_(moment), from_(from) {}

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
    const bool early = script_->as_of_snapshot && !exact;
    RowsAsOf answer{Position{std::to_string(early ? from_ : moment)}, exact, 0};
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
  std::size_t from_;
  std::atomic<bool> interrupted_ = false;
};

class ScriptedSnapshot : public Snapshot {
 public:
  // from: where the sink was.
  ScriptedSnapshot(std::shared_ptr<ScriptedSource::Script> script, std::size_t moment,
                   std::size_t from)
      : script_(std::move(script)), moment_(moment), from_(from) {}

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
      if (script_->rewritten_each_time) ++script_->storage;
      if (script_->storage > 0) schema.traits.storage = std::to_string(script_->storage);
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
    return std::unique_ptr<TableReader>(std::make_unique<ScriptedReader>(script_, moment_, from_));
  }
  void interrupt() override { interrupted_ = true; }

 private:
  std::shared_ptr<ScriptedSource::Script> script_;
  std::size_t moment_;
  std::size_t from_;
  std::atomic<bool> interrupted_ = false;
};

inline Result<std::unique_ptr<Snapshot>> ScriptedSource::snapshot(const Checkpoint& from,
                                                                  std::stop_token stop) {
  if (auto called = script_->faults->call(stop); !called) return std::move(called).error();
  if (script_->before_snapshot) script_->before_snapshot();
  const std::scoped_lock lock(script_->mutex);
  ++script_->snapshots;
  EXPECT_LE(number(from.position), script_->transactions.size());
  return std::unique_ptr<Snapshot>(std::make_unique<ScriptedSnapshot>(
      script_, script_->transactions.size(), number(from.position)));
}

inline Result<std::vector<SnapshotTable>> ScriptedSource::tables(std::stop_token stop) {
  ++script_->catalogues;
  if (script_->before_catalogue) script_->before_catalogue();
  ScriptedSnapshot snapshot(script_, script_->size(), 0);
  const std::stop_callback on_stop(stop, [&] { snapshot.interrupt(); });
  return snapshot.tables();
}

}  // namespace tailrace::testing
