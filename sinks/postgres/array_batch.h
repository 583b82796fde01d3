#pragma once

#include <cstddef>
#include <vector>

#include "core/byte_writer.h"
#include "sinks/sql/row_plan.h"
#include "sinks/sql/value_checks.h"

namespace tailrace::postgres {

// Rows on their way into the parameters of one statement: an array literal per column, built row by
// row in buffers that are used again.
class ArrayBatch {
 public:
  // Forgets the rows; parameter_count columns follow.
  void start(std::size_t parameter_count);
  // Appends the value that `row` has for a column to the next parameter of the present row.
  sql::ValueCheck put(const sql::MappedColumn& column, sql::Image row);
  void end_row();
  // Closes the literals. The pointers live until start().
  const std::vector<const char*>& finish();

  std::size_t row_count() const { return row_count_; }
  bool full() const { return row_count_ >= kMostRows || bytes_ >= kMostBytes; }

 private:
  static constexpr std::size_t kMostRows = 10'000;
  static constexpr std::size_t kMostBytes = std::size_t{4} << 20;

  std::vector<ByteWriter> arrays_;
  std::vector<const char*> parameters_;
  std::size_t parameter_count_ = 0;
  std::size_t next_ = 0;  // parameter that put() appends to
  std::size_t row_count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace tailrace::postgres
