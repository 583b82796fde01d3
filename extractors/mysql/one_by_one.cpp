#include "extractors/mysql/one_by_one.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <string_view>
#include <utility>

namespace tailrace::mysql {
namespace {

using Kind = ColumnChange::Kind;
using Changes = std::vector<ColumnChange>;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// To the servers names of columns are the same in upper and lower case.
bool same_name(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

Changes take(Changes& from, Kind kind) {
  Changes taken;
  std::copy_if(from.begin(), from.end(), std::back_inserter(taken),
               [&](const ColumnChange& change) { return change.kind == kind; });
  std::erase_if(from, [&](const ColumnChange& change) { return change.kind == kind; });
  return taken;
}

// A column that is dropped and made anew under another spelling is still another one.
void drop_respelled(const Changes& added, Changes& drops) {
  for (const ColumnChange& made : added) {
    const auto same = std::find_if(drops.begin(), drops.end(), [&](const ColumnChange& drop) {
      return drop.name != made.name && same_name(drop.name, made.name);
    });
    if (same != drops.end()) drops.push_back({Kind::drop, made.name, {}, {}});
  }
}

bool is_named(const Changes& renames, std::string ColumnChange::*side, const std::string& name) {
  return std::any_of(renames.begin(), renames.end(),
                     [&](const ColumnChange& rename) { return same_name(rename.*side, name); });
}

// Renames that give one column the name of another.
Changes take_passed_on(Changes& renames) {
  const Changes all = renames;
  const auto is_passed_on = [&](const ColumnChange& rename) {
    if (same_name(rename.name, rename.new_name)) return false;
    return is_named(all, &ColumnChange::name, rename.new_name) ||
           is_named(all, &ColumnChange::new_name, rename.name);
  };
  Changes taken;
  std::copy_if(all.begin(), all.end(), std::back_inserter(taken), is_passed_on);
  std::erase_if(renames, is_passed_on);
  return taken;
}

}  // namespace

bool put_one_by_one(Changes& columns) {
  Changes added = take(columns, Kind::add);
  Changes renames = take(columns, Kind::rename);
  const Changes passed_on = take_passed_on(renames);
  Changes ordered = take(columns, Kind::drop);
  drop_respelled(added, ordered);
  for (const ColumnChange& one : passed_on) {
    if (!is_named(passed_on, &ColumnChange::new_name, one.name)) {
      ordered.push_back({Kind::drop, one.name, {}, {}});
    }
    const bool is_new = !is_named(passed_on, &ColumnChange::name, one.new_name);
    (is_new ? added : columns).push_back({is_new ? Kind::add : Kind::modify, one.new_name, {}, {}});
  }
  for (Changes* next : {&renames, &columns, &added}) {
    std::move(next->begin(), next->end(), std::back_inserter(ordered));
  }
  columns = std::move(ordered);
  return passed_on.empty();
}

void respell(Changes& columns, const std::vector<std::string>& names) {
  for (ColumnChange& change : columns) {
    if (change.kind == Kind::add) continue;
    if (std::find(names.begin(), names.end(), change.name) != names.end()) continue;
    const auto meant = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
      return same_name(name, change.name);
    });
    if (meant != names.end()) change.name = *meant;
  }
}

}  // namespace tailrace::mysql
