#include "extractors/mysql/catalogue.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include <fmt/core.h>

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

// "VIRTUAL GENERATED", "STORED GENERATED", "PERSISTENT"; not MySQL's "DEFAULT_GENERATED".
bool says_generated(std::string_view extra) {
  return extra.find("VIRTUAL") != std::string_view::npos ||
         extra.find("STORED GENERATED") != std::string_view::npos ||
         extra.find("PERSISTENT") != std::string_view::npos;
}

// MariaDB's JSON is LONGTEXT with this check.
std::string json_check_of(std::string_view column) {
  return fmt::format("json_valid(`{}`)", column);
}

Result<std::set<std::string, std::less<>>> read_checks(Connection& connection,
                                                       const TableName& name) {
  std::set<std::string, std::less<>> checks;
  if (!connection.version().is_mariadb()) return checks;
  auto rows = query_catalogue(
      connection, fmt::format("SELECT CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS "
                              "WHERE CONSTRAINT_SCHEMA = {} AND TABLE_NAME = {}",
                              connection.quoted(name.schema), connection.quoted(name.table)));
  if (!rows) return std::move(rows).error();
  for (std::size_t i = 0; i < rows->row_count(); ++i) checks.insert(text_of(rows->row(i)[0]));
  return checks;
}

// Deleted rows of such a table stay in the log's view of it, as updates of columns that nobody
// sees.
Status refuse_versioned(Connection& connection, const TableName& name) {
  if (!connection.version().is_mariadb()) return {};
  auto type = query_catalogue(
      connection, fmt::format("SELECT TABLE_TYPE FROM information_schema.TABLES WHERE "
                              "TABLE_SCHEMA = {} AND TABLE_NAME = {}",
                              connection.quoted(name.schema), connection.quoted(name.table)));
  if (!type) return std::move(type).error();
  if (type->scalar() != "SYSTEM VERSIONED") return {};
  return Error(ErrorKind::source_settings,
               fmt::format("table {} is system-versioned; tailrace does not capture hidden period "
                           "columns",
                           name.to_string()))
      .hint("exclude the table");
}

// MariaDB compares names of columns without their accents here, but tells them apart in a table.
Result<QueryResult> query_columns(Connection& connection, const TableName& name) {
  return query_catalogue(
      connection,
      fmt::format(
          "SELECT c.COLUMN_NAME, c.DATA_TYPE, c.COLUMN_TYPE, c.IS_NULLABLE, c.CHARACTER_SET_NAME, "
          "c.COLLATION_NAME, c.EXTRA, k.ORDINAL_POSITION FROM information_schema.COLUMNS c "
          "LEFT JOIN information_schema.KEY_COLUMN_USAGE k ON k.CONSTRAINT_NAME = 'PRIMARY' "
          "AND k.TABLE_SCHEMA = {0} AND k.TABLE_NAME = {1} "
          "AND CAST(k.COLUMN_NAME AS BINARY) = CAST(c.COLUMN_NAME AS BINARY) "
          "WHERE c.TABLE_SCHEMA = {0} AND c.TABLE_NAME = {1} ORDER BY c.ORDINAL_POSITION",
          connection.quoted(name.schema), connection.quoted(name.table)));
}

// As SHOW INDEX has it: in the order in which the server keeps its indexes.
struct IndexRow {
  std::string_view name;
  std::string_view column;
  bool can_be_key = false;  // unique, not null, the whole column
  bool can_be_named = true;
};

std::size_t find_column(const QueryResult& result, std::string_view name) {
  const auto& columns = result.columns();
  return static_cast<std::size_t>(std::find(columns.begin(), columns.end(), name) -
                                  columns.begin());
}

IndexRow index_row(const QueryResult& shown, std::size_t index) {
  const Row row = shown.row(index);
  const auto cell = [&](std::string_view column) {
    const std::size_t at = find_column(shown, column);
    return at < row.size() ? row[at] : Cell();
  };
  const Cell column = cell("Column_name");
  return {.name = cell("Key_name").value_or(""),
          .column = column.value_or(""),
          .can_be_key = cell("Non_unique") == "0" && cell("Null").value_or("").empty() &&
                        !cell("Sub_part") && column,
          .can_be_named = cell("Visible") != "NO" && cell("Ignored") != "YES"};
}

CatalogueColumn* find_column(CatalogueTable& table, std::string_view name) {
  for (CatalogueColumn& column : table.columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

// Without a primary key the servers take the first unique index for it whose columns can neither be
// null nor are cut short, and say so in TABLE_MAP: mysql-server sql/table.cc and MariaDB
// sql/table.cc, "declare this as a primary key".
void promote_unique_index(const QueryResult& shown, CatalogueTable& table) {
  std::size_t end = 0;
  for (std::size_t start = 0; start < shown.row_count(); start = end) {
    const IndexRow first = index_row(shown, start);
    bool can_be_key = true;
    for (end = start; end < shown.row_count(); ++end) {
      const IndexRow part = index_row(shown, end);
      if (part.name != first.name) break;
      can_be_key = can_be_key && part.can_be_key && find_column(table, part.column) != nullptr;
    }
    if (!can_be_key) continue;
    for (std::size_t i = start; i < end; ++i) {
      find_column(table, index_row(shown, i).column)->key_ordinal =
          static_cast<std::uint16_t>(i - start + 1);
    }
    if (first.can_be_named) table.key_index = first.name;
    return;
  }
}

Status find_key(Connection& connection, CatalogueTable& table) {
  const bool has_primary =
      std::any_of(table.columns.begin(), table.columns.end(),
                  [](const CatalogueColumn& column) { return column.key_ordinal > 0; });
  if (has_primary) {
    table.key_index = "PRIMARY";
    return {};
  }
  auto shown = connection.query(fmt::format("SHOW INDEX FROM {}.{}", quoted_name(table.name.schema),
                                            quoted_name(table.name.table)));
  if (!shown) return std::move(shown).error();
  promote_unique_index(*shown, table);
  return {};
}

CatalogueColumn column_of(Row row) {
  CatalogueColumn column;
  column.name = text_of(row[0]);
  column.data_type = text_of(row[1]);
  column.column_type = text_of(row[2]);
  column.is_nullable = row[3] == "YES";
  column.charset = text_of(row[4]);
  column.collation = text_of(row[5]);
  column.is_generated = says_generated(row[6].value_or(""));
  column.key_ordinal = number_of<std::uint16_t>(row[7]);
  return column;
}

Result<std::optional<CatalogueTable>> read_now(Connection& connection, const TableName& name) {
  auto rows = query_columns(connection, name);
  if (!rows) return std::move(rows).error();
  if (rows->row_count() == 0) return std::optional<CatalogueTable>();
  if (auto fit = refuse_versioned(connection, name); !fit) return std::move(fit).error();
  auto checks = read_checks(connection, name);
  if (!checks) return std::move(checks).error();
  CatalogueTable table;
  table.name = name;
  for (std::size_t i = 0; i < rows->row_count(); ++i) {
    table.columns.push_back(column_of(rows->row(i)));
    CatalogueColumn& column = table.columns.back();
    column.is_json = checks->contains(json_check_of(column.name));
  }
  if (auto found = find_key(connection, table); !found) return std::move(found).error();
  return std::optional<CatalogueTable>(std::move(table));
}

}  // namespace

Result<QueryResult> query_catalogue(Connection& connection, std::string_view sql) {
  auto rows = connection.query(sql);
  if (!rows || rows->warning_count() == 0) return rows;
  const auto warnings = connection.query("SHOW WARNINGS");
  if (!warnings) return warnings.error();
  for (std::size_t i = 0; i < warnings->row_count(); ++i) {
    const Row warning = warnings->row(i);  // level, code, message
    if (warning.size() < 3 || warning[1] != "1205") continue;
    return Error(ErrorKind::busy, "a table is locked, and the catalogue does not tell of it")
        .native("1205/HY000");
  }
  return rows;
}

// A table that goes away between two questions is asked for anew: then it is simply not there.
Result<std::optional<CatalogueTable>> read_catalogue_table(Connection& connection,
                                                           const TableName& name) {
  constexpr int kMoments = 5;
  for (int moment = 1;; ++moment) {
    auto table = read_now(connection, name);
    const bool gone = !table && table.error().native().starts_with("1146/");
    if (!gone || moment == kMoments) return table;
  }
}

Status read_collations(Connection& connection, CharsetTable& charsets) {
  // MariaDB 10.10 moved the ids of collations that serve several character sets to another table.
  const bool by_applicability =
      connection.version().is_mariadb() && connection.version().at_least(10, 10);
  auto rows = connection.query(
      by_applicability
          ? "SELECT ID, CHARACTER_SET_NAME FROM "
            "information_schema.COLLATION_CHARACTER_SET_APPLICABILITY WHERE ID IS NOT NULL"
          : "SELECT ID, CHARACTER_SET_NAME FROM information_schema.COLLATIONS "
            "WHERE ID IS NOT NULL AND CHARACTER_SET_NAME IS NOT NULL");
  if (!rows) return std::move(rows).error();
  for (std::size_t i = 0; i < rows->row_count(); ++i) {
    const Row row = rows->row(i);
    // A character set unknown to us is reported when a column needs it.
    static_cast<void>(charsets.add(number_of<std::uint32_t>(row[0]), row[1].value_or("")));
  }
  return {};
}

Result<const CatalogueTable*> ServerCatalogue::find(const TableName& name) {
  auto known = tables_.find(name);
  if (known == tables_.end()) {
    auto table =
        reading([&](Connection& connection) { return read_catalogue_table(connection, name); });
    if (!table) return std::move(table).error().with("table " + name.to_string());
    known = tables_.emplace(name, std::move(*table)).first;
  }
  return known->second ? &*known->second : nullptr;
}

Result<std::vector<TableName>> ServerCatalogue::underscored(const std::string& schema) {
  auto rows = reading([&](Connection& connection) {
    return connection.query(
        fmt::format("SELECT TABLE_NAME FROM information_schema.TABLES "
                    "WHERE TABLE_SCHEMA = {} AND LEFT(TABLE_NAME, 1) = '_' "
                    "AND TABLE_TYPE = 'BASE TABLE' ORDER BY 1",
                    connection.quoted(schema)));
  });
  if (!rows) return std::move(rows).error().with("schema " + schema);
  std::vector<TableName> names;
  for (std::size_t i = 0; i < rows->row_count(); ++i) {
    names.push_back({schema, text_of(rows->row(i)[0])});
  }
  return names;
}

template <typename Read>
auto ServerCatalogue::reading(const Read& read) -> decltype(read(std::declval<Connection&>())) {
  if (connection_) {
    auto found = read(*connection_);
    // It may have been idle for longer than the server's wait_timeout.
    if (found || found.error().kind() != ErrorKind::unreachable) return found;
    disconnect();
  }
  if (auto connected = connect(); !connected) return std::move(connected).error();
  return read(*connection_);
}

void ServerCatalogue::disconnect() {
  const std::scoped_lock lock(mutex_);
  connection_.reset();
}

void ServerCatalogue::interrupt() {
  const std::scoped_lock lock(mutex_);
  interrupted_ = true;
  if (connection_) connection_->interrupt();
}

Status ServerCatalogue::connect() {
  auto connection = Connection::connect(options_);
  if (!connection) return std::move(connection).error();
  // Behind an ALTER TABLE that holds its table: `busy`, to be asked again.
  if (auto set = connection->query("SET SESSION lock_wait_timeout=5"); !set) {
    return std::move(set).error();
  }
  // The hidden key of MySQL's sql_generate_invisible_primary_key is in the log, too. Servers that
  // do not have the setting have no such keys.
  static_cast<void>(
      connection->query("SET SESSION show_gipk_in_create_table_and_information_schema = ON"));
  const std::scoped_lock lock(mutex_);
  if (interrupted_) return Error(ErrorKind::cancelled, "interrupted");
  connection_.emplace(std::move(*connection));
  return {};
}

}  // namespace tailrace::mysql
