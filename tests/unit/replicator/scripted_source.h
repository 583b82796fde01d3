#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "extractors/extractor.h"

namespace tailrace::testing {

// Tables of the script, all of (id, v): "t" and others have a key; "bag" has none.
struct ScriptedRow {
  ChangeKind kind = ChangeKind::insert;
  std::string key;
  std::string value;
  std::string table = "t";
  bool truncate = false;  // the whole table
  // A statement that gives every row this value, and none of it is logged.
  bool silent = false;
  // One that changes the table's definition alone.
  bool alter = false;
  // Of the table's definition: 2 has one more column. Nothing else tells of it.
  int version = 1;
};

// What a history comes to. Rows of "t" by their key, of other tables by "table/key".
struct ScriptedState {
  std::map<std::string, std::string> rows;
  std::multiset<std::string> bag;

  static std::string row_key(const std::string& table, const std::string& key) {
    return table == "t" ? key : table + "/" + key;
  }
  void clear(const std::string& table) {
    if (table == "bag") bag.clear();
    std::erase_if(rows, [&](const auto& row) { return belongs(row.first, table); });
  }
  void change_all(const std::string& table, const std::string& value) {
    for (auto& [key, now] : rows) {
      if (belongs(key, table)) now = value;
    }
    if (table != "bag") return;
    std::multiset<std::string> changed;
    for (const std::string& row : bag) changed.insert(row.substr(0, row.find('=') + 1) + value);
    bag = std::move(changed);
  }
  static bool belongs(const std::string& row, const std::string& table) {
    const std::size_t slash = row.find('/');
    return slash == std::string::npos ? table == "t" : row.substr(0, slash) == table;
  }
  void apply(const ScriptedRow& row) {
    if (row.truncate) return clear(row.table);
    if (row.silent) return change_all(row.table, row.value);
    if (row.alter) return;
    if (row.table == "bag") {
      bag.insert(row.key + "=" + row.value);
    } else if (row.kind == ChangeKind::remove) {
      rows.erase(row_key(row.table, row.key));
    } else {
      rows[row_key(row.table, row.key)] = row.value;
    }
  }
  // The part that is one table.
  ScriptedState only(const std::string& table) const {
    ScriptedState part;
    if (table == "bag") part.bag = bag;
    for (const auto& row : rows) {
      if (belongs(row.first, table)) part.rows.insert(row);
    }
    return part;
  }
  friend bool operator==(const ScriptedState&, const ScriptedState&) = default;
};

// Calls of a source and its targets that may go wrong, counted; one of them can be made to fail, to
// hang until it is interrupted, or to be the last one of the process. Thread-safe.
class CallFaults {
 public:
  std::atomic<int> fail_at = -1;
  std::atomic<int> hang_at = -1;
  std::atomic<int> die_at = -1;  // from then on every call fails
  std::atomic<ErrorKind> kind = ErrorKind::unreachable;
  std::atomic<bool> happened = false;

  int count() const { return count_; }
  // One that ends on stop.
  Status call(const std::stop_token& stop) {
    std::atomic<bool> interrupted = false;
    const std::stop_callback on_stop(stop, [&] { interrupted = true; });
    return call(stop.stop_possible() ? &interrupted : nullptr);
  }
  Status call(const std::atomic<bool>* interrupted = nullptr) {
    const int number = count_++;
    if (die_at >= 0 && number >= die_at) {
      happened = true;
      return Error(ErrorKind::unreachable, "the process is dead");
    }
    if (number == hang_at && interrupted != nullptr) {
      happened = true;
      while (!*interrupted) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return Error(ErrorKind::cancelled, "interrupted");
    }
    if (number != fail_at) return {};
    happened = true;
    return Error(kind, "call " + std::to_string(number) + " fails by the script");
  }

 private:
  std::atomic<int> count_ = 0;
};

// A source in memory: numbered transactions on one table (key, value). Positions are the numbers.
// The script may grow while a pipeline reads it, and may fail where told. Thread-safe.
class ScriptedSource : public Source {
 public:
  // Shared by the source object, which the pipeline owns, and the test.
  struct Script {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::vector<ScriptedRow>> transactions;  // number 1 is at index 0
    int cut_after_rows = -1;           // the session ends with `unreachable` after that many rows
    std::atomic<bool> silent = false;  // what happens is not sent for now
    bool blocked = false;              // open() answers source_settings
    ErrorKind fatal = ErrorKind::cancelled;  // anything else: next() answers it at the end
    int sessions = 0;
    bool ids_tell_nothing = false;   // as with file positions: only the commit tells where it ends
    std::size_t rows_per_block = 0;  // flush after that many rows
    std::vector<std::size_t> confirmed;  // as the sessions were told
    std::function<void(std::size_t)> on_confirm;
    int kept_alive = 0;
    // Told once, when all transactions are read: nothing more up to this number, and the source
    // waits for it.
    std::size_t wanted = 0;

    // How tables are read (scripted_snapshot.h).
    std::vector<std::string> tables = {"t"};
    bool exact = false;  // all readers see the moment of the snapshot; else each read its own
    // Called before each read, unlocked: the source may go on between two chunks.
    std::function<void()> before_read;
    int columns = 2;                              // of the tables now
    std::map<std::string, TableDetails> details;  // of the tables now
    // Called before Source::tables() reads the catalogue, and before the others answer, unlocked.
    std::function<void()> before_catalogue;
    std::function<void()> before_current;
    std::function<void()> before_snapshot;
    // A read is known to be of a moment behind the snapshot's beginning, and no more (MySQL).
    bool as_of_snapshot = false;
    std::atomic<int> storage = 0;      // tables were rewritten so often
    bool rewritten_each_time = false;  // that they are described
    std::atomic<int> catalogues = 0;   // read by Source::tables()
    std::shared_ptr<CallFaults> faults = std::make_shared<CallFaults>();
    std::atomic<int> snapshots = 0;
    std::atomic<int> reads = 0;

    ScriptedState state(std::size_t number) {
      const std::scoped_lock lock(mutex);
      return state_locked(number);
    }
    ScriptedState state_locked(std::size_t number) const {
      ScriptedState state;
      for (std::size_t i = 0; i < std::min(number, transactions.size()); ++i) {
        for (const ScriptedRow& row : transactions[i]) state.apply(row);
      }
      return state;
    }
    std::size_t size() {
      const std::scoped_lock lock(mutex);
      return transactions.size();
    }
    void add(std::vector<ScriptedRow> rows) {
      {
        const std::scoped_lock lock(mutex);
        transactions.push_back(std::move(rows));
      }
      changed.notify_all();
    }
  };

  explicit ScriptedSource(std::shared_ptr<Script> script) : script_(std::move(script)) {}

  static SchemaPtr schema_of(const std::string& table, int version = 1) {
    TableSchema schema;
    schema.name = {"shop", table};
    schema.columns = {{.name = "id", .type = LogicalType::string},
                      {.name = "v", .type = LogicalType::string}};
    if (table != "bag") schema.key = {0};
    if (version == 2) {
      schema.columns.push_back({.name = "more", .type = LogicalType::string, .nullable = true});
    }
    return std::make_shared<const TableSchema>(schema);
  }

  std::string description() const override { return "script"; }
  Result<Checkpoint> resolve(const StartPoint& start) override {
    if (start.kind == StartPoint::Kind::earliest) return Checkpoint{"script", {"0"}, 0};
    if (start.kind == StartPoint::Kind::position) return Checkpoint{"script", start.position, 0};
    return current();
  }
  Result<Checkpoint> current(std::stop_token stop = {}) override {
    if (auto called = script_->faults->call(stop); !called) return std::move(called).error();
    if (script_->before_current) script_->before_current();
    const std::scoped_lock lock(script_->mutex);
    return Checkpoint{"script", {std::to_string(script_->transactions.size())}, 0};
  }
  Result<std::unique_ptr<Extractor>> open(const Checkpoint& from) override {
    const std::scoped_lock lock(script_->mutex);
    ++script_->sessions;
    if (script_->blocked) return Error(ErrorKind::source_settings, "binlog_format is STATEMENT");
    return std::unique_ptr<Extractor>(std::make_unique<Session>(script_, number(from.position)));
  }
  Result<std::partial_ordering> compare(const Position& l, const Position& r) const override {
    return std::partial_ordering(number(l) <=> number(r));
  }
  Result<Position> earlier(const Position& l, const Position& r) const override {
    return number(l) < number(r) ? l : r;
  }
  Result<std::optional<bool>> contains(const Position& held, std::string_view id,
                                       const Position& committed) const override {
    if (script_->ids_tell_nothing && committed.empty()) return std::optional<bool>();
    const std::size_t asked = committed.empty() ? std::stoull(std::string(id)) : number(committed);
    return std::optional(asked <= number(held));
  }
  Result<std::unique_ptr<Snapshot>> snapshot(const Checkpoint& from,
                                             std::stop_token stop) override;  // in its own file
  Result<std::vector<SnapshotTable>> tables(std::stop_token stop) override;   // there, too
  Findings check() override { return {}; }

  static std::size_t number(const Position& position) { return std::stoull(position.text); }

 private:
  class Session : public Extractor {
   public:
    Session(std::shared_ptr<Script> script, std::size_t done)
        : script_(std::move(script)), done_(done) {}

    Result<Received> next(BlockBuilder& out) override {
      std::unique_lock lock(script_->mutex);
      const bool more = script_->changed.wait_for(lock, std::chrono::milliseconds(20), [&] {
        return interrupted_ || (!script_->silent && script_->transactions.size() > done_);
      });
      if (interrupted_) return Error(ErrorKind::cancelled, "interrupted");
      if (!more) {
        if (script_->fatal != ErrorKind::cancelled) return Error(script_->fatal, "scripted");
        return idle(out);
      }
      const auto rows = script_->transactions[done_];
      lock.unlock();
      if (auto written = write(rows, out); !written) return std::move(written).error();
      ++done_;
      lock.lock();
      return Received{script_->transactions.size() == done_};
    }
    void confirm(const Position& durable) override {
      const std::scoped_lock lock(script_->mutex);
      script_->confirmed.push_back(number(durable));
      if (script_->on_confirm) script_->on_confirm(number(durable));
    }
    void keep_alive() override {
      const std::scoped_lock lock(script_->mutex);
      ++script_->kept_alive;
    }
    void interrupt() override {
      interrupted_ = true;
      script_->changed.notify_all();
    }

   private:
    Result<Received> idle(BlockBuilder& out) {
      if (script_->silent || script_->wanted <= done_) return Received{true};
      done_ = script_->wanted;
      script_->transactions.resize(done_);  // their numbers are used up
      auto told = out.progress({.position = std::to_string(done_), .wanted = true});
      if (!told) return std::move(told).error();
      return Received{true};
    }
    Status write(const std::vector<ScriptedRow>& rows, BlockBuilder& out) {
      const std::string number = std::to_string(done_ + 1);
      if (rows.empty()) return out.progress({.position = number});  // nothing that is captured
      out.begin({.id = number});
      std::size_t in_block = 0;
      for (const ScriptedRow& row : rows) {
        if (cut()) return Error(ErrorKind::unreachable, "connection cut by the script");
        if (row.truncate || row.silent || row.alter) {
          SchemaChange change;
          change.kind = row.truncate ? SchemaChangeKind::truncate : SchemaChangeKind::alter_table;
          change.tables = {TableName{"shop", row.table}};
          change.rows_changed = row.silent;
          if (auto told = out.schema_change(change); !told) return told;
          continue;
        }
        SchemaPtr& schema = schemas_[{row.table, row.version}];
        if (!schema) schema = schema_of(row.table, row.version);
        out.start_change(row.kind, schema);
        image(out, row, row.kind != ChangeKind::insert);
        image(out, row, row.kind != ChangeKind::remove);
        if (auto ended = out.end_change(); !ended) return ended;
        if (script_->rows_per_block == 0 || ++in_block < script_->rows_per_block) continue;
        in_block = 0;
        if (auto flushed = out.flush(); !flushed) return flushed;
      }
      return out.commit({.position = number, .commit_time_us = 1});
    }
    bool cut() {
      const std::scoped_lock lock(script_->mutex);
      if (script_->cut_after_rows < 0) return false;
      return script_->cut_after_rows-- == 0;
    }
    static void image(BlockBuilder& out, const ScriptedRow& row, bool present) {
      if (!present) return out.skip_image();
      out.start_image();
      out.put(row.key);
      out.put(row.value);
      if (row.version == 2) out.put("");
      out.end_image();
    }

    std::shared_ptr<Script> script_;
    std::map<std::pair<std::string, int>, SchemaPtr> schemas_;  // by table and version
    std::size_t done_;
    std::atomic<bool> interrupted_ = false;
  };

  std::shared_ptr<Script> script_;
};

}  // namespace tailrace::testing

#include "scripted_snapshot.h"
