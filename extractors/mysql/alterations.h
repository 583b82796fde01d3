#pragma once

// What an ALTER TABLE does to columns: enough to know which column of the new table was which one
// before, and what rows that were there hold in new ones. Types are not read: the log brings them
// with the first row, and the catalogue. Follows the ALTER TABLE pages of the MySQL 9 and MariaDB
// 11 manuals; a clause that is not understood makes the whole unknown, never wrong.

#include <vector>

#include "core/change.h"
#include "extractors/mysql/sql_lexer.h"

namespace tailrace::mysql {

struct Alterations {
  bool alters = false;       // something but the table's name
  bool known = true;         // columns is all that happened to columns
  bool adds_unique = false;  // rows that are equal in it cannot both be there
  // To a character set that does not have every character, computed from now on, rows that the
  // engine does not keep, columns that have exchanged their names.
  bool changes_values = false;
  // Perhaps where it was allowed before. Without strict mode the servers put something else there,
  // and MariaDB puts the present moment into a TIMESTAMP in any mode.
  bool forbids_null = false;
  bool forbids_null_timestamp = false;
  std::vector<ColumnChange> columns = {};
};

// sql stands behind the table's name. backslash_escapes: in strings, as the lexer has it.
Alterations read_alterations(SqlLexer sql, bool backslash_escapes);

}  // namespace tailrace::mysql
