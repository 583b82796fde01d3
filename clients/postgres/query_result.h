#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace tailrace::postgres {

// One column of one row as text; nothing is NULL.
using Cell = std::optional<std::string_view>;
using Row = std::span<const Cell>;

// Frees a PGresult.
struct ResultDeleter {
  void operator()(void* result) const;
};
using ResultHandle = std::unique_ptr<void, ResultDeleter>;

// The answer to one statement, wholly in memory. Views into it live as long as it does.
class QueryResult {
 public:
  explicit QueryResult(ResultHandle handle) : handle_(std::move(handle)) {}

  std::size_t row_count() const;
  std::size_t column_count() const;
  std::string column(std::size_t index) const;
  Cell cell(std::size_t row, std::size_t column) const;
  // The first cell of the first row; nothing when there is none, or when it is NULL.
  Cell scalar() const { return row_count() == 0 ? Cell() : cell(0, 0); }
  std::uint64_t affected_rows() const;
  std::string_view tag() const;  // "COMMIT", "INSERT 0 5"

 private:
  ResultHandle handle_;
};

// Rows as they arrive (single-row mode). The connection serves nothing else until this is gone;
// dropping it early reads the rest away.
class RowStream {
 public:
  RowStream(RowStream&& other) noexcept;
  RowStream& operator=(RowStream&&) = delete;
  ~RowStream();

  const std::vector<std::string>& columns() const { return columns_; }
  // The next row, or nothing at the end. It lives until the next call.
  Result<std::optional<Row>> next();

 private:
  friend class Connection;
  explicit RowStream(void* connection) : connection_(connection) {}

  void* connection_;     // PGconn; null: nothing left to read
  ResultHandle handle_;  // of the present row
  bool first_pending_ = false;
  std::vector<std::string> columns_;
  std::vector<Cell> cells_;
};

}  // namespace tailrace::postgres
