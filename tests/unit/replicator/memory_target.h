#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "scripted_source.h"
#include "sinks/sink.h"

namespace tailrace::testing {

// A transactional target in memory that can be made to fail. What it holds outlives sessions and
// pipelines; it is shared by the test and the targets made from it. Thread-safe.
struct MemoryStore {
  std::mutex mutex;
  std::condition_variable changed;
  // committed
  std::map<std::string, std::string> rows;  // keys as in ScriptedState
  std::multiset<std::string> bag;
  std::map<std::string, std::string> ledger;
  std::set<std::string> keys_made;              // by finish_rows()
  std::set<std::string> finished;               // tables, and "table fk"
  std::map<std::string, TableDetails> details;  // by finish_table()
  std::string unfit;                            // what it answers
  int finishes = 0;
  // Called with every finish_table(), locked.
  std::function<void(const MemoryStore&, const TableDetails&)> on_finish;
  std::vector<std::string> log;  // every committed change, in order of application
  std::optional<Checkpoint> checkpoint;
  std::int64_t epoch = 0;
  int commits = 0;
  std::vector<std::set<std::size_t>> widths;  // columns of the rows of "t" in each unit
  bool definitions_commit = false;            // as MySQL's do
  // faults
  bool down = false;                      // open and every call: unreachable
  std::optional<std::string> reject_key;  // the row with this key is refused
  ErrorKind reject_kind = ErrorKind::row_rejected;
  int lose_answer_to_commits = 0;  // commit_in_doubt although it worked
  int lose_commits = 0;            // commit_in_doubt, and nothing was stored
  int fail_applies = 0;            // unreachable in the middle of a unit
  std::shared_ptr<CallFaults> faults = std::make_shared<CallFaults>();
  bool can_be_copied_to = true;
  std::map<std::string, std::size_t> columns;  // of its tables; a definition commits at once
  std::string
      stale_once;  // a definition of this table without rows makes those that are there stale
  // Called with every commit, locked.
  std::function<void(const MemoryStore&)> on_commit;
  std::set<std::string> converging;  // as the sink was told last
  std::set<std::string> ever_converging;
  int loaders = 0;  // opened so far

  ScriptedState state() const { return {rows, bag}; }
  std::vector<LedgerEntry> entries() const {
    std::vector<LedgerEntry> all;
    for (const auto& [key, text] : ledger) all.push_back({key, text});
    return all;
  }
  void write_ledger(std::span<const LedgerEntry> entries) {
    for (const LedgerEntry& entry : entries) {
      if (entry.text.empty()) {
        ledger.erase(entry.key);
      } else {
        ledger[entry.key] = entry.text;
      }
    }
  }

  std::map<std::string, std::string> read_rows() {
    const std::scoped_lock lock(mutex);
    return rows;
  }
  std::string position() {
    const std::scoped_lock lock(mutex);
    return checkpoint ? checkpoint->position.text : "";
  }
  template <typename Predicate>
  bool wait(Predicate predicate, std::chrono::seconds limit = std::chrono::seconds(20)) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, limit, predicate);
  }
  bool wait_for_position(const std::string& text) {
    return wait([&] { return checkpoint && checkpoint->position.text == text; });
  }
};

class MemoryLoader : public Loader {
 public:
  MemoryLoader(std::shared_ptr<MemoryStore> store, std::int64_t epoch)
      : store_(std::move(store)), epoch_(epoch) {}

  Result<bool> prepare(const SchemaPtr& schema, const TableName& target) override {
    if (auto called = call(); !called) return std::move(called).error();
    const std::scoped_lock lock(store_->mutex);
    const std::size_t columns = schema->columns.size();
    if (store_->columns.emplace(target.table, columns).first->second != columns) {
      return Error(ErrorKind::schema_mismatch, "the target's table has other columns");
    }
    return store_->state().only(target.table) != ScriptedState();
  }
  Status begin(const SchemaPtr&, const TableName& target, Mode mode) override {
    if (auto called = call(); !called) return called;
    table_ = target.table;
    upsert_ = mode == Mode::upsert;
    chunk_ = {};
    return {};
  }
  Status load(std::span<const NetRow> rows) override {
    if (auto called = call(); !called) return called;
    const std::scoped_lock lock(store_->mutex);
    for (const NetRow& row : rows) {
      const std::string key(row.after[0].text());
      const bool there = store_->rows.count(ScriptedState::row_key(table_, key)) != 0;
      if ((there && !upsert_) || store_->reject_key == key) {
        return Error(ErrorKind::row_rejected, "row " + key + " is refused");
      }
      chunk_.apply({ChangeKind::insert, key, std::string(row.after[1].text()), table_});
    }
    return {};
  }
  Status commit(std::span<const LedgerEntry> entries) override {
    if (auto called = call(); !called) return called;
    const std::scoped_lock lock(store_->mutex);
    if (store_->epoch != epoch_) return Error(ErrorKind::fenced, "another daemon took over");
    for (const auto& [key, value] : chunk_.rows) store_->rows[key] = value;
    store_->bag.insert(chunk_.bag.begin(), chunk_.bag.end());
    store_->write_ledger(entries);
    if (store_->on_commit) store_->on_commit(*store_);
    store_->changed.notify_all();
    if (store_->lose_answer_to_commits > 0) {
      --store_->lose_answer_to_commits;
      return Error(ErrorKind::commit_in_doubt, "connection lost during commit");
    }
    return {};
  }
  void rollback() override { chunk_ = {}; }
  Status finish_rows(const SchemaPtr&, const TableName& target) override {
    if (auto called = call(); !called) return called;
    const std::scoped_lock lock(store_->mutex);
    store_->keys_made.insert(target.table);
    return {};
  }
  Result<Finished> finish_table(const SchemaPtr&, const TableDetails& details,
                                const TableName& target, const Finish& finish) override {
    if (auto called = call(); !called) return std::move(called).error();
    const std::scoped_lock lock(store_->mutex);
    store_->finished.insert(target.table + (finish.foreign_keys ? " fk" : ""));
    if (store_->on_finish) store_->on_finish(*store_, details);
    store_->details[target.table] = details;
    ++store_->finishes;
    store_->changed.notify_all();
    Given given = finish.given;
    for (const IndexDetails& index : details.indexes) given["index " + index.name] = "";
    return Finished{{}, std::move(given), store_->unfit};
  }
  void interrupt() override { interrupted_ = true; }

 private:
  Status call() {
    {
      const std::scoped_lock lock(store_->mutex);
      if (store_->down) return Error(ErrorKind::unreachable, "target is down");
    }
    return store_->faults->call(&interrupted_);
  }

  std::shared_ptr<MemoryStore> store_;
  std::int64_t epoch_;
  std::string table_;
  bool upsert_ = false;
  ScriptedState chunk_;
  std::atomic<bool> interrupted_ = false;
};

class MemoryTarget : public Target {
 public:
  MemoryTarget(std::shared_ptr<MemoryStore> store, ApplyStyle style = ApplyStyle::net)
      : store_(std::move(store)), style_(style) {}

  std::string description() const override { return "memory"; }
  ApplyStyle style() const override { return style_; }
  TableName default_table(const TableName& source) const override { return source; }
  Findings check() override { return {}; }

  Result<std::unique_ptr<Loader>> open_loader(const Lease& lease) override {
    if (!store_->can_be_copied_to) return Target::open_loader(lease);
    if (auto called = store_->faults->call(); !called) return std::move(called).error();
    const std::scoped_lock lock(store_->mutex);
    ++store_->loaders;
    return std::unique_ptr<Loader>(std::make_unique<MemoryLoader>(store_, lease.epoch.value_or(0)));
  }
  Result<std::unique_ptr<Sink>> open(Lease& lease) override {
    if (auto called = store_->faults->call(); !called) return std::move(called).error();
    const std::scoped_lock lock(store_->mutex);
    if (store_->down) return Error(ErrorKind::unreachable, "target is down");
    if (lease.epoch && *lease.epoch != store_->epoch) return Error(ErrorKind::fenced, "fenced");
    lease.epoch = ++store_->epoch;
    return std::unique_ptr<Sink>(
        std::make_unique<Session>(store_, *lease.epoch, store_->checkpoint));
  }

 private:
  class Session : public Sink {
   public:
    Session(std::shared_ptr<MemoryStore> store, std::int64_t epoch,
            std::optional<Checkpoint> checkpoint)
        : store_(std::move(store)), epoch_(epoch), checkpoint_(std::move(checkpoint)) {}

    const std::optional<Checkpoint>& checkpoint() const override { return checkpoint_; }
    Result<std::vector<LedgerEntry>> read_ledger() override {
      if (auto called = call(); !called) return std::move(called).error();
      const std::scoped_lock lock(store_->mutex);
      return store_->entries();
    }
    Status write_ledger(std::span<const LedgerEntry> entries) override {
      if (auto called = call(); !called) return called;
      entries_.insert(entries_.end(), entries.begin(), entries.end());
      return {};
    }
    void set_converging(std::set<TableName> targets) override {
      const std::scoped_lock lock(store_->mutex);
      store_->converging.clear();
      for (const TableName& target : targets) store_->converging.insert(target.table);
      store_->ever_converging.merge(std::set<std::string>(store_->converging));
    }
    std::vector<StaleTable> take_stale_tables() override { return std::exchange(stale_, {}); }
    void set_copies_again(bool on) override { copies_again_ = on; }
    Status clear_table(const TableName& target) override {
      if (!store_->can_be_copied_to) return Sink::clear_table(target);
      if (auto called = call(); !called) return called;
      state_.clear(target.table);
      return {};
    }
    Status begin() override {
      if (auto called = call(); !called) return called;
      const std::scoped_lock lock(store_->mutex);
      if (store_->down) return Error(ErrorKind::unreachable, "target is down");
      state_ = store_->state();
      entries_.clear();
      log_.clear();
      widths_.clear();
      return {};
    }
    Status apply_net(const NetTable& table) override {
      if (auto healthy = check_faults(); !healthy) return healthy;
      if (table.target.table == "t") widths_.insert(table.schema->columns.size());
      const std::string& name = table.schema->name.table;
      {
        const std::scoped_lock lock(store_->mutex);
        store_->columns[table.target.table] = table.schema->columns.size();
      }
      if (table.removes.empty() && table.updates.empty() && table.inserts.empty()) {
        const std::scoped_lock lock(store_->mutex);
        if (store_->stale_once == name) {
          store_->stale_once.clear();
          stale_.push_back({table.schema->name, "by its definition"});
        }
      }
      for (const NetRow& row : table.removes) write(name, ChangeKind::remove, row.before);
      for (const auto* kind : {&table.updates, &table.inserts}) {
        for (const NetRow& row : *kind) {
          if (rejected(row.after)) return Error(store_->reject_kind, "some row is refused");
          write(name, row.kind, row.after);
        }
      }
      return {};
    }
    Status apply_ordered(const Change& change, const TableName&) override {
      if (auto healthy = check_faults(); !healthy) return healthy;
      std::vector<Value> row(change.schema->columns.size());
      const bool removed = change.kind == ChangeKind::remove;
      EXPECT_TRUE((removed ? change.before : change.after).split(row));
      if (!removed && rejected(row)) {
        return Error(store_->reject_kind, "row " + std::string(row[0].text()) + " is refused");
      }
      write(change.schema->name.table, change.kind, row);
      return {};
    }
    Status apply_schema_change(const SchemaChange& change,
                               std::span<const TableName> targets) override {
      if (auto called = call(); !called) return called;
      if (change.rows_changed && !copies_again_) {
        return Error(ErrorKind::schema_mismatch, "rows changed, and nobody copies them");
      }
      for (const TableName& table : change.tables) {
        if (change.rows_changed) stale_.push_back({table, "rows changed"});
      }
      if (change.kind != SchemaChangeKind::truncate && !change.rows_changed) return {};
      for (const TableName& target : targets) state_.clear(target.table);
      return {};
    }
    bool needs_own_unit(SchemaChangeKind) const override { return store_->definitions_commit; }
    Result<Durability> commit(const Checkpoint& checkpoint) override {
      if (auto called = call(); !called) return std::move(called).error();
      const std::scoped_lock lock(store_->mutex);
      if (store_->down) return Error(ErrorKind::unreachable, "target is down");
      if (store_->epoch != epoch_) return Error(ErrorKind::fenced, "another daemon took over");
      if (store_->lose_commits > 0) {
        --store_->lose_commits;
        return Error(ErrorKind::commit_in_doubt, "connection lost during commit");
      }
      store_->rows = state_.rows;
      store_->bag = state_.bag;
      store_->write_ledger(entries_);
      store_->log.insert(store_->log.end(), log_.begin(), log_.end());
      store_->checkpoint = checkpoint;
      ++store_->commits;
      store_->widths.push_back(widths_);
      if (store_->on_commit) store_->on_commit(*store_);
      store_->changed.notify_all();
      if (store_->lose_answer_to_commits > 0) {
        --store_->lose_answer_to_commits;
        return Error(ErrorKind::commit_in_doubt, "connection lost during commit");
      }
      return Durability::durable;
    }
    void rollback() override { stale_.clear(); }
    void interrupt() override { interrupted_ = true; }

   private:
    Status call() { return store_->faults->call(&interrupted_); }
    Status check_faults() {
      if (auto called = call(); !called) return called;
      const std::scoped_lock lock(store_->mutex);
      if (store_->down) return Error(ErrorKind::unreachable, "target is down");
      if (store_->fail_applies > 0) {
        --store_->fail_applies;
        return Error(ErrorKind::unreachable, "connection lost");
      }
      return {};
    }
    bool rejected(std::span<const Value> row) {
      const std::scoped_lock lock(store_->mutex);
      return store_->reject_key && row[0].text() == *store_->reject_key;
    }
    void write(const std::string& table, ChangeKind kind, std::span<const Value> row) {
      const std::string key(row[0].text());
      log_.push_back(std::string(to_string(kind)) + " " + key + "=" + std::string(row[1].text()));
      state_.apply({kind, key, std::string(row[1].text()), table});
    }

    std::shared_ptr<MemoryStore> store_;
    std::int64_t epoch_;
    std::optional<Checkpoint> checkpoint_;
    ScriptedState state_;
    std::vector<LedgerEntry> entries_;
    std::vector<std::string> log_;
    std::set<std::size_t> widths_;
    std::vector<StaleTable> stale_;
    bool copies_again_ = false;
    std::atomic<bool> interrupted_ = false;
  };

  std::shared_ptr<MemoryStore> store_;
  ApplyStyle style_;
};

}  // namespace tailrace::testing
