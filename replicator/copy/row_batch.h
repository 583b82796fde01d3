#pragma once

#include <span>
#include <vector>

#include "core/block.h"
#include "sinks/sink.h"

namespace tailrace {

// The copied rows of one block, as sinks take them. Memory is kept for the next block; the rows are
// views into the block. Owned by one thread.
class RowBatch {
 public:
  // Every change of the block is an insert into one table.
  std::span<const NetRow> fill(const Block& block);

 private:
  std::vector<Value> values_;
  std::vector<NetRow> rows_;
};

}  // namespace tailrace
