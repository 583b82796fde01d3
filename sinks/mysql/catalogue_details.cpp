#include "sinks/mysql/catalogue_details.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

namespace tailrace::mysql {
namespace {

using sql::TargetDetails;
using sql::TargetTable;

std::string text_of(Cell cell) {
  return std::string(cell.value_or(""));
}

std::optional<std::uint16_t> column_of(const TargetTable& table, Cell name) {
  const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                  [&](const auto& column) { return name == column.name; });
  if (found == table.columns.end()) return std::nullopt;
  return static_cast<std::uint16_t>(found - table.columns.begin());
}

Status load_columns(Connection& connection, const std::string& where, const TargetTable& table,
                    TargetDetails& details) {
  // MariaDB has the word NULL where there is no default.
  auto rows = connection.query(
      "SELECT COLUMN_NAME, COLUMN_DEFAULT IS NOT NULL AND (COLUMN_DEFAULT <> 'NULL' OR VERSION()"
      " NOT LIKE '%MariaDB%'), EXTRA LIKE '%auto_increment%', COLUMN_COMMENT"
      " FROM information_schema.COLUMNS" +
      where);
  if (!rows) return std::move(rows).error();
  details.columns.resize(table.columns.size());
  for (std::size_t i = 0; i < rows->row_count(); ++i) {
    const Row row = rows->row(i);
    if (const auto column = column_of(table, row[0])) {
      details.columns[*column] = {row[1] == "1", row[2] == "1", text_of(row[3])};
    }
  }
  return {};
}

// Rows: index, not unique, column (NULL: an expression), collation, prefix, method.
void add_part(const TargetTable& table, Row row, TargetDetails& details) {
  const std::string name = text_of(row[0]);
  if (details.indexes.empty() || details.indexes.back().name != name) {
    sql::TargetIndex& index = details.indexes.emplace_back();
    index.name = name;
    index.unique = row[1] == "0";
    if (row[5] == "FULLTEXT") index.method = "fulltext";
    if (row[5] == "SPATIAL" || row[5] == "RTREE") index.method = "spatial";
    index.plain = index.method.empty();
    details.taken_index_names.insert(name);
  }
  sql::TargetIndex& index = details.indexes.back();
  const auto column = column_of(table, row[2]);
  if (!column) {
    index.plain = false;
    return;
  }
  std::uint32_t prefix = 0;
  const std::string_view digits = index.plain ? row[4].value_or("0") : "0";
  std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  index.columns.push_back({*column, prefix, row[3] == "D"});
}

Status load_indexes(Connection& connection, const std::string& where, const TargetTable& table,
                    TargetDetails& details) {
  details.taken_index_names.insert("PRIMARY");
  auto rows = connection.query(
      "SELECT INDEX_NAME, NON_UNIQUE, COLUMN_NAME, COLLATION, SUB_PART, INDEX_TYPE"
      " FROM information_schema.STATISTICS" +
      where + " ORDER BY INDEX_NAME, SEQ_IN_INDEX");
  if (!rows) return std::move(rows).error();
  for (std::size_t i = 0; i < rows->row_count(); ++i) add_part(table, rows->row(i), details);
  return {};
}

Status load_foreign_keys(Connection& connection, const TargetTable& table, TargetDetails& details) {
  auto rows = connection.query(
      "SELECT CONSTRAINT_NAME, TABLE_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA,"
      " REFERENCED_TABLE_NAME FROM information_schema.KEY_COLUMN_USAGE"
      " WHERE REFERENCED_TABLE_NAME IS NOT NULL AND TABLE_SCHEMA = " +
      connection.quoted(table.name.schema) + " ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION");
  if (!rows) return std::move(rows).error();
  for (std::size_t i = 0; i < rows->row_count(); ++i) {
    const Row row = rows->row(i);
    const std::string name = text_of(row[0]);
    details.taken_foreign_key_names.insert(name);
    if (row[1] != table.name.table) continue;
    auto& keys = details.foreign_keys;
    if (keys.empty() || keys.back().name != name) {
      keys.push_back({name, {}, {text_of(row[3]), text_of(row[4])}});
    }
    if (const auto column = column_of(table, row[2])) keys.back().columns.push_back(*column);
  }
  return {};
}

// The name that a line of SHOW CREATE TABLE begins with; `rest` is what follows.
std::optional<std::string> leading_name(std::string_view line, std::string_view& rest) {
  constexpr std::string_view kStart = "  `";
  if (!line.starts_with(kStart)) return std::nullopt;
  std::string name;
  for (std::size_t at = kStart.size(); at < line.size(); ++at) {
    const bool quote = line[at] == '`';
    if (quote && (at + 1 == line.size() || line[at + 1] != '`')) {
      rest = line.substr(at + 1);
      return name;
    }
    name += line[at];
    if (quote) ++at;
  }
  return std::nullopt;
}

}  // namespace

Result<TargetDetails> load_details(Connection& connection, const TargetTable& table) {
  TargetDetails details;
  const std::string where =
      fmt::format(" WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {}",
                  connection.quoted(table.name.schema), connection.quoted(table.name.table));
  auto comment = connection.query("SELECT TABLE_COMMENT FROM information_schema.TABLES" + where);
  if (!comment) return std::move(comment).error();
  details.comment = text_of(comment->scalar());
  auto loaded = load_columns(connection, where, table, details);
  if (loaded) loaded = load_indexes(connection, where, table, details);
  if (loaded) loaded = load_foreign_keys(connection, table, details);
  if (!loaded) return std::move(loaded).error();
  return details;
}

ColumnDefinitions column_definitions(std::string_view create_table) {
  ColumnDefinitions definitions;
  while (!create_table.empty()) {
    const std::size_t end = std::min(create_table.find('\n'), create_table.size());
    std::string_view line = create_table.substr(0, end);
    create_table.remove_prefix(std::min(end + 1, create_table.size()));
    if (line.ends_with(',')) line.remove_suffix(1);
    std::string_view rest;
    if (auto name = leading_name(line, rest)) definitions[*std::move(name)] = rest;
  }
  return definitions;
}

}  // namespace tailrace::mysql
