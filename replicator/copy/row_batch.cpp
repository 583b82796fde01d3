#include "replicator/copy/row_batch.h"

#include "core/assert.h"

namespace tailrace {

std::span<const NetRow> RowBatch::fill(const Block& block) {
  values_.clear();
  rows_.clear();
  std::size_t columns = 0;
  BlockCursor cursor(block);
  while (const auto record = cursor.next()) {
    const auto* change = std::get_if<Change>(&*record);
    if (change == nullptr) continue;
    columns = change->schema->columns.size();
    const std::size_t start = values_.size();
    values_.resize(start + columns);
    const bool fits = change->after.split(std::span(values_).subspan(start, columns));
    TR_ASSERT(fits);
    rows_.emplace_back();
  }
  // Only now: values have moved while they were gathered.
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    rows_[i].kind = ChangeKind::insert;
    rows_[i].after = std::span(values_).subspan(i * columns, columns);
    rows_[i].may_be_absent = true;
  }
  return rows_;
}

}  // namespace tailrace
