#pragma once

#include <cstdint>

#include "core/byte_writer.h"
#include "core/result.h"
#include "sinks/mysql/write_value.h"
#include "sinks/sql/row_plan.h"
#include "sinks/sql/table_mapping.h"
#include "sinks/sql/value_policy.h"

namespace tailrace::mysql {

// Writes the values of rows, in one of their forms; values that the target does not have as the
// policy says.
class RowValues {
 public:
  // Both outlive it.
  RowValues(const Connection& connection, const sql::ValuePolicy& policy, ValueForm form);

  // column: of the mapping; the source has sent it. The error names row and column.
  Status put(const sql::TableMapping& mapping, std::uint16_t column, sql::Image row,
             ByteWriter& out) const;

 private:
  Literals literals_;
  const sql::ValuePolicy& policy_;
};

}  // namespace tailrace::mysql
