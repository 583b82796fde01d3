#include "extractors/postgres/relation_cache.h"

#include <utility>

#include <fmt/format.h>

namespace tailrace::postgres {
namespace {

Error not_announced(std::uint32_t oid) {
  return Error(ErrorKind::stream_corrupt,
               fmt::format("no Relation message came for the relation {}", oid));
}

}  // namespace

void RelationCache::learn(const RelationMessage& message, Arrival arrival) {
  last_found_ = nullptr;
  Entry& entry = (*current_)[message.oid];
  entry = {RelationDefinition::of(message), arrival, captures(message)};
  if (entry.captured) told_.announced(message.oid, entry.definition.name);
}

void RelationCache::begin_replay() {
  TR_ASSERT(current_ == &announced_);
  replayed_.clear();
  current_ = &replayed_;
  last_found_ = nullptr;
}

void RelationCache::end_replay(const Announcements& announced) {
  TR_ASSERT(current_ == &replayed_);
  current_ = &announced_;
  last_found_ = nullptr;
  for (auto& [oid, entry] : replayed_) {
    const auto found = announced.find(oid);
    TR_ASSERT(found != announced.end());
    Entry& known = announced_[oid];
    if (found->second.arrival < known.arrival) continue;
    known = std::move(entry);
    known.arrival = found->second.arrival;
  }
  replayed_.clear();
}

RelationCache::Entry* RelationCache::find(std::uint32_t oid) {
  if (last_found_ != nullptr && last_found_->definition.oid == oid) return last_found_;
  const auto found = current_->find(oid);
  if (found == current_->end()) return nullptr;
  last_found_ = &found->second;
  return last_found_;
}

Result<const Relation*> RelationCache::for_rows(std::uint32_t oid, std::uint32_t xid) {
  Entry* entry = find(oid);
  if (entry == nullptr) return not_announced(oid);
  if (!entry->captured) return static_cast<const Relation*>(nullptr);
  if (entry->relation == nullptr) {
    auto planned = planner_.plan(entry->definition, Moment::of_transaction(xid));
    if (!planned) return std::move(planned).error();
    entry->relation = *std::move(planned);
    renamed_ = told_.has_rows(oid, entry->definition.name, xid);
  }
  return entry->relation.get();
}

Result<const Relation*> RelationCache::replan(std::uint32_t oid, std::uint32_t xid) {
  if (Entry* entry = find(oid)) entry->relation = nullptr;
  return for_rows(oid, xid);
}

Result<const TableName*> RelationCache::for_truncate(std::uint32_t oid, std::uint32_t xid) {
  const Entry* entry = find(oid);
  if (entry == nullptr) return not_announced(oid);
  if (!entry->captured) return static_cast<const TableName*>(nullptr);
  renamed_ = told_.has_rows(oid, entry->definition.name, xid);
  return &entry->definition.name;
}

}  // namespace tailrace::postgres
