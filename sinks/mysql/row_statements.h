#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sinks/mysql/mysql_dialect.h"
#include "sinks/mysql/options.h"
#include "sinks/mysql/row_values.h"
#include "sinks/mysql/statement_sender.h"
#include "sinks/sql/row_plan.h"
#include "sinks/sql/table_mapping.h"

namespace tailrace::mysql {

// The statements that write rows, each into the batch of the session's sender.
//
// How rows get in depends on the target table: INSERT ... ON DUPLICATE KEY UPDATE fires on *any*
// unique index and would then overwrite the wrong row. So it is used only for tables without a
// second one; others have their rows deleted by key and inserted, or, where columns of the target's
// own would be lost that way, updated and inserted if absent, one by one.
//
// name_row: errors name the row that the statement begins with; for statements about one row.
class RowStatements {
 public:
  // All of them outlive it.
  RowStatements(StatementSender& sender, const MySqlDialect& dialect, const TargetOptions& options);

  // A row that is there is an error of the server.
  Status insert(const sql::TableMapping& mapping, std::span<const sql::Image> rows, bool name_row);
  Status upsert(const sql::TableMapping& mapping, std::span<const sql::Image> rows, bool name_row);
  Status remove(const sql::TableMapping& mapping, std::span<const sql::Image> rows, bool name_row);
  // key: the image whose key columns find the row. columns: of the mapping, to be set.
  Status update(const sql::TableMapping& mapping, std::span<const std::uint16_t> columns,
                sql::Image key, sql::Image row, bool must_exist, bool name_row);
  // An update that gives the row another key. converging: the target may have the row under both.
  Status move_row(const sql::TableMapping& mapping, sql::Image before, sql::Image after,
                  bool converging);
  Status apply_keyless(const sql::TableMapping& mapping, ChangeKind kind, sql::Image before,
                       sql::Image after);

 private:
  // "(1,'a')"
  Status put_tuple(const sql::TableMapping& mapping, std::span<const std::uint16_t> columns,
                   sql::Image row, ByteWriter& out);
  // "`a`=1,`b`='x'", or with " AND " for conditions
  Status put_pairs(const sql::TableMapping& mapping, std::span<const std::uint16_t> columns,
                   sql::Image row, std::string_view separator, ByteWriter& out);
  Status put_exact_match(const sql::TableMapping& mapping, sql::Image row, ByteWriter& out);
  // head (1,'a'),(2,'b') tail, in as many statements as it takes
  Status send_tuples(const sql::TableMapping& mapping, const std::string& head,
                     const std::string& tail, std::span<const std::uint16_t> columns,
                     std::span<const sql::Image> rows, bool name_row);
  Status insert_if_absent(const sql::TableMapping& mapping, sql::Image row);
  Status move_copied_row(const sql::TableMapping& mapping, std::span<const std::uint16_t> columns,
                         sql::Image before, sql::Image after);
  std::string insert_head(const sql::TableMapping& mapping) const;
  std::string update_on_duplicate(const sql::TableMapping& mapping) const;
  std::string name_of(const sql::TableMapping& mapping, std::uint16_t column) const;

  StatementSender& sender_;
  const MySqlDialect& dialect_;
  const RowValues values_;
};

// Octets of a row's values.
std::size_t size_of(const sql::TableMapping& mapping, sql::Image row);

}  // namespace tailrace::mysql
