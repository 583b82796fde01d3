#include <stdexcept>

#include "clients/postgres/connection.h"
#include "tests/support/compare/readers.h"
#include "tests/support/compare/schema/definition_readers.h"

namespace tailrace::testing {
namespace {

std::string text(const postgres::Cell& cell) {
  return cell ? std::string(*cell) : std::string();
}

void replace(std::string& where, const std::string& what, const std::string& with) {
  const auto found = where.find(what);
  if (found != std::string::npos) where.replace(found, what.size(), with);
}

// The long names of the standard are many words around the arguments.
std::string short_name(std::string type) {
  replace(type, "character varying", "varchar");
  if (type.find(" with time zone") != std::string::npos) {
    replace(type, " with time zone", "");
    replace(type, type.starts_with("timestamp") ? "timestamp" : "time",
            type.starts_with("timestamp") ? "timestamptz" : "timetz");
  }
  replace(type, " without time zone", "");
  return type;
}

constexpr const char* kColumns = R"(
  SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
    CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
    a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%',
    coalesce(col_description(c.oid, a.attnum), '')
  FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
    JOIN pg_namespace n ON n.oid = relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE nspname = $SCHEMA AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped
  ORDER BY 1, attnum)";

// pg_get_indexdef is asked for each column; options bit 1 is DESC.
constexpr const char* kIndexes = R"(
  SELECT c.relname, i.indexrelid, i.indisprimary, i.indisunique,
    pg_get_indexdef(i.indexrelid, k, true), (i.indoption[k - 1] & 1) = 1
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = relnamespace,
    generate_series(1, i.indnkeyatts) k
  WHERE nspname = $SCHEMA AND relkind IN ('r', 'p') ORDER BY 1, 2, k)";

class PostgresDefinitions {
 public:
  PostgresDefinitions(postgres::Connection connection, const std::string& schema)
      : connection_(std::move(connection)), schema_(connection_.quoted(schema)) {
    result_.server = ServerKind::postgresql;
    must(connection_.exec("SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'"));
  }

  DefinedSchema read() {
    const auto tables = rows(
        "SELECT relname, coalesce(obj_description(c.oid, 'pg_class'), '') FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'p')"
        " AND nspname = $SCHEMA");
    for (std::size_t i = 0; i < tables.row_count(); ++i) {
      result_.tables[text(tables.cell(i, 0))].comment = text(tables.cell(i, 1));
    }
    read_columns(rows(kColumns));
    read_indexes(rows(kIndexes));
    return std::move(result_);
  }

 private:
  postgres::QueryResult rows(std::string sql) {
    replace(sql, "$SCHEMA", schema_);
    return must(connection_.exec(sql));
  }

  void read_columns(const postgres::QueryResult& found) {
    for (std::size_t i = 0; i < found.row_count(); ++i) {
      DefinedColumn column;
      column.name = text(found.cell(i, 1));
      column.type = short_name(text(found.cell(i, 2)));
      column.nullable = found.cell(i, 3) == "f";
      column.counts = found.cell(i, 5) == "t";
      if (found.cell(i, 4) && !column.counts) {
        column.default_value = default_of_sql(*found.cell(i, 4));
        if (column.default_value->text.starts_with("NULL::")) column.default_value.reset();
      }
      column.comment = text(found.cell(i, 6));
      result_.tables[text(found.cell(i, 0))].columns.push_back(std::move(column));
    }
  }

  void read_indexes(const postgres::QueryResult& found) {
    std::string last;
    for (std::size_t i = 0; i < found.row_count(); ++i) {
      DefinedTable& table = result_.tables[text(found.cell(i, 0))];
      std::string column = text(found.cell(i, 4));
      if (column.starts_with('"')) column = column.substr(1, column.size() - 2);
      if (found.cell(i, 5) == "t") column += " desc";
      if (found.cell(i, 2) == "t") {
        table.key.push_back(column);
        continue;
      }
      const std::string index = text(found.cell(i, 1));
      if (index != last) table.indexes.push_back({.unique = found.cell(i, 3) == "t"});
      last = index;
      table.indexes.back().columns.push_back(std::move(column));
    }
  }

  postgres::Connection connection_;
  std::string schema_;
  DefinedSchema result_;
};

}  // namespace

DefinedSchema read_postgres_definitions(const Url& url, const std::string& schema) {
  postgres::ConnectionOptions options;
  options.host = url.host;
  options.port = url.port.value_or(5432);
  options.user = url.user;
  options.password = url.password;
  options.database = std::string(url.database());
  options.application_name = "tailrace_compare";
  return PostgresDefinitions(must(postgres::Connection::connect(options)), schema).read();
}

}  // namespace tailrace::testing
