#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace tailrace::mysql {

// One column of one row in the text protocol; nothing is NULL.
using Cell = std::optional<std::string_view>;
using Row = std::span<const Cell>;

// Frees a MYSQL_RES.
struct ResultDeleter {
  void operator()(void* result) const;
};
using ResultHandle = std::unique_ptr<void, ResultDeleter>;

// The answer to one statement, wholly in memory. Views into it live as long as it does.
class QueryResult {
 public:
  std::size_t row_count() const { return columns_.empty() ? 0 : cells_.size() / columns_.size(); }
  std::size_t column_count() const { return columns_.size(); }
  const std::vector<std::string>& columns() const { return columns_; }
  Row row(std::size_t index) const {
    return Row(cells_).subspan(index * columns_.size(), columns_.size());
  }
  // The first cell of the first row; nothing when there is none, or when it is NULL.
  Cell scalar() const { return cells_.empty() ? Cell() : cells_.front(); }

  std::uint64_t affected_rows() const { return affected_rows_; }
  std::uint64_t insert_id() const { return insert_id_; }
  unsigned warning_count() const { return warning_count_; }
  // "Records: 3  Duplicates: 0  Warnings: 0", for statements that answer it.
  const std::string& message() const { return message_; }

 private:
  friend class Connection;
  ResultHandle handle_;
  std::vector<std::string> columns_;
  std::vector<Cell> cells_;
  std::uint64_t affected_rows_ = 0;
  std::uint64_t insert_id_ = 0;
  unsigned warning_count_ = 0;
  std::string message_;
};

// Rows as they arrive. The connection serves nothing else until this is gone; dropping it early
// reads the rest away.
class RowStream {
 public:
  const std::vector<std::string>& columns() const { return columns_; }
  // The next row, or nothing at the end. It lives until the next call.
  Result<std::optional<Row>> next();

 private:
  friend class Connection;
  void* connection_ = nullptr;
  ResultHandle handle_;
  std::vector<std::string> columns_;
  std::vector<Cell> cells_;
};

}  // namespace tailrace::mysql
