#pragma once

#include <vector>

#include "core/change.h"

namespace tailrace {

// That a unit of the stream had a statement about tables, by their names at the source. An
// alter_table stands for everything after which only the definition has to be looked at.
struct TableEvent {
  SchemaChangeKind kind = SchemaChangeKind::alter_table;
  std::vector<TableName> tables;
  friend bool operator==(const TableEvent&, const TableEvent&) = default;
};

}  // namespace tailrace
