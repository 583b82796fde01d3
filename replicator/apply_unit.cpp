#include "replicator/apply_unit.h"

#include <utility>
#include <vector>

namespace tailrace {

Status ApplyUnit::apply(const Change& change, const BlockPtr& block) {
  ++change_count_;
  byte_count_ += change.before.bytes().size() + change.after.bytes().size();
  if (in_order_ || style_ == ApplyStyle::ordered) return apply_in_order(change);
  if (net_.must_flush_before(change)) {
    if (auto flushed = flush(); !flushed) return flushed;
  }
  if (net_.add(change, block) == NetEffect::Added::in_order_only) {
    if (auto flushed = flush(); !flushed) return flushed;
    return apply_in_order(change);
  }
  const bool large =
      net_.change_count() >= limits_.max_changes || net_.byte_count() >= limits_.max_bytes;
  return large ? flush() : Status();
}

Status ApplyUnit::apply(const SchemaChange& change) {
  ++change_count_;
  if (auto flushed = flush(); !flushed) return flushed;
  if (auto begun = ensure_begun(); !begun) return begun;
  std::vector<TableName> targets;
  for (const TableName& name : change.tables) {
    auto target = routing_.target_of(name);
    if (!target) return std::move(target).error();
    targets.push_back(*std::move(target));
  }
  return sink_.apply_schema_change(change, targets);
}

Status ApplyUnit::apply(const Message& message) {
  ++change_count_;
  if (style_ == ApplyStyle::net) return {};
  if (auto begun = ensure_begun(); !begun) return begun;
  return sink_.apply_message(message);
}

void ApplyUnit::complete(Checkpoint checkpoint) {
  checkpoint_ = std::move(checkpoint);
  ++transaction_count_;
}

bool ApplyUnit::is_full() const {
  return can_commit() && (change_count_ >= limits_.max_changes || byte_count_ >= limits_.max_bytes);
}

Status ApplyUnit::ensure_begun() {
  if (begun_) return {};
  if (auto begun = sink_.begin(); !begun) return begun;
  begun_ = true;
  return {};
}

Status ApplyUnit::flush() {
  if (net_.empty()) return {};
  if (auto begun = ensure_begun(); !begun) return begun;
  for (const auto& table : net_.tables()) {
    auto target = routing_.target_of(table->schema()->name);
    if (!target) return std::move(target).error();
    auto applied = sink_.apply_net(table->result(*std::move(target)));
    if (!applied) return applied;
  }
  net_.clear();
  return {};
}

Status ApplyUnit::apply_in_order(const Change& change) {
  if (auto begun = ensure_begun(); !begun) return begun;
  auto target = routing_.target_of(change.schema->name);
  if (!target) return std::move(target).error();
  return sink_.apply_ordered(change, *target);
}

Status ApplyUnit::apply_rest() {
  if (auto flushed = flush(); !flushed) return flushed;
  return ensure_begun();
}

Result<Checkpoint> ApplyUnit::commit() {
  TR_ASSERT(can_commit());
  if (auto applied = apply_rest(); !applied) return std::move(applied).error();
  if (!entries_.empty()) {
    if (auto noted = sink_.write_ledger(entries_); !noted) return std::move(noted).error();
  }
  auto durability = sink_.commit(*checkpoint_);
  if (!durability) return std::move(durability).error();
  Checkpoint durable = *std::move(checkpoint_);
  clear();
  return durable;
}

void ApplyUnit::rollback() {
  if (begun_) sink_.rollback();
  clear();
}

void ApplyUnit::clear() {
  net_.clear();
  begun_ = false;
  checkpoint_.reset();
  entries_.clear();
  events_.clear();
  change_count_ = byte_count_ = transaction_count_ = 0;
}

}  // namespace tailrace
