#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "clients/sqlite/database.h"
#include "sinks/sql/row_plan.h"
#include "sinks/sql/table_mapping.h"
#include "sinks/sql/value_policy.h"

namespace tailrace::sqlite {

// Writes rows through the prepared statements of one connection, one by one, which is what SQLite
// is fast at: so errors always name the row. Belongs to the thread of its connection, but for
// interrupt().
class RowWriter {
 public:
  RowWriter(const Database& database, const sql::ValuePolicy& values)
      : database_(database), values_(values) {}

  // Takes the write lock, unless it is held already. Waits for half a minute, because somebody
  // else's transaction may be a whole chunk of a copy; then `busy`. `cancelled` by interrupt().
  Status begin();
  // Ends the transaction, if there is one, and forgets the statements.
  void rollback();

  // Prepared once; valid until forget() or the next call.
  Result<Statement*> statement(const std::string& sql);
  // Numbers are indexes into mapping.columns. What is bound must live until run().
  Status bind(const sql::TableMapping& mapping, std::span<const std::uint16_t> columns,
              sql::Image row, int first_parameter, Statement& statement);
  // How many rows changed.
  Result<std::uint64_t> run(const sql::TableMapping& mapping, Statement& statement, sql::Image row);
  // 0, 1, ... of the mapping; valid until the next call.
  std::span<const std::uint16_t> all_columns(const sql::TableMapping& mapping);

  // A statement that is still prepared would keep its table locked.
  void forget() { statements_.clear(); }
  // Ends a call that waits, and all later ones. Any thread.
  void interrupt();
  Status check_interrupt() const;

 private:
  Status bind_one(const sql::TableMapping& mapping, const sql::MappedColumn& column, sql::Image row,
                  int parameter, Statement& statement);

  const Database& database_;
  const sql::ValuePolicy& values_;
  std::atomic<bool> interrupted_ = false;                  // set by any thread
  std::unordered_map<std::string, Statement> statements_;  // by their text
  std::vector<std::uint16_t> all_columns_;                 // scratch
  std::deque<std::string> converted_;                      // values that had to be converted
};

}  // namespace tailrace::sqlite
