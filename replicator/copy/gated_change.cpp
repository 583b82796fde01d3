#include "replicator/copy/gated_change.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

namespace tailrace {
namespace {

SchemaChange change_like(const SchemaChange& change, SchemaChangeKind kind, TableName table) {
  SchemaChange other;
  other.kind = kind;
  other.tables = {std::move(table)};
  other.statement = change.statement;
  return other;
}

// Names before the statement, and what it has made of them; names in between are left out.
std::map<TableName, TableName> renamed(const std::vector<TableName>& pairs) {
  std::map<TableName, TableName> net;
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    const auto link = std::find_if(net.begin(), net.end(),
                                   [&](const auto& one) { return one.second == pairs[i]; });
    if (link != net.end()) {
      link->second = pairs[i + 1];
    } else {
      net.emplace(pairs[i], pairs[i + 1]);
    }
  }
  return net;
}

class Rename {
 public:
  Rename(const SchemaChange& change, const std::vector<CopiedAs>& copied)
      : change_(change), copied_(copied), net_(renamed(change.tables)) {}

  std::optional<std::vector<SchemaChange>> rest() {
    const auto concerned = [&](bool CopiedAs::*how) {
      return std::any_of(net_.begin(), net_.end(), [&](const auto& pair) {
        return of(pair.first).*how || of(pair.second).*how;
      });
    };
    if (concerned(&CopiedAs::unknown)) {
      for (const auto& [from, to] : net_) copy_under_new_name(from, to);
    } else if (concerned(&CopiedAs::later)) {
      for (const auto& [from, to] : net_) add_pair(from, to);
    } else {
      return std::nullopt;
    }
    return std::move(rest_);
  }

 private:
  const CopiedAs& of(const TableName& name) const {
    const auto at = std::find(change_.tables.begin(), change_.tables.end(), name);
    return copied_[static_cast<std::size_t>(at - change_.tables.begin())];
  }
  // Another table has the name behind the statement.
  bool is_taken(const TableName& name) const {
    return std::any_of(net_.begin(), net_.end(),
                       [&](const auto& pair) { return pair.second == name; });
  }

  void add_drop(const TableName& name) {
    rest_.push_back(change_like(change_, SchemaChangeKind::drop_table, name));
  }
  void add_copy(const TableName& name) {
    rest_.push_back(change_like(change_, SchemaChangeKind::alter_table, name));
    rest_.back().rows_changed = true;
  }
  void copy_under_new_name(const TableName& from, const TableName& to) {
    if (!is_taken(from)) add_drop(from);
    add_copy(to);
  }

  void add_pair(const TableName& from, const TableName& to) {
    if (of(to).later) {
      // Where another one takes its name, that pair tells it.
      if (!of(from).later && !is_taken(from)) add_drop(from);
    } else if (of(from).later || is_taken(from) || net_.contains(to)) {
      add_copy(to);
    } else {
      rest_.push_back(change_like(change_, SchemaChangeKind::rename_table, from));
      rest_.back().tables.push_back(to);
    }
  }

  const SchemaChange& change_;
  const std::vector<CopiedAs>& copied_;
  const std::map<TableName, TableName> net_;
  std::vector<SchemaChange> rest_;
};

}  // namespace

std::optional<std::vector<SchemaChange>> still_concerned(const SchemaChange& change,
                                                         const std::vector<CopiedAs>& copied) {
  if (change.kind == SchemaChangeKind::rename_table) return Rename(change, copied).rest();
  const auto later = [](const CopiedAs& one) { return one.later; };
  if (std::none_of(copied.begin(), copied.end(), later)) return std::nullopt;
  std::vector<SchemaChange> rest;
  // The second table of a swap only tells what became of the first.
  if (change.kind == SchemaChangeKind::swap_table) {
    if (copied[0].later) return rest;
    return std::nullopt;
  }
  SchemaChange others = change;
  others.tables.clear();
  for (std::size_t i = 0; i < copied.size(); ++i) {
    if (!copied[i].later) others.tables.push_back(change.tables[i]);
  }
  if (!others.tables.empty()) rest.push_back(std::move(others));
  return rest;
}

}  // namespace tailrace
