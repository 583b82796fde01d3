#include "sinks/null/null_target.h"

namespace tailrace {

// One session: counts.
class NullSink final : public Sink {
 public:
  explicit NullSink(NullTarget& target) : target_(target) {}

  const std::optional<Checkpoint>& checkpoint() const override { return target_.checkpoint_; }
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
    target_.change_count_ += changes_;
    ++target_.unit_count_;
    changes_ = 0;
    return Durability::durable;
  }
  void rollback() override { changes_ = 0; }
  void interrupt() override {}

 private:
  NullTarget& target_;
  std::uint64_t changes_ = 0;  // of the open unit
};

Result<std::unique_ptr<Sink>> NullTarget::open(Lease& lease) {
  lease.epoch = lease.epoch.value_or(0) + 1;
  return std::unique_ptr<Sink>(std::make_unique<NullSink>(*this));
}

}  // namespace tailrace
