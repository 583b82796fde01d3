#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sinks/sink.h"

namespace tailrace::testing {

// A transactional target in memory that can be made to fail. What it holds outlives sessions and
// pipelines; it is shared by the test and the targets made from it. Thread-safe.
struct MemoryStore {
  std::mutex mutex;
  std::condition_variable changed;
  // committed
  std::map<std::string, std::string> rows;
  std::vector<std::string> log;  // every committed change, in order of application
  std::optional<Checkpoint> checkpoint;
  std::int64_t epoch = 0;
  int commits = 0;
  // faults
  bool down = false;                      // open and every call: unreachable
  std::optional<std::string> reject_key;  // the row with this key is refused
  int lose_answer_to_commits = 0;         // commit_in_doubt although it worked
  int lose_commits = 0;                   // commit_in_doubt, and nothing was stored
  int fail_applies = 0;                   // unreachable in the middle of a unit

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

class MemoryTarget : public Target {
 public:
  MemoryTarget(std::shared_ptr<MemoryStore> store, ApplyStyle style = ApplyStyle::net)
      : store_(std::move(store)), style_(style) {}

  std::string description() const override { return "memory"; }
  ApplyStyle style() const override { return style_; }
  TableName default_table(const TableName& source) const override { return source; }
  Findings check() override { return {}; }

  Result<std::unique_ptr<Sink>> open(Lease& lease) override {
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
    Status begin() override {
      const std::scoped_lock lock(store_->mutex);
      if (store_->down) return Error(ErrorKind::unreachable, "target is down");
      rows_ = store_->rows;
      log_.clear();
      return {};
    }
    Status apply_net(const NetTable& table) override {
      if (auto healthy = check_faults(); !healthy) return healthy;
      for (const NetRow& row : table.removes) write(ChangeKind::remove, row.before);
      for (const auto* kind : {&table.updates, &table.inserts}) {
        for (const NetRow& row : *kind) {
          if (rejected(row.after)) return Error(ErrorKind::row_rejected, "some row is refused");
          write(row.kind, row.after);
        }
      }
      return {};
    }
    Status apply_ordered(const Change& change, const TableName&) override {
      if (auto healthy = check_faults(); !healthy) return healthy;
      std::vector<Value> row(2);
      const bool removed = change.kind == ChangeKind::remove;
      EXPECT_TRUE((removed ? change.before : change.after).split(row));
      if (!removed && rejected(row)) {
        return Error(ErrorKind::row_rejected, "row " + std::string(row[0].text()) + " is refused");
      }
      write(change.kind, row);
      return {};
    }
    Status apply_schema_change(const SchemaChange&, std::span<const TableName>) override {
      return {};
    }
    bool needs_own_unit(SchemaChangeKind) const override { return false; }
    Result<Durability> commit(const Checkpoint& checkpoint) override {
      const std::scoped_lock lock(store_->mutex);
      if (store_->down) return Error(ErrorKind::unreachable, "target is down");
      if (store_->epoch != epoch_) return Error(ErrorKind::fenced, "another daemon took over");
      if (store_->lose_commits > 0) {
        --store_->lose_commits;
        return Error(ErrorKind::commit_in_doubt, "connection lost during commit");
      }
      store_->rows = rows_;
      store_->log.insert(store_->log.end(), log_.begin(), log_.end());
      store_->checkpoint = checkpoint;
      ++store_->commits;
      store_->changed.notify_all();
      if (store_->lose_answer_to_commits > 0) {
        --store_->lose_answer_to_commits;
        return Error(ErrorKind::commit_in_doubt, "connection lost during commit");
      }
      return Durability::durable;
    }
    void rollback() override {}
    void interrupt() override {}

   private:
    Status check_faults() {
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
    void write(ChangeKind kind, std::span<const Value> row) {
      const std::string key(row[0].text());
      log_.push_back(std::string(to_string(kind)) + " " + key + "=" + std::string(row[1].text()));
      if (kind == ChangeKind::remove) {
        rows_.erase(key);
      } else {
        rows_[key] = std::string(row[1].text());
      }
    }

    std::shared_ptr<MemoryStore> store_;
    std::int64_t epoch_;
    std::optional<Checkpoint> checkpoint_;
    std::map<std::string, std::string> rows_;
    std::vector<std::string> log_;
  };

  std::shared_ptr<MemoryStore> store_;
  ApplyStyle style_;
};

}  // namespace tailrace::testing
