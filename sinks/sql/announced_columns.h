#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/sql/schema_memory.h"

namespace tailrace::sql {

// A column behind everything that was announced.
struct LiveColumn {
  std::string name;
  const Column* before = nullptr;       // of the known version
  std::string old_name = {};            // before announced renames
  std::optional<ColumnFill> fill = {};  // added since
};

// Walks through the announcements for a table. Each may already be in what it is applied to (a
// definition is read again after an abort, a version may be later than what announces it): then it
// does nothing. Neither does what names a column that the known version has not: it is nobody's
// (DROP COLUMN IF EXISTS), unless the version is ahead of what is announced.
class AnnouncedColumns {
 public:
  explicit AnnouncedColumns(const KnownTable& known);

  const std::vector<LiveColumn>& live() const { return live_; }
  const LiveColumn* find(std::string_view name) const;
  const LiveColumn* find_old(std::string_view old_name) const;
  // Columns that went, by their names in the known version; others by their last.
  const std::vector<std::string>& dropped() const { return dropped_; }
  // Names that came and went: the target has them only if an attempt was cut off in between.
  const std::vector<std::string>& passing() const { return passing_; }

 private:
  void apply(const ColumnChange& change);
  void drop(const std::string& name);
  void rename(const std::string& from, const std::string& to);
  std::vector<LiveColumn>::iterator position_of(const std::string& name);

  const bool all_known_;  // a column that is not in the version is nobody's
  std::vector<LiveColumn> live_;
  std::vector<std::string> dropped_;
  std::vector<std::string> passing_;
};

// The version behind what was announced, as far as that needs no types: nothing when it does.
std::optional<TableSchema> announced_schema(const KnownTable& before);
// Whether the columns of a version are those that the announcements lead to.
bool agrees(const KnownTable& before, const TableSchema& after);

}  // namespace tailrace::sql
