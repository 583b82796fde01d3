#include "sinks/sqlite/rebuild.h"

#include <algorithm>

#include <fmt/format.h>

namespace tailrace::sqlite {
namespace {

constexpr std::string_view kBegin = "BEGIN IMMEDIATE; ";
constexpr std::string_view kCommit = "; COMMIT";
constexpr std::string_view kNewTable = "\"tailrace_rebuilt\"";

// A STRICT table converts between numbers and their texts by itself, but not to octets.
bool becomes_octets(const sql::TargetColumn& column, const std::string& definition) {
  return column.type == sql::TargetType::text &&
         definition.find("\"" + column.name + "\" BLOB") != std::string::npos;
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
              (becomes_octets(column, definition) ? "CAST(" + name + " AS BLOB)" : name);
  }
  const std::string name = dialect.table(table.name);
  std::string script = fmt::format(
      "{}PRAGMA legacy_alter_table=ON; {}; INSERT INTO {} ({}) SELECT {} FROM {}; DROP TABLE {}; "
      "ALTER TABLE {} RENAME TO {}; ",
      kBegin, definition, kNewTable, columns, values, name, name, kNewTable, name);
  for (const sql::Dependent& dependent : table.dependents) {
    const auto& used = dependent.columns;
    if (dropped && std::find(used.begin(), used.end(), *dropped) != used.end()) continue;
    script += dependent.sql + "; ";
  }
  return script + "PRAGMA legacy_alter_table=OFF" + std::string(kCommit);
}

std::string inside_transaction(std::string sql) {
  if (!sql.starts_with(kBegin) || !sql.ends_with(kCommit)) return sql;
  return sql.substr(kBegin.size(), sql.size() - kBegin.size() - kCommit.size());
}

}  // namespace tailrace::sqlite
