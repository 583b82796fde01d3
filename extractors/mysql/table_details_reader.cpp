#include "extractors/mysql/table_details_reader.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include <fmt/core.h>

#include "extractors/mysql/catalogue.h"
#include "extractors/mysql/default_text.h"
#include "extractors/mysql/quoted_name.h"

namespace tailrace::mysql {

namespace {

std::string text_of(const Cell& cell) {
  return std::string(cell.value_or(""));
}

template <typename T>
T number_of(const Cell& cell) {
  T value = 0;
  const std::string_view text = cell.value_or("");
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string where_table(const Connection& connection, const TableName& name,
                        std::string_view prefix = "") {
  return fmt::format("{0}TABLE_SCHEMA = {1} AND {0}TABLE_NAME = {2}", prefix,
                     connection.quoted(name.schema), connection.quoted(name.table));
}

// It is described again.
Error changed(const TableSchema& schema, std::string_view column) {
  return Error(ErrorKind::busy,
               fmt::format("column \"{}\" appeared while the table was described", column))
      .with("table " + schema.name.to_string());
}

// A column with a literal default.
struct Literal {
  std::uint16_t column = 0;
  DefaultText written;
};

// DEFAULT() answers the stored value, but only where there is a row. Behind an outer join there is
// one always; columns that are not null answer NULL there.
Result<QueryResult> query_literals(Connection& connection, const TableSchema& schema,
                                   const std::string& list) {
  const std::string table =
      quoted_name(schema.name.schema) + "." + quoted_name(schema.name.table) + " t";
  auto values = connection.query(fmt::format("SELECT {} FROM {} LIMIT 1", list, table));
  if (!values || values->row_count() > 0) return values;
  return connection.query(
      fmt::format("SELECT {} FROM (SELECT 1) one LEFT JOIN {} ON FALSE", list, table));
}

// What is left for the columns of an empty table that are not null.
ColumnDefault default_in_catalogue(const Literal& literal, const TextColumn& reader,
                                   const Column& column) {
  auto value = literal_in_catalogue(literal.written, reader, column);
  if (value) return {ColumnDefault::Kind::literal, std::move(*value)};
  const std::string text = default_expression(literal.written);
  return {ColumnDefault::Kind::expression, literal.written.mariadb ? text : "'" + text + "'"};
}

Status read_literals(Connection& connection, const TableSchema& schema,
                     const std::vector<TextColumn>& readers, const std::vector<Literal>& literals,
                     TableDetails& details) {
  if (literals.empty()) return {};
  std::string list;
  for (const Literal& literal : literals) {
    const std::string name = quoted_name(schema.columns[literal.column].name);
    if (!list.empty()) list += ", ";
    list += select_expression(readers[literal.column].form, fmt::format("DEFAULT(t.{})", name));
  }
  auto values = query_literals(connection, schema, list);
  if (!values) return std::move(values).error();
  TextValueReader reader;
  ByteWriter out;
  for (std::size_t i = 0; i < literals.size(); ++i) {
    const Literal& literal = literals[i];
    const TextColumn& column = readers[literal.column];
    const Cell cell = values->row(0)[i];
    out.clear();
    const bool is_known = cell && reader.read(column, *cell, out) == ReadOutcome::good;
    details.columns[literal.column].default_value =
        is_known ? ColumnDefault{ColumnDefault::Kind::literal, std::string(out.text())}
                 : default_in_catalogue(literal, column, schema.columns[literal.column]);
  }
  return {};
}

// True: a literal, whose value is to be asked for.
bool note_default(const DefaultText& written, const Column& column, ColumnDetails& details) {
  switch (classify_default(written, column)) {
    case DefaultWritten::none:
      return false;
    case DefaultWritten::literal:
      return true;
    case DefaultWritten::current_timestamp:
      details.default_value = ColumnDefault{ColumnDefault::Kind::current_timestamp, {}};
      return false;
    case DefaultWritten::expression:
      details.default_value =
          ColumnDefault{ColumnDefault::Kind::expression, default_expression(written)};
      return false;
  }
  return false;
}

Status read_columns(Connection& connection, const TableSchema& schema,
                    const std::vector<TextColumn>& readers, TableDetails& details) {
  auto rows =
      query_catalogue(connection, fmt::format("SELECT COLUMN_NAME, COLUMN_DEFAULT, EXTRA, "
                                              "COLUMN_COMMENT FROM information_schema.COLUMNS "
                                              "WHERE {}",
                                              where_table(connection, schema.name)));
  if (!rows) return std::move(rows).error();
  details.columns.resize(schema.columns.size());
  std::vector<Literal> literals;
  for (std::size_t i = 0; i < rows->row_count(); ++i) {
    const Row row = rows->row(i);
    const auto at = schema.find_column(row[0].value_or(""));
    if (!at) return changed(schema, row[0].value_or(""));
    const std::string extra = lower(row[2].value_or(""));
    ColumnDetails& column = details.columns[*at];
    const DefaultText written{row[1], extra, connection.version().is_mariadb()};
    if (note_default(written, schema.columns[*at], column)) literals.push_back({*at, written});
    column.auto_increment = extra.find("auto_increment") != std::string::npos;
    column.on_update_now = extra.find("on update") != std::string::npos;
    column.comment = text_of(row[3]);
  }
  return read_literals(connection, schema, readers, literals, details);
}

Status read_table(Connection& connection, const TableSchema& schema, TableDetails& details) {
  auto rows = query_catalogue(
      connection,
      fmt::format("SELECT TABLE_COMMENT, AUTO_INCREMENT FROM information_schema.TABLES WHERE {}",
                  where_table(connection, schema.name)));
  if (!rows) return std::move(rows).error();
  if (rows->row_count() == 0) return {};
  details.comment = text_of(rows->row(0)[0]);
  details.next_auto_value = number_of<std::uint64_t>(rows->row(0)[1]);
  return {};
}

// Rows: index, not unique, column (NULL: an expression), collation, prefix, method.
Status add_index_part(Row row, const TableSchema& schema, std::vector<IndexDetails>& indexes) {
  if (indexes.empty() || indexes.back().name != row[0].value_or("")) {
    IndexDetails& index = indexes.emplace_back();
    index.name = text_of(row[0]);
    index.unique = row[1] == "0";
    index.method = lower(row[5].value_or(""));
    if (index.method == "rtree") index.method = "spatial";
    if (index.method == "fulltext" || index.method == "spatial") index.special = index.method;
  }
  IndexDetails& index = indexes.back();
  if (!row[2]) {
    index.special = "expression";
    return {};
  }
  const auto at = schema.find_column(*row[2]);
  if (!at) return changed(schema, *row[2]);
  IndexColumn column{.column = *at, .prefix_length = 0, .descending = row[3] == "D"};
  if (index.special != "spatial") column.prefix_length = number_of<std::uint32_t>(row[4]);
  index.columns.push_back(column);
  return {};
}

// The line that has this before the first quoted name that is not part of it.
std::string line_with(std::string_view create_table, std::string_view wanted) {
  while (!create_table.empty()) {
    const std::size_t end = std::min(create_table.find('\n'), create_table.size());
    std::string_view line = create_table.substr(0, end);
    create_table.remove_prefix(std::min(end + 1, create_table.size()));
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    while (line.ends_with(',') || line.ends_with(' ')) line.remove_suffix(1);
    const std::size_t at = line.find(wanted);
    if (at != std::string_view::npos && line.substr(0, at).find('`') == std::string_view::npos) {
      return std::string(line);
    }
  }
  return {};
}

// Asked for when something needs it: not every table has anything special.
Status complete_from_statement(Connection& connection, const TableSchema& schema,
                               TableDetails& details) {
  const auto is_special = [](const IndexDetails& index) { return !index.special.empty(); };
  if (details.foreign_keys.empty() &&
      std::none_of(details.indexes.begin(), details.indexes.end(), is_special)) {
    return {};
  }
  auto shown = connection.query(fmt::format(
      "SHOW CREATE TABLE {}.{}", quoted_name(schema.name.schema), quoted_name(schema.name.table)));
  if (!shown) return std::move(shown).error();
  const std::string text = shown->row_count() == 0 ? "" : text_of(shown->row(0)[1]);
  for (IndexDetails& index : details.indexes) {
    if (is_special(index)) index.definition = index_definition(text, index.name);
  }
  for (ForeignKeyDetails& key : details.foreign_keys) {
    const std::string line = foreign_key_definition(text, key.name);
    key.on_delete = rule_of(line, " ON DELETE ");
    key.on_update = rule_of(line, " ON UPDATE ");
  }
  return {};
}

Status read_indexes(Connection& connection, const TableSchema& schema, TableDetails& details) {
  auto rows = query_catalogue(
      connection,
      fmt::format("SELECT INDEX_NAME, NON_UNIQUE, COLUMN_NAME, COLLATION, SUB_PART, INDEX_TYPE "
                  "FROM information_schema.STATISTICS WHERE {} AND INDEX_NAME <> 'PRIMARY' "
                  "ORDER BY INDEX_NAME, SEQ_IN_INDEX",
                  where_table(connection, schema.name)));
  if (!rows) return std::move(rows).error();
  for (std::size_t i = 0; i < rows->row_count(); ++i) {
    if (auto added = add_index_part(rows->row(i), schema, details.indexes); !added) return added;
  }
  return {};
}

// Their rules come from SHOW CREATE TABLE: MariaDB shows REFERENTIAL_CONSTRAINTS to none but those
// who may write to the table.
Status read_foreign_keys(Connection& connection, const TableSchema& schema, TableDetails& details) {
  auto rows = query_catalogue(
      connection,
      fmt::format(
          "SELECT CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, "
          "REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE "
          "WHERE {} AND REFERENCED_TABLE_NAME IS NOT NULL ORDER BY CONSTRAINT_NAME, "
          "ORDINAL_POSITION",
          where_table(connection, schema.name)));
  if (!rows) return std::move(rows).error();
  for (std::size_t i = 0; i < rows->row_count(); ++i) {
    const Row row = rows->row(i);
    const auto at = schema.find_column(row[1].value_or(""));
    if (!at) return changed(schema, row[1].value_or(""));
    auto& keys = details.foreign_keys;
    if (keys.empty() || keys.back().name != row[0].value_or("")) {
      ForeignKeyDetails& key = keys.emplace_back();
      key.name = text_of(row[0]);
      key.referenced = {text_of(row[2]), text_of(row[3])};
    }
    keys.back().columns.push_back(*at);
    keys.back().referenced_columns.push_back(text_of(row[4]));
  }
  return {};
}

}  // namespace

std::string index_definition(std::string_view create_table, std::string_view index) {
  // "FULLTEXT ", "SPATIAL ", "UNIQUE " or nothing stands before it.
  return line_with(create_table, "KEY " + quoted_name(index) + " (");
}

std::string foreign_key_definition(std::string_view create_table, std::string_view name) {
  return line_with(create_table, "CONSTRAINT " + quoted_name(name) + " FOREIGN KEY (");
}

std::string rule_of(std::string_view definition, std::string_view event) {
  const std::size_t at = definition.rfind(event);
  // Names stand in backquotes, and rules behind all of them.
  if (at == std::string_view::npos || definition.find('`', at) != std::string_view::npos) {
    return "NO ACTION";
  }
  definition.remove_prefix(at + event.size());
  for (const std::string_view rule :
       {"CASCADE", "SET NULL", "RESTRICT", "SET DEFAULT", "NO ACTION"}) {
    if (definition.starts_with(rule)) return std::string(rule);
  }
  return "NO ACTION";
}

Result<TableDetails> read_table_details(Connection& connection, const TableSchema& schema,
                                        const std::vector<TextColumn>& readers) {
  TableDetails details;
  if (auto read = read_table(connection, schema, details); !read) return std::move(read).error();
  if (auto read = read_columns(connection, schema, readers, details); !read) {
    return std::move(read).error();
  }
  if (auto read = read_indexes(connection, schema, details); !read) {
    return std::move(read).error();
  }
  if (auto read = read_foreign_keys(connection, schema, details); !read) {
    return std::move(read).error();
  }
  if (auto read = complete_from_statement(connection, schema, details); !read) {
    return std::move(read).error();
  }
  return details;
}

}  // namespace tailrace::mysql
