#include <algorithm>

#include <fmt/format.h>

#include "sinks/mysql/column_attributes.h"
#include "sinks/mysql/mysql_dialect.h"

namespace tailrace::mysql {
namespace {

// Letters, digits and the like mean themselves, whatever the session's sql_mode.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view(" .:-_+,").find(c) != std::string_view::npos;
  });
}

// "int(11) unsigned" and "INT UNSIGNED", "datetime" and "DATETIME(0)" are the same; a collation is
// no part of a type.
std::string short_name(std::string_view type) {
  std::string text(type);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const std::string_view behind : {" character set ", " collate "}) {
    text.resize(std::min(text.find(behind), text.size()));
  }
  const std::size_t open = text.find('(');
  const std::size_t close = text.find(')');
  if (open == std::string::npos || close == std::string::npos) return text;
  const bool is_width = text.substr(0, open).ends_with("int");
  if (is_width || text.substr(open, close - open) == "(0") text.erase(open, close + 1 - open);
  return text;
}

}  // namespace

bool MySqlDialect::has_type(const sql::TargetColumn& column, std::string_view type) const {
  const std::string there = short_name(column.type_name);
  const std::string wanted = short_name(type);
  // MariaDB's JSON is a name for LONGTEXT.
  return there == wanted || (version_.is_mariadb() && wanted == "json" && there == "longtext");
}

// A column that counts has to lead an index, at every moment.
std::string MySqlDialect::change_key(const sql::TargetTable& target,
                                     std::span<const std::string> columns) const {
  std::string list;
  for (const std::string& column : columns) list += (list.empty() ? "" : ", ") + quote(column);
  std::string clauses;
  if (!target.primary_key.empty()) clauses = "DROP PRIMARY KEY";
  if (!list.empty()) clauses += (clauses.empty() ? "" : ", ") + ("ADD PRIMARY KEY (" + list + ")");
  for (std::uint16_t i = 0; i < target.columns.size(); ++i) {
    const sql::TargetColumn& column = target.columns[i];
    if (!column.counts || (!columns.empty() && columns.front() == column.name)) continue;
    const auto& indexes = target.unique_indexes;
    const bool led =
        std::any_of(indexes.begin(), indexes.end(), [&](const sql::UniqueIndex& index) {
          return index.name != "PRIMARY" && !index.columns.empty() && index.columns.front() == i;
        });
    if (!led && !clauses.empty()) clauses += ", ADD INDEX (" + quote(column.name) + ")";
  }
  return clauses.empty() ? "" : fmt::format("ALTER TABLE {} {}", table(target.name), clauses);
}

std::string MySqlDialect::change_column(const sql::TargetTable& target,
                                        const sql::TargetColumn& column, const std::string& type,
                                        bool not_null) const {
  // MODIFY names all that the column is to have from now on.
  const std::string definition =
      column.definition.empty() ? " " + column.type_name : column.definition;
  return fmt::format("ALTER TABLE {} MODIFY COLUMN {}{}", table(target.name), quote(column.name),
                     with_type(definition, column.type_name, type, not_null));
}

// A column that may be NULL and has no default at all has to be named by every INSERT.
std::string MySqlDialect::drop_default(const TableName& name, std::string_view column,
                                       bool not_null) const {
  return fmt::format("ALTER TABLE {} ALTER COLUMN {} {}", table(name), quote(column),
                     not_null ? "DROP DEFAULT" : "SET DEFAULT NULL");
}

std::string MySqlDialect::literal(const Column& column, std::string_view value,
                                  const std::string& type) const {
  // An instant is kept as a DATETIME in UTC.
  if (column.type == LogicalType::timestamptz && value.ends_with('Z')) value.remove_suffix(1);
  std::string text;
  if (is_plain(value)) {
    text = fmt::format("'{}'", value);
  } else {
    for (const char c : value) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    text = "_utf8mb4 x'" + text + "'";
  }
  // A TEXT or JSON takes a default only as an expression.
  const bool is_text = type.find("text") != std::string::npos ||
                       type.find("TEXT") != std::string::npos || type.starts_with("JSON");
  return is_text ? "(" + text + ")" : text;
}

// One statement renames all, or none.
std::vector<std::string> MySqlDialect::rename_tables(std::span<const TableName> pairs) const {
  std::string sql;
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    sql += fmt::format("{}{} TO {}", sql.empty() ? "RENAME TABLE " : ", ", table(pairs[i]),
                       table(pairs[i + 1]));
  }
  if (sql.empty()) return {};
  return {sql};
}

}  // namespace tailrace::mysql
