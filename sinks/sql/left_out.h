#pragma once

#include <map>
#include <vector>

#include "sinks/sink.h"
#include "sinks/sql/table_mapping.h"

namespace tailrace::sql {

// Counts the rows of a session that went to the target without some of their columns.
class LeftOut {
 public:
  void note(const TableMapping& mapping, std::uint64_t rows);
  // How the unit ended.
  void committed();
  void rolled_back() { unit_.clear(); }
  std::vector<LeftOutColumns> take();

 private:
  using Counts = std::map<TableName, LeftOutColumns>;
  static void add(Counts& counts, const LeftOutColumns& more);

  Counts unit_;
  Counts committed_;
};

}  // namespace tailrace::sql
