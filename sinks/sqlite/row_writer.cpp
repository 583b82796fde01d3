#include "sinks/sqlite/row_writer.h"

#include <numeric>

#include "core/assert.h"
#include "sinks/sqlite/write_value.h"

namespace tailrace::sqlite {

Status RowWriter::check_interrupt() const {
  return interrupted_ ? Status(Error(ErrorKind::cancelled, "interrupted")) : Status();
}

Status RowWriter::begin() {
  // Each attempt waits as long as OpenOptions::busy_timeout; together about half a minute.
  constexpr int kMostAttempts = 30;
  if (auto going_on = check_interrupt(); !going_on) return going_on;
  if (database_.in_transaction()) return {};
  for (int attempt = 1;; ++attempt) {
    Status begun = database_.exec("BEGIN IMMEDIATE");
    if (begun || begun.error().kind() != ErrorKind::busy || attempt == kMostAttempts) return begun;
    if (auto going_on = check_interrupt(); !going_on) return going_on;
  }
}

void RowWriter::rollback() {
  forget();
  if (database_.in_transaction()) static_cast<void>(database_.exec("ROLLBACK"));
}

Result<Statement*> RowWriter::statement(const std::string& sql) {
  constexpr std::size_t kMostStatements = 500;
  const auto known = statements_.find(sql);
  if (known != statements_.end()) return &known->second;
  if (statements_.size() >= kMostStatements) statements_.clear();
  auto prepared = database_.prepare(sql);
  if (!prepared) return std::move(prepared).error();
  return &statements_.emplace(sql, *std::move(prepared)).first->second;
}

Status RowWriter::bind_one(const sql::TableMapping& mapping, const sql::MappedColumn& column,
                           sql::Image row, int parameter, Statement& statement) {
  const Value value = row[column.source];
  TR_ASSERT(!value.is_unchanged());
  if (value.is_null()) {
    statement.bind_null(parameter);
    return {};
  }
  std::string none;
  const bool converts = column.column->type == LogicalType::bit;
  std::string& scratch = converts ? converted_.emplace_back() : none;
  const auto problem = bind_value(column, value.text(), parameter, statement, scratch);
  if (!problem) return {};
  // What SQLite cannot hold has nothing near: NULL is the only other answer.
  const auto other = values_.replacement(column, *problem);
  if (!other || !other->is_null()) {
    return sql::value_error(mapping, row, column, values_.refused(column, *problem));
  }
  statement.bind_null(parameter);
  return {};
}

Status RowWriter::bind(const sql::TableMapping& mapping, std::span<const std::uint16_t> columns,
                       sql::Image row, int first_parameter, Statement& statement) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const int parameter = first_parameter + static_cast<int>(i);
    auto bound = bind_one(mapping, mapping.columns[columns[i]], row, parameter, statement);
    if (!bound) return bound;
  }
  return {};
}

Result<std::uint64_t> RowWriter::run(const sql::TableMapping& mapping, Statement& statement,
                                     sql::Image row) {
  if (auto going_on = check_interrupt(); !going_on) return std::move(going_on).error();
  Status ran = statement.run();
  converted_.clear();
  if (ran) return database_.changed_rows();
  return std::move(ran)
      .error()
      .with(sql::describe_row(mapping, row))
      .with("table " + mapping.target.name.table);
}

std::span<const std::uint16_t> RowWriter::all_columns(const sql::TableMapping& mapping) {
  all_columns_.resize(mapping.columns.size());
  std::iota(all_columns_.begin(), all_columns_.end(), std::uint16_t{0});
  return all_columns_;
}

void RowWriter::interrupt() {
  interrupted_ = true;
  database_.interrupt();
}

}  // namespace tailrace::sqlite
