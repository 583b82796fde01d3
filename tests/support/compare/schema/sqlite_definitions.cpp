#include <stdexcept>

#include "clients/sqlite/database.h"
#include "tests/support/compare/readers.h"
#include "tests/support/compare/schema/definition_readers.h"

namespace tailrace::testing {
namespace {

class SqliteDefinitions {
 public:
  explicit SqliteDefinitions(sqlite::Database database) : database_(std::move(database)) {
    result_.server = ServerKind::sqlite;
  }

  DefinedSchema read() {
    auto tables = must(database_.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        " AND name NOT LIKE 'tailrace_%'"));
    while (must(tables.step())) {
      const std::string name(tables.text(0));
      read_columns(name, result_.tables[name]);
      read_indexes(name, result_.tables[name]);
    }
    return std::move(result_);
  }

 private:
  void read_columns(const std::string& name, DefinedTable& table) {
    auto found = must(database_.prepare(
        "SELECT name, lower(type), \"notnull\", dflt_value FROM pragma_table_info(?)"));
    found.bind_text(1, name);
    while (must(found.step())) {
      DefinedColumn column;
      column.name = found.text(0);
      column.type = found.text(1);
      column.nullable = found.integer(2) == 0;
      if (const auto value = found.text_or_null(3); value && *value != "NULL") {
        column.default_value = default_of_sql(*value);
      }
      table.columns.push_back(std::move(column));
    }
    auto key =
        must(database_.prepare("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk"));
    key.bind_text(1, name);
    while (must(key.step())) table.key.emplace_back(key.text(0));
    // The key of a table whose rows are numbered is never NULL, though it does not say so.
    for (DefinedColumn& column : table.columns) {
      if (table.key == std::vector{column.name} && column.type == "integer") {
        column.nullable = false;
      }
    }
  }

  void read_indexes(const std::string& name, DefinedTable& table) {
    auto found = must(database_.prepare(
        "SELECT l.name, l.\"unique\", x.name, x.\"desc\" FROM pragma_index_list(?) l,"
        " pragma_index_xinfo(l.name) x WHERE l.origin <> 'pk' AND x.key = 1"
        " ORDER BY l.name, x.seqno"));
    found.bind_text(1, name);
    std::string last;
    while (must(found.step())) {
      const std::string index(found.text(0));
      if (index != last) table.indexes.push_back({.unique = found.integer(1) == 1});
      last = index;
      std::string column(found.text(2));
      table.indexes.back().columns.push_back(column + (found.integer(3) == 1 ? " desc" : ""));
    }
  }

  sqlite::Database database_;
  DefinedSchema result_;
};

}  // namespace

DefinedSchema read_sqlite_definitions(const Url& url) {
  return SqliteDefinitions(must(sqlite::Database::open({.path = url.path, .read_only = true})))
      .read();
}

DefinedSchema read_definitions(const std::string& url, const std::string& schema) {
  const Url parsed = must(Url::parse(url));
  if (parsed.scheme == "mysql" || parsed.scheme == "mariadb") {
    return read_mysql_definitions(parsed, schema);
  }
  if (parsed.scheme == "sqlite") return read_sqlite_definitions(parsed);
  return read_postgres_definitions(parsed, schema);
}

}  // namespace tailrace::testing
