#pragma once

#include <string>
#include <vector>

#include "sinks/sql/announced_columns.h"
#include "sinks/sql/target_table.h"

namespace tailrace::sql {

// The source's primary key of the known version and of the next, and the keys of the target, by
// their names.
class KeyChange {
 public:
  KeyChange(const KnownTable& before, const TableSchema& after, const AnnouncedColumns& announced,
            const TargetTable& target);

  bool changes() const { return changes_; }
  // By the name in the known version.
  bool had(const std::string& name) const;
  bool has_at_target(const std::string& column) const;
  void rename_at_target(const std::string& from, const std::string& to);
  bool is_at_target(const std::vector<std::string>& wanted) const;

 private:
  using Names = std::vector<std::string>;
  Names names_now(const AnnouncedColumns& announced) const;

  bool changes_ = false;
  Names had_;
  std::vector<Names> keys_;
  Names primary_;
};

}  // namespace tailrace::sql
