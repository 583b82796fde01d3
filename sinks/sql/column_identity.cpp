#include "sinks/sql/column_identity.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "sinks/sql/column_versions.h"

namespace tailrace::sql {
namespace {

const Column* by_identity(const TableSchema& schema, std::uint32_t identity) {
  if (identity == 0) return nullptr;
  const auto found =
      std::find_if(schema.columns.begin(), schema.columns.end(),
                   [&](const Column& column) { return column.identity == identity; });
  return found == schema.columns.end() ? nullptr : &*found;
}

const Column* by_name(const TableSchema& schema, const std::string& name) {
  const auto found = schema.find_column(name);
  return found ? &schema.columns[*found] : nullptr;
}

// No row was written anew between the two, nor behind them.
bool same_storage(const TableSchema& before, const TableSchema& after) {
  return !before.traits.storage.empty() && !before.traits.storage_later &&
         before.traits.storage == after.traits.storage;
}

// Renames that took place at once, as such that can be made one by one: whoever has the new name of
// another goes first. Of a circle one goes by a name that nobody has.
std::vector<ColumnChange> one_after_the_other(std::vector<ColumnChange> renames) {
  std::vector<ColumnChange> ordered;
  while (!renames.empty()) {
    const auto is_free = [&](const ColumnChange& change) {
      return std::none_of(renames.begin(), renames.end(),
                          [&](const ColumnChange& other) { return other.name == change.new_name; });
    };
    auto next = std::find_if(renames.begin(), renames.end(), is_free);
    if (next == renames.end()) {
      next = renames.begin();
      std::string nobody = next->name + '\0';
      ordered.push_back(
          {.kind = ColumnChange::Kind::rename, .name = next->name, .new_name = nobody});
      next->name = std::move(nobody);
      continue;
    }
    ordered.push_back(*std::move(next));
    renames.erase(next);
  }
  return ordered;
}

class Identifier {
 public:
  Identifier(const TableSchema& before, const TableSchema& after)
      : before_(before),
        after_(after),
        same_table_(before.traits.identity == 0 || after.traits.identity == 0 ||
                    before.traits.identity == after.traits.identity),
        same_storage_(same_table_ && same_storage(before, after)) {}

  IdentifiedChanges changes() {
    if (!same_table_) stale("another table has its name now");
    for (const Column& column : after_.columns) {
      const Column* old = ancestor(column);
      if (old != nullptr) {
        kept_.push_back(old);
        compare(*old, column);
      } else {
        add(column);
      }
    }
    for (const Column& column : before_.columns) drop_unless_kept(column);
    renames_ = one_after_the_other(std::move(renames_));
    IdentifiedChanges all;
    for (auto* some : {&drops_, &renames_, &adds_}) {
      std::move(some->begin(), some->end(), std::back_inserter(all.columns));
    }
    all.stale = std::move(stale_);
    all.unsent = std::move(unsent_);
    return all;
  }

 private:
  void stale(std::string why) {
    if (stale_.empty()) stale_ = std::move(why);
  }

  // The column that this one was before. A column whose identity is not known on one side has its
  // name for one.
  const Column* ancestor(const Column& column) const {
    const Column* named = by_name(before_, column.name);
    if (!same_table_) return named;
    if (const Column* same = by_identity(before_, column.identity)) return same;
    if (named == nullptr) return nullptr;
    return column.identity == 0 || named->identity == 0 ? named : nullptr;
  }

  void compare(const Column& old, const Column& now) {
    if (old.name != now.name) {
      renames_.push_back(
          {.kind = ColumnChange::Kind::rename, .name = old.name, .new_name = now.name});
    }
    if (same_storage_) return;  // a type that keeps no values is found where types are compared
    if (!same_type(old, now)) {
      stale(fmt::format("rows may have been rewritten with the type of column \"{}\"", now.name));
    } else if (old.edition != 0 && now.edition != 0 && old.edition != now.edition &&
               !before_.traits.storage.empty() && !after_.traits.storage.empty()) {
      stale(fmt::format("rows may have been rewritten with column \"{}\"", now.name));
    }
  }

  void add(const Column& column) {
    const bool is_new = before_.traits.last_identity != 0 &&
                        column.identity > before_.traits.last_identity && same_table_;
    ColumnChange change{.kind = ColumnChange::Kind::add, .name = column.name};
    // Without a stored value rows have NULL, unless they were written anew with it.
    const bool certain = is_new && (column.fill.kind != ColumnFill::Kind::null || same_storage_);
    if (certain) change.fill = column.fill;
    if (!is_new) {
      stale(fmt::format("column \"{}\" may have been there under another name, or not sent",
                        column.name));
    }
    // The name was another column's: its values may still be in rows that are behind these.
    const Column* named = by_name(before_, column.name);
    if (named != nullptr && same_type(*named, column)) {
      stale(fmt::format("column \"{}\" was dropped and made again", column.name));
    }
    adds_.push_back(std::move(change));
  }

  void drop_unless_kept(const Column& column) {
    if (std::find(kept_.begin(), kept_.end(), &column) != kept_.end()) return;
    // Not sent any more, as far as is known.
    if (after_.traits.partial || column.identity == 0) {
      unsent_.push_back(column.name);
      return;
    }
    // With a copy it does not matter which one it became.
    if (same_table_ && may_be_hidden(column)) {
      stale(fmt::format("column \"{}\" may have another name now", column.name));
    }
    drops_.push_back({.kind = ColumnChange::Kind::drop, .name = column.name});
  }

  // Columns are in the order of their identities: one that has lost its name is among those between
  // its neighbours.
  bool may_be_hidden(const Column& column) const {
    bool unknown = false;
    for (const Column& now : after_.columns) {
      if (now.identity > column.identity) break;
      unknown = now.identity == 0;
    }
    return unknown;
  }

  const TableSchema& before_;
  const TableSchema& after_;
  const bool same_table_;
  const bool same_storage_;
  std::vector<const Column*> kept_;
  std::vector<ColumnChange> drops_;
  std::vector<ColumnChange> renames_;
  std::vector<ColumnChange> adds_;
  std::string stale_;
  std::vector<std::string> unsent_;
};

}  // namespace

IdentifiedChanges identified_changes(const TableSchema& before, const TableSchema& after) {
  return Identifier(before, after).changes();
}

bool has_identities(const TableSchema& schema) {
  return std::any_of(schema.columns.begin(), schema.columns.end(),
                     [](const Column& column) { return column.identity != 0; });
}

bool is_older(const TableSchema& schema, const TableSchema& known) {
  return schema.traits.identity == known.traits.identity && schema.traits.last_identity != 0 &&
         schema.traits.last_identity < known.traits.last_identity;
}

TableSchema without_columns(const TableSchema& schema, const std::vector<std::string>& names) {
  TableSchema rest = schema;
  rest.columns.clear();
  rest.key.clear();
  std::vector<std::optional<std::uint16_t>> places;  // where each column is now
  for (const Column& column : schema.columns) {
    places.emplace_back();
    if (std::find(names.begin(), names.end(), column.name) != names.end()) continue;
    places.back() = static_cast<std::uint16_t>(rest.columns.size());
    rest.columns.push_back(column);
  }
  for (const std::uint16_t index : schema.key) {
    if (places[index]) rest.key.push_back(*places[index]);
  }
  return rest;
}

TableSchema with_known_identities(const TableSchema& before, TableSchema after) {
  const bool same_table = before.traits.identity == 0 || after.traits.identity == 0 ||
                          before.traits.identity == after.traits.identity;
  if (!same_table) return after;
  for (Column& column : after.columns) {
    const Column* old = by_identity(before, column.identity);
    if (old == nullptr && column.identity == 0) old = by_name(before, column.name);
    if (old == nullptr) continue;
    if (column.identity == 0) column.identity = old->identity;
    if (column.edition != 0) continue;
    column.edition = old->edition;
    column.nullable = old->nullable;
  }
  TableTraits& traits = after.traits;
  if (traits.identity == 0) traits.identity = before.traits.identity;
  if (traits.last_identity == 0) traits.last_identity = before.traits.last_identity;
  if (traits.storage.empty() || traits.storage_later) traits.storage = before.traits.storage;
  traits.storage_later = false;
  return after;
}

}  // namespace tailrace::sql
