#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>

#include "config/capture_filter.h"
#include "extractors/postgres/relation_planner.h"
#include "extractors/postgres/told_tables.h"

namespace tailrace::postgres {

// The relations that rows refer to by oid, as the server announced them last. A relation is planned
// by its first row, not by its message: definitions that never get a row here (other tables, leaves
// of a partitioned one, tables of a rolled back subtransaction, whose types are gone) need nothing
// from the catalogue. Belongs to the extractor's thread.
//
// A streamed transaction has definitions of its own. The server announces a relation anew in each
// streamed transaction, and for itself; when the transaction commits, it counts the relation as
// announced to all, unless something invalidated it in between (pgoutput.c: maybe_send_schema,
// cleanup_rel_sync_cache). Here that is: what the transaction announced takes over at its end,
// except where others announced the relation later than it. Otherwise an old definition would come
// back: a publication's columns can change while a streamed transaction is open.
class RelationCache {
 public:
  // Counts announcements, in the order in which they were received.
  using Arrival = std::uint64_t;
  // What a streamed transaction announced, by oid: the last time counts.
  struct Announced {
    Arrival arrival = 0;
    bool captured = false;
  };
  using Announcements = std::unordered_map<std::uint32_t, Announced>;

  // told: what rows show of names; must outlive the cache.
  RelationCache(CaptureFilter filter, RelationPlanner planner, ToldTables& told)
      : filter_(std::move(filter)), planner_(std::move(planner)), told_(told) {}

  bool captures(const RelationMessage& message) const {
    return filter_.captures(message.schema, message.name);
  }
  // For every Relation message that is received, also for those that go to a spool.
  Arrival next_arrival() { return ++arrivals_; }

  void learn(const RelationMessage& message, Arrival arrival);
  // What a streamed transaction announced comes again while it is replayed, and goes with it.
  void begin_replay();
  void end_replay(const Announcements& announced);

  // For rows of the transaction xid. nullptr: not captured. stream_corrupt: never announced.
  Result<const Relation*> for_rows(std::uint32_t oid, std::uint32_t xid);
  // What the catalogue says of its types may have changed without an announcement: asks again.
  Result<const Relation*> replan(std::uint32_t oid, std::uint32_t xid);
  // The names that a table had before and has now, when one of the two others found that it was
  // renamed; once.
  std::optional<ToldTables::Renamed> take_renamed() {
    return std::exchange(renamed_, std::nullopt);
  }
  // For a truncation by the transaction xid. nullptr: not captured.
  Result<const TableName*> for_truncate(std::uint32_t oid, std::uint32_t xid);

 private:
  struct Entry {
    RelationDefinition definition;
    Arrival arrival = 0;
    bool captured = false;
    RelationPtr relation = nullptr;  // planned by the first row
  };
  using Entries = std::unordered_map<std::uint32_t, Entry>;  // by oid

  Entry* find(std::uint32_t oid);

  const CaptureFilter filter_;
  RelationPlanner planner_;
  ToldTables& told_;
  Entries announced_;
  Entries replayed_;
  Entries* current_ = &announced_;
  Entry* last_found_ = nullptr;  // most rows are of the table of the row before
  Arrival arrivals_ = 0;
  std::optional<ToldTables::Renamed> renamed_;
};

}  // namespace tailrace::postgres
