#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/byte_writer.h"
#include "core/result.h"
#include "sinks/sql/row_plan.h"

namespace tailrace::postgres {

// Rows in COPY's text format, one line each, in buffers that are used again; with their keys, so
// that a row which the server refuses can be named although its source has gone on.
class CopyBatch {
 public:
  void clear();
  // Appends a line with all mapped columns. A value that cannot be stored is an error that names
  // row and column; the batch is of no use then.
  Status add(const sql::TableMapping& mapping, sql::Image row);

  std::size_t row_count() const { return line_ends_.size(); }
  std::size_t size() const { return lines_.size(); }
  // Rows beyond that are better sent first.
  bool full() const { return size() >= kMostBytes || row_count() >= kMostRows; }

  std::string_view lines() const { return lines_.text(); }
  // Those of rows first..end-1.
  std::string_view lines(std::size_t first, std::size_t end) const;
  // "row id=5"
  std::string describe(const sql::TableMapping& mapping, std::size_t row) const;

 private:
  // What is kept until the server has taken it. More does not make it faster.
  static constexpr std::size_t kMostBytes = std::size_t{4} << 20;
  static constexpr std::size_t kMostRows = 100'000;

  ByteWriter lines_;
  std::vector<std::size_t> line_ends_;
  ByteWriter keys_;  // per row and key column: length (u32), canonical bytes
};

}  // namespace tailrace::postgres
