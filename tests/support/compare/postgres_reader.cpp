#include <stdexcept>

#include "clients/postgres/connection.h"
#include "tests/support/compare/readers.h"

namespace tailrace::testing {
namespace {

// Selects the column so that its text is one that canonical() understands.
std::string expression(const ComparedColumn& column) {
  const std::string name = quote(column.name, '"');
  const std::string& type = column.native_type;
  if (type == "bytea") return "encode(" + name + ", 'hex')";
  if (type == "bool") return name + "::int";
  if (type == "bit" || type == "varbit") return "'b' || " + name + "::text";
  if (type == "interval" || type == "time") {
    return "(extract(epoch FROM " + name + ") * 1000000)::bigint";
  }
  if (type == "_text" || type == "_varchar") return "array_to_string(" + name + ", ',')";
  if (type == "_float4") return "'[' || array_to_string(" + name + ", ',')";
  if (type == "inet") return "host(" + name + ")";
  // Hexadecimal digits that stand there as text are not the bytes themselves.
  if (column.family == Family::bytes) return "'as text: ' || " + name + "::text";
  return name + "::text";
}

class PostgresReader final : public TableReader {
 public:
  explicit PostgresReader(postgres::Connection connection) : connection_(std::move(connection)) {
    must(connection_.exec(
        "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET bytea_output = 'hex'"));
  }

  std::optional<std::vector<ComparedColumn>> columns(const TableName& name) override {
    const auto found = must(connection_.exec(
        "SELECT attname, typname FROM pg_attribute JOIN pg_type t ON t.oid = atttypid"
        " WHERE attnum > 0 AND NOT attisdropped AND attrelid = (SELECT c.oid FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = " +
        connection_.quoted(name.schema) + " AND relname = " + connection_.quoted(name.table) +
        " AND relkind IN ('r', 'p')) ORDER BY attnum"));
    if (found.row_count() == 0) return std::nullopt;
    std::vector<ComparedColumn> result;
    for (std::size_t i = 0; i < found.row_count(); ++i) {
      result.push_back({std::string(*found.cell(i, 0)), std::string(*found.cell(i, 1))});
    }
    return result;
  }

  void read(const TableName& name, const std::vector<ComparedColumn>& columns,
            const RowReceiver& receive) override {
    std::string sql = "SELECT ";
    for (const ComparedColumn& column : columns) {
      sql.append(sql.size() > 7 ? ", " : "").append(expression(column));
    }
    auto rows = must(connection_.stream(sql + " FROM " + quote(name.schema, '"') + "." +
                                        quote(name.table, '"')));
    while (const auto row = must(rows.next())) receive(*row);
  }

 private:
  postgres::Connection connection_;
};

}  // namespace

std::unique_ptr<TableReader> open_postgres_reader(const Url& url) {
  postgres::ConnectionOptions options;
  options.host = url.host;
  options.port = url.port.value_or(5432);
  options.user = url.user;
  options.password = url.password;
  options.database = std::string(url.database());
  options.application_name = "tailrace_compare";
  return std::make_unique<PostgresReader>(must(postgres::Connection::connect(options)));
}

}  // namespace tailrace::testing
