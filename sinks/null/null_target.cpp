#include "sinks/null/null_target.h"

namespace tailrace {

// One session: counts.
class NullSink final : public Sink {
 public:
  explicit NullSink(NullTarget& target) : target_(target) {}

  const std::optional<Checkpoint>& checkpoint() const override { return target_.checkpoint_; }
  Result<std::vector<LedgerEntry>> read_ledger() override { return target_.read_ledger(); }
  Status write_ledger(std::span<const LedgerEntry> entries) override {
    entries_.insert(entries_.end(), entries.begin(), entries.end());
    return {};
  }
  Status clear_table(const TableName&) override { return {}; }
  Status begin() override { return {}; }
  Status apply_net(const NetTable& rows) override {
    changes_ += rows.removes.size() + rows.updates.size() + rows.inserts.size();
    return {};
  }
  Status apply_ordered(const Change&, const TableName&) override {
    ++changes_;
    return {};
  }
  Status apply_schema_change(const SchemaChange&, std::span<const TableName>) override {
    ++changes_;
    return {};
  }
  bool needs_own_unit(SchemaChangeKind) const override { return false; }
  Result<Durability> commit(const Checkpoint& checkpoint) override {
    target_.checkpoint_ = checkpoint;
    target_.write_ledger(entries_);
    entries_.clear();
    target_.change_count_ += changes_;
    ++target_.unit_count_;
    changes_ = 0;
    return Durability::durable;
  }
  void rollback() override {
    changes_ = 0;
    entries_.clear();
  }
  void interrupt() override {}

 private:
  NullTarget& target_;
  // Of the open unit.
  std::uint64_t changes_ = 0;
  std::vector<LedgerEntry> entries_;
};

// One worker of a copy: counts as well.
class NullLoader final : public Loader {
 public:
  explicit NullLoader(NullTarget& target) : target_(target) {}

  Result<bool> prepare(const SchemaPtr&, const TableName&) override { return false; }
  Status begin(const SchemaPtr&, const TableName&, Mode) override { return {}; }
  Status load(std::span<const NetRow> rows) override {
    rows_ += rows.size();
    return {};
  }
  Status commit(std::span<const LedgerEntry> entries) override {
    target_.write_ledger(entries);
    target_.change_count_ += rows_;
    ++target_.unit_count_;
    rows_ = 0;
    return {};
  }
  void rollback() override { rows_ = 0; }
  Result<Finished> finish_table(const SchemaPtr&, const TableDetails&, const TableName&,
                                const Finish& finish) override {
    return Finished{{}, finish.given, {}};
  }
  void interrupt() override {}

 private:
  NullTarget& target_;
  std::uint64_t rows_ = 0;  // of the open chunk
};

Result<std::unique_ptr<Sink>> NullTarget::open(Lease& lease) {
  lease.epoch = lease.epoch.value_or(0) + 1;
  return std::unique_ptr<Sink>(std::make_unique<NullSink>(*this));
}

Result<std::unique_ptr<Loader>> NullTarget::open_loader(const Lease&) {
  return std::unique_ptr<Loader>(std::make_unique<NullLoader>(*this));
}

std::vector<LedgerEntry> NullTarget::read_ledger() {
  const std::lock_guard lock(ledger_mutex_);
  std::vector<LedgerEntry> entries;
  for (const auto& [key, text] : ledger_) entries.push_back({key, text});
  return entries;
}

void NullTarget::write_ledger(std::span<const LedgerEntry> entries) {
  const std::lock_guard lock(ledger_mutex_);
  for (const LedgerEntry& entry : entries) {
    if (entry.text.empty()) {
      ledger_.erase(entry.key);
    } else {
      ledger_[entry.key] = entry.text;
    }
  }
}

}  // namespace tailrace
