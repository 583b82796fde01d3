#pragma once

// What the SQL text of a QUERY event does: enough to follow transactions and to name the tables
// that DDL touches. Not a parser: it reads the leading words and the names behind them. Follows the
// statement syntax of the MySQL 9 and MariaDB 11 manuals. Executable comments (/*! and /*M!) are
// read as code, other comments are blanks.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/table_schema.h"
#include "extractors/mysql/alterations.h"

namespace tailrace::mysql {

enum class StatementKind : std::uint8_t {
  // transactions
  begin,
  commit,
  rollback,
  savepoint,          // identifier
  rollback_to,        // identifier
  release_savepoint,  // identifier
  xa_start,
  xa_end,
  xa_prepare,
  xa_commit,
  xa_rollback,
  dummy,  // "# Dummy event replacing ...", and statements of nothing but comments
  // definitions; tables holds the names
  create_table,  // the new one; CREATE ... LIKE names the other one behind it
  alter_table,
  create_index,
  drop_index,
  drop_table,
  truncate_table,
  rename_table,  // pairs: old, new, old, new; also ALTER TABLE ... RENAME TO
  analyze_table,
  partition_rows,  // ALTER TABLE ... DROP, TRUNCATE, EXCHANGE, ... PARTITION: rows change unlogged
  drop_database,   // identifier
  other_database,  // CREATE or ALTER DATABASE
  other_definition,  // views, routines, grants, SET, ...: no table's rows or columns
  // changes logged as statement, not as rows
  data_change,
  unknown,
};
std::string_view to_string(StatementKind kind);

struct Statement {
  StatementKind kind = StatementKind::unknown;
  bool temporary = false;         // CREATE, DROP TEMPORARY TABLE
  bool replaces = false;          // CREATE OR REPLACE TABLE
  bool may_exist = false;         // CREATE TABLE IF NOT EXISTS
  bool other_goes = false;        // ALTER TABLE ... CONVERT TABLE other TO PARTITION
  std::vector<TableName> tables;  // qualified; schema is empty when there is no default database
  std::string identifier;         // savepoint or database
  std::string_view first_word;    // as written: for messages
  // ALTER TABLE, also one that renames the table.
  Alterations alterations;
};

// sql: UTF-8. sql_mode: of the QUERY event (ANSI_QUOTES, NO_BACKSLASH_ESCAPES and strictness
// count). mariadb: the server that executed it, which has executable comments of its own.
Statement classify_statement(std::string_view sql, std::string_view default_schema,
                             std::uint64_t sql_mode, bool mariadb = true);

}  // namespace tailrace::mysql
