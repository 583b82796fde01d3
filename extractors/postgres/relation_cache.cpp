#include "extractors/postgres/relation_cache.h"

#include <algorithm>
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
  (*current_)[message.oid] = {RelationDefinition::of(message), arrival, captures(message)};
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
    note_name(entry->definition);
  }
  return entry->relation.get();
}

Result<const Relation*> RelationCache::replan(std::uint32_t oid, std::uint32_t xid) {
  if (Entry* entry = find(oid)) entry->relation = nullptr;
  return for_rows(oid, xid);
}

void RelationCache::note_name(const RelationDefinition& definition) {
  TableName& name = names_[definition.oid];
  // Where names are swapped, neither table can be given the other's before that has gone.
  const bool taken = std::any_of(names_.begin(), names_.end(), [&](const auto& known) {
    return known.first != definition.oid &&
           (known.second == definition.name || known.second == name);
  });
  if (!name.table.empty() && name != definition.name && !taken) {
    renamed_ = {std::move(name), definition.name};
  }
  name = definition.name;
}

Result<const TableName*> RelationCache::for_truncate(std::uint32_t oid) {
  const Entry* entry = find(oid);
  if (entry == nullptr) return not_announced(oid);
  return entry->captured ? &entry->definition.name : nullptr;
}

}  // namespace tailrace::postgres
