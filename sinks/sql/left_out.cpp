#include "sinks/sql/left_out.h"

#include <utility>

namespace tailrace::sql {

void LeftOut::add(Counts& counts, const LeftOutColumns& more) {
  LeftOutColumns& all = counts[more.table];
  all.table = more.table;
  all.columns = more.columns;
  all.rows += more.rows;
}

void LeftOut::note(const TableMapping& mapping, std::uint64_t rows) {
  if (mapping.left_out.empty() || rows == 0) return;
  LeftOutColumns left{mapping.schema->name, {}, rows};
  for (const std::uint16_t index : mapping.left_out) {
    left.columns.push_back(mapping.schema->columns[index].name);
  }
  add(unit_, left);
}

void LeftOut::committed() {
  for (const auto& [table, left] : unit_) add(committed_, left);
  unit_.clear();
}

std::vector<LeftOutColumns> LeftOut::take() {
  std::vector<LeftOutColumns> taken;
  for (auto& [table, left] : committed_) taken.push_back(std::move(left));
  committed_.clear();
  return taken;
}

}  // namespace tailrace::sql
