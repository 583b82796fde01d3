#include "sinks/sqlite/rebuild.h"

#include <algorithm>

#include <fmt/format.h>

#include "sinks/sql/identifier.h"

namespace tailrace::sqlite {
namespace {

// Else DROP TABLE would remove the rows first, and what refers to them. Within a transaction it
// cannot be set.
constexpr std::string_view kBegin = "PRAGMA foreign_keys=OFF; BEGIN IMMEDIATE; ";
constexpr std::string_view kCommit = "; COMMIT";
constexpr std::string_view kNewName = "tailrace_rebuilt";
constexpr std::string_view kNewTable = "\"tailrace_rebuilt\"";

// A STRICT table converts between numbers and their texts by itself, but not to octets.
bool becomes_octets(const sql::TargetColumn& column, const TableText& text) {
  const std::string type = text.type_of(column.name);
  return column.type == sql::TargetType::text && (type == "BLOB" || type == "blob");
}

// The greatest key that an AUTOINCREMENT has given out, whatever became of its row.
std::string carry_counter(std::string_view table) {
  return fmt::format(
      "DELETE FROM sqlite_sequence WHERE name = '{0}'; INSERT INTO sqlite_sequence (name, seq) "
      "SELECT '{0}', seq FROM sqlite_sequence WHERE name = {1} COLLATE NOCASE; ",
      kNewName, sql::quote_identifier(table, '\''));
}

bool names_dropped(const sql::TargetTable& table, const sql::Dependent& dependent,
                   std::uint16_t dropped) {
  const auto& used = dependent.columns;
  if (std::find(used.begin(), used.end(), dropped) != used.end()) return true;
  return TableText::index_names(dependent.sql, table.columns[dropped].name);
}

}  // namespace

// By the book (sqlite.org/lang_altertable.html, section 7): legacy_alter_table keeps the last step
// from looking into views and triggers, which name the table all the time.
std::string rebuild_script(const sql::Dialect& dialect, const sql::TargetTable& table,
                           const TableText& text, std::optional<std::uint16_t> dropped) {
  const std::string definition = text.statement(kNewTable);
  std::string columns;
  std::string values;
  for (std::uint16_t i = 0; i < table.columns.size(); ++i) {
    const sql::TargetColumn& column = table.columns[i];
    if (column.generated || i == dropped) continue;
    const std::string name = dialect.quote(column.name);
    columns += (columns.empty() ? "" : ", ") + name;
    values += (values.empty() ? "" : ", ") +
              (becomes_octets(column, text) ? "CAST(" + name + " AS BLOB)" : name);
  }
  const std::string name = dialect.table(table.name);
  std::string script = fmt::format(
      "{}PRAGMA legacy_alter_table=ON; {}; INSERT INTO {} ({}) SELECT {} FROM {}; {}"
      "DROP TABLE {}; ALTER TABLE {} RENAME TO {}; ",
      kBegin, definition, kNewTable, columns, values, name,
      text.counts() ? carry_counter(table.name.table) : "", name, kNewTable, name);
  for (const sql::Dependent& dependent : table.dependents) {
    if (dropped && names_dropped(table, dependent, *dropped)) continue;
    script += dependent.sql + "; ";
  }
  return script + "PRAGMA legacy_alter_table=OFF" + std::string(kCommit);
}

std::string inside_transaction(std::string sql) {
  if (!sql.starts_with(kBegin) || !sql.ends_with(kCommit)) return sql;
  return sql.substr(kBegin.size(), sql.size() - kBegin.size() - kCommit.size());
}

}  // namespace tailrace::sqlite
