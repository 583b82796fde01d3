#include "sinks/sqlite/catalogue.h"

#include <algorithm>
#include <limits>

namespace tailrace::sqlite {
namespace {

using sql::TargetColumn;
using sql::TargetTable;
using sql::TargetType;

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

TargetType type_of(const std::string& declared, bool strict) {
  const auto has = [&](const char* part) { return declared.find(part) != std::string::npos; };
  if (strict && declared == "ANY") return TargetType::any;
  if (has("INT")) return TargetType::integer;
  if (has("CHAR") || has("CLOB") || has("TEXT")) return TargetType::text;
  if (declared == "BLOB") return strict ? TargetType::bytes : TargetType::any;
  if (has("BLOB") || declared.empty()) return TargetType::any;
  if (has("REAL") || has("FLOA") || has("DOUB")) return TargetType::float64;
  return TargetType::numeric_affinity;
}

struct TableTraits {
  bool exists = false;
  bool strict = false;
};

Result<TableTraits> traits_of(const Database& database, const TableName& name) {
  auto statement = database.prepare(
      "SELECT strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
      " AND name = ?1 COLLATE NOCASE");
  if (!statement) return std::move(statement).error();
  statement->bind_text(1, name.table);
  auto row = statement->step();
  if (!row) return std::move(row).error();
  if (!*row) return TableTraits{};
  return TableTraits{true, statement->integer(0) != 0};
}

// Columns and, in `key`, the primary key in its order.
Status load_columns(const Database& database, TargetTable& table, bool strict,
                    std::vector<std::uint16_t>& key) {
  auto statement = database.prepare(
      "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo(?1)");
  if (!statement) return std::move(statement).error();
  statement->bind_text(1, table.name.table);
  std::vector<std::pair<std::int64_t, std::uint16_t>> ordered;
  while (true) {
    auto row = statement->step();
    if (!row) return std::move(row).error();
    if (!*row) break;
    TargetColumn column;
    column.name = statement->text(0);
    set_type(column, statement->text(1), strict);
    column.not_null = statement->integer(2) != 0;
    column.has_default = statement->text_or_null(3).has_value();
    column.generated = statement->integer(5) > 1;
    if (const std::int64_t place = statement->integer(4); place > 0) {
      ordered.emplace_back(place, static_cast<std::uint16_t>(table.columns.size()));
    }
    table.columns.push_back(std::move(column));
  }
  std::sort(ordered.begin(), ordered.end());
  for (const auto& [place, index] : ordered) key.push_back(index);
  return {};
}

struct IndexRow {
  std::string name;
  bool partial = false;
};

Result<std::vector<IndexRow>> unique_indexes(const Database& database, const TableName& name) {
  auto statement = database.prepare(
      "SELECT name, partial FROM pragma_index_list(?1) WHERE \"unique\" = 1 ORDER BY origin <> "
      "'pk'");
  if (!statement) return std::move(statement).error();
  statement->bind_text(1, name.table);
  std::vector<IndexRow> rows;
  while (true) {
    auto row = statement->step();
    if (!row) return std::move(row).error();
    if (!*row) return rows;
    rows.push_back({std::string(statement->text(0)), statement->integer(1) != 0});
  }
}

Status load_index(const Database& database, TargetTable& table, const IndexRow& found) {
  auto statement =
      database.prepare("SELECT cid, coll FROM pragma_index_xinfo(?1) WHERE key = 1 ORDER BY seqno");
  if (!statement) return std::move(statement).error();
  statement->bind_text(1, found.name);
  sql::UniqueIndex index;
  index.name = found.name;
  bool nullable = false;
  while (true) {
    auto row = statement->step();
    if (!row) return std::move(row).error();
    if (!*row) break;
    const std::int64_t column = statement->integer(0);
    if (column < 0) {
      index.on_expression = true;
      continue;
    }
    index.columns.push_back(static_cast<std::uint16_t>(column));
    TargetColumn& part = table.columns[static_cast<std::size_t>(column)];
    nullable |= !part.not_null;
    if (upper(statement->text(1)) != "BINARY") part.binary_comparison = false;
  }
  const bool known =
      std::find(table.keys.begin(), table.keys.end(), index.columns) != table.keys.end();
  if (!nullable && !known && !found.partial && !index.on_expression) {
    table.keys.push_back(index.columns);
  }
  table.unique_indexes.push_back(std::move(index));
  return {};
}

// The columns of an index that has a statement; none for a trigger.
Result<std::vector<std::uint16_t>> columns_of(const Database& database, const std::string& index) {
  auto statement = database.prepare("SELECT cid FROM pragma_index_info(?1) WHERE cid >= 0");
  if (!statement) return std::move(statement).error();
  statement->bind_text(1, index);
  std::vector<std::uint16_t> columns;
  while (true) {
    auto row = statement->step();
    if (!row) return std::move(row).error();
    if (!*row) return columns;
    columns.push_back(static_cast<std::uint16_t>(statement->integer(0)));
  }
}

// What a table is made again from (rebuild.h).
Status load_statements(const Database& database, TargetTable& table) {
  auto statement = database.prepare(
      "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = ?1 COLLATE NOCASE"
      " AND sql IS NOT NULL AND type IN ('table', 'index', 'trigger') ORDER BY type, rowid");
  if (!statement) return std::move(statement).error();
  statement->bind_text(1, table.name.table);
  while (true) {
    auto row = statement->step();
    if (!row) return std::move(row).error();
    if (!*row) return {};
    if (statement->text(0) == "table") {
      table.definition = statement->text(2);
      continue;
    }
    sql::Dependent dependent{std::string(statement->text(2)), {}};
    if (statement->text(0) == "index") {
      auto columns = columns_of(database, std::string(statement->text(1)));
      if (!columns) return std::move(columns).error();
      dependent.columns = *std::move(columns);
    }
    table.dependents.push_back(std::move(dependent));
  }
}

}  // namespace

void set_type(TargetColumn& column, std::string_view declared, bool strict) {
  column.type = type_of(upper(declared), strict);
  column.type_name = declared.empty() ? "a column without type" : std::string(declared);
  column.base_type_name = column.type_name;
  column.minimum = std::numeric_limits<std::int64_t>::min();
  column.maximum = std::numeric_limits<std::int64_t>::max();
}

Result<std::optional<TargetTable>> load_table(const Database& database, const TableName& name) {
  auto traits = traits_of(database, name);
  if (!traits) return std::move(traits).error();
  if (!traits->exists) return std::optional<TargetTable>();
  TargetTable table;
  table.name = name;
  std::vector<std::uint16_t> key;
  if (auto loaded = load_columns(database, table, traits->strict, key); !loaded) {
    return std::move(loaded).error();
  }
  if (!key.empty()) {
    table.keys.push_back(key);
    table.primary_key = "PRIMARY KEY";
  }
  if (auto loaded = load_statements(database, table); !loaded) return std::move(loaded).error();
  auto indexes = unique_indexes(database, name);
  if (!indexes) return std::move(indexes).error();
  for (const IndexRow& index : *indexes) {
    if (auto loaded = load_index(database, table, index); !loaded) return std::move(loaded).error();
  }
  return std::optional<TargetTable>(std::move(table));
}

}  // namespace tailrace::sqlite
