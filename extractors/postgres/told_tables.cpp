#include "extractors/postgres/told_tables.h"

#include <algorithm>
#include <iterator>

namespace tailrace::postgres {
namespace {

bool is_anothers(const ToldTables::State& state, const TableName& name, std::uint32_t oid) {
  return std::any_of(state.tables.begin(), state.tables.end(), [&](const auto& known) {
    return known.first != oid && known.second.captured && known.second.name == name;
  });
}

}  // namespace

// Ids are a circle.
bool CatalogueLook::sees(std::uint32_t xid) const {
  return static_cast<std::int32_t>(xid - next_xid) < 0 && !open.contains(xid);
}

std::optional<ToldTables::Renamed> ToldTables::has_rows(std::uint32_t oid, const TableName& name,
                                                        std::uint32_t xid) {
  Table& table = state_.tables[oid];
  if (table.captured && table.name == name) return {};
  named_by_[oid] = xid;
  ++version_;
  if (!table.captured) {
    table.captured = true;
    table.name = name;
    if (!state_.looked) table.definition = kNotLookedAt;
    return {};
  }
  // Where names are swapped, neither table can be given the other's before that has gone.
  const bool free = !is_anothers(state_, name, oid) && !is_anothers(state_, table.name, oid);
  Renamed renamed{std::exchange(table.name, name), name};
  if (free) return renamed;
  left_[std::move(renamed.from)] = oid;
  return {};
}

// Compares one look with what was told.
class ToldTables::Teller {
 public:
  Teller(ToldTables& told, const CatalogueLook& look)
      : told_(told), look_(look), before_(told.state_) {
    for (const SeenTable& table : look.published) now_[table.name] = table.oid;
  }

  std::vector<SchemaChange> tell() {
    for (const auto& [oid, table] : before_.tables) {
      if (look_.gone.contains(oid) && knows(oid)) gone(oid, table);
    }
    leave_names();
    for (const SeenTable& seen : look_.published) {
      if (knows(seen.oid)) compare(seen);
    }
    told_.state_.looked = true;
    std::vector<SchemaChange> all;
    for (auto* some : {&drops_, &renames_, &alters_}) {
      std::move(some->begin(), some->end(), std::back_inserter(all));
    }
    return all;
  }

 private:
  // The look is not older than what rows have shown of the table.
  bool knows(std::uint32_t oid) const {
    const auto named = told_.named_by_.find(oid);
    return named == told_.named_by_.end() || look_.sees(named->second);
  }
  // Nobody else was announced under that name, perhaps later than the look.
  bool holds(const TableName& name, std::uint32_t oid) const {
    const auto holder = told_.holders_.find(name);
    return holder == told_.holders_.end() || holder->second == oid;
  }
  // It was announced under that name: the numbers of its rows have told what it is.
  bool has_shown_itself(const SeenTable& seen) const {
    const auto holder = told_.holders_.find(seen.name);
    return holder != told_.holders_.end() && holder->second == seen.oid;
  }
  bool is_left(const TableName& name, std::uint32_t oid) const {
    return !now_.contains(name) && holds(name, oid);
  }

  static SchemaChange change_of(SchemaChangeKind kind, std::vector<TableName> tables) {
    SchemaChange change;
    change.kind = kind;
    change.tables = std::move(tables);
    return change;
  }

  void gone(std::uint32_t oid, const Table& table) {
    if (table.captured) vacate(table.name, oid);
    told_.state_.tables.erase(oid);
    told_.named_by_.erase(oid);
  }

  // No table of the source has that name any more.
  void vacate(const TableName& name, std::uint32_t oid) {
    if (!is_left(name, oid)) return;
    drops_.push_back(change_of(SchemaChangeKind::drop_table, {name}));
    told_.holders_.erase(name);
  }

  void leave_names() {
    for (auto left = told_.left_.begin(); left != told_.left_.end();) {
      const auto& [name, oid] = *left;
      if (!knows(oid)) {
        ++left;
        continue;
      }
      vacate(name, oid);
      left = told_.left_.erase(left);
    }
  }

  void alter(const SeenTable& seen, bool rows_changed) {
    SchemaChange change = change_of(SchemaChangeKind::alter_table, {seen.name});
    change.columns_known = true;  // none are told: the numbers of columns tell more
    change.rows_changed = rows_changed;
    alters_.push_back(std::move(change));
  }

  void compare(const SeenTable& seen) {
    const auto known = before_.tables.find(seen.oid);
    Table now{seen.name, seen.definition, seen.captured};
    if (known == before_.tables.end()) {
      if (seen.captured && before_.looked) came(seen);
    } else if (!goes_on(known->second, seen)) {
      now.name = known->second.name;
    }
    told_.named_by_.erase(seen.oid);
    if (seen.captured) told_.holders_[now.name] = seen.oid;
    told_.state_.tables[seen.oid] = std::move(now);
  }

  // False: it is still told of under its old name.
  bool goes_on(const Table& known, const SeenTable& seen) {
    if (known.captured && known.name != seen.name) return moved(known, seen);
    if (!seen.captured || !before_.looked) return true;
    if (!known.captured) {
      alter(seen, true);  // what it has was not sent
    } else if (known.definition.empty()) {
      came(seen);
    } else if (known.definition != seen.definition && known.definition != kNotLookedAt) {
      alter(seen, false);
    }
    return true;
  }

  // Not seen before. Rows that were there before it was published were not sent; and those of
  // whoever had the name before are still at the targets.
  void came(const SeenTable& seen) {
    const bool taken_over = is_anothers(before_, seen.name, seen.oid) && !has_shown_itself(seen);
    alter(seen, !look_.all_tables || seen.rewritten || taken_over);
  }

  bool moved(const Table& known, const SeenTable& seen) {
    // Rows of partitions are sent under the old name of their root until something else happens.
    if (seen.captured && seen.partitioned) return false;
    const bool free = seen.captured && is_left(known.name, seen.oid) &&
                      !is_anothers(before_, seen.name, seen.oid) && holds(seen.name, seen.oid);
    if (!free) {
      vacate(known.name, seen.oid);
      if (seen.captured) alter(seen, !has_shown_itself(seen));
      return true;
    }
    renames_.push_back(change_of(SchemaChangeKind::rename_table, {known.name, seen.name}));
    told_.holders_.erase(known.name);
    return true;
  }

  ToldTables& told_;
  const CatalogueLook& look_;
  const State before_;
  std::map<TableName, std::uint32_t> now_;
  std::vector<SchemaChange> drops_;
  std::vector<SchemaChange> renames_;
  std::vector<SchemaChange> alters_;
};

std::vector<SchemaChange> ToldTables::tell(Lsn place) {
  if (!look_ || place < look_->position) return {};
  const CatalogueLook look = *std::exchange(look_, std::nullopt);
  ++version_;
  return Teller(*this, look).tell();
}

}  // namespace tailrace::postgres
