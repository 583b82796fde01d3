#include <map>
#include <stdexcept>

#include "clients/postgres/connection.h"
#include "tests/support/compare/readers.h"

namespace tailrace::testing {
namespace {

// By the name in pg_type; everything else is its text.
Family family_of(const std::string& type) {
  static const std::map<std::string, Family> kFamilies = {
      {"bool", Family::integer},
      {"int2", Family::integer},
      {"int4", Family::integer},
      {"int8", Family::integer},
      {"oid", Family::integer},
      {"float4", Family::float32},
      {"float8", Family::float64},
      {"numeric", Family::decimal},
      {"money", Family::decimal},
      {"bytea", Family::bytes},
      {"date", Family::date},
      {"time", Family::time},
      {"timetz", Family::time_with_zone},
      {"timestamp", Family::datetime},
      {"timestamptz", Family::instant},
      {"interval", Family::interval},
      {"json", Family::json},
      {"jsonb", Family::json},
      {"uuid", Family::uuid},
      {"bit", Family::bits},
      {"varbit", Family::bit_string},
      {"inet", Family::network},
      {"cidr", Family::network},
  };
  const auto found = kFamilies.find(type);
  return found == kFamilies.end() ? Family::text : found->second;
}

// Elements are compared as they stand in the array's text.
Family element_family_of(const std::string& type) {
  return type == "bit" ? Family::bit_string : family_of(type);
}

// Selects the column so that its text is one that canonical() understands.
std::string expression(const ComparedColumn& column) {
  const std::string name = quote(column.name, '"');
  const std::string& type = column.native_type;
  if (column.exact) return name + "::text";
  if (type == "bytea") return "encode(" + name + ", 'hex')";
  if (type == "bool") return name + "::int";
  if (type == "money") return name + "::numeric";
  if (type == "bit" || (type == "varbit" && column.family != Family::bit_string)) {
    return "'b' || " + name + "::text";
  }
  if (type == "time" || (type == "interval" && column.family != Family::interval)) {
    return "(extract(epoch FROM " + name + ") * 1000000)::bigint";
  }
  if (column.family == Family::array) return name + "::text";
  if (type == "_text" || type == "_varchar") return "array_to_string(" + name + ", ',')";
  if (type == "_float4") return "'[' || array_to_string(" + name + ", ',')";
  if (type == "inet" && column.family == Family::inet) return "host(" + name + ")";
  // Hexadecimal digits that stand there as text are not the bytes themselves.
  if (column.family == Family::bytes) return "'as text: ' || " + name + "::text";
  if (column.family == Family::bits) return "'b' || " + name + "::text";
  return name + "::text";
}

// Domains are what they are made of; an array's elements are followed too.
constexpr const char* kColumns = R"(
  WITH RECURSIVE below(attnum, attname, attgenerated, oid) AS (
    SELECT attnum, attname, attgenerated, atttypid FROM pg_attribute
      WHERE attnum > 0 AND NOT attisdropped AND attrelid = (
        SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname = $SCHEMA AND relname = $TABLE AND relkind IN ('r', 'p'))
    UNION ALL
    SELECT attnum, attname, attgenerated, typbasetype FROM below
      JOIN pg_type t ON t.oid = below.oid WHERE typtype = 'd')
  SELECT attname, t.typname, n.nspname,
    coalesce((SELECT typname FROM pg_type e WHERE t.typcategory = 'A' AND e.oid = t.typelem), ''),
    attgenerated <> ''
  FROM below JOIN pg_type t ON t.oid = below.oid JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typtype <> 'd' ORDER BY attnum)";

class PostgresReader final : public SourceReader {
 public:
  PostgresReader(postgres::Connection connection, bool is_source)
      : connection_(std::move(connection)), is_source_(is_source) {
    must(
        connection_.exec("SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET bytea_output = "
                         "'hex'; SET IntervalStyle = 'iso_8601'; SET extra_float_digits = 3; "
                         "SET search_path = ''"));
  }

  std::vector<TableName> tables() override {
    const auto found = must(connection_.exec(
        "SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE relkind IN ('r', 'p') AND relpersistence = 'p' AND NOT relispartition"
        " AND nspname NOT IN ('pg_catalog', 'information_schema', 'tailrace') ORDER BY 1, 2"));
    std::vector<TableName> result;
    for (std::size_t i = 0; i < found.row_count(); ++i) {
      result.push_back({std::string(*found.cell(i, 0)), std::string(*found.cell(i, 1))});
    }
    return result;
  }

  // The index that identifies rows in the log stands in for a missing primary key.
  std::vector<std::string> key(const TableName& name) override {
    const auto found = must(connection_.exec(
        "SELECT attname FROM pg_index, unnest(indkey::int2[]) WITH ORDINALITY k(number, place)"
        " JOIN pg_attribute ON attnum = number WHERE attrelid = indrelid AND indexrelid = ("
        " SELECT indexrelid FROM pg_index WHERE (indisprimary OR indisreplident) AND indrelid = ("
        " SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE " +
        condition(name) + ") ORDER BY indisprimary DESC LIMIT 1) ORDER BY place"));
    std::vector<std::string> result;
    for (std::size_t i = 0; i < found.row_count(); ++i) result.emplace_back(*found.cell(i, 0));
    return result;
  }

  std::optional<std::vector<ComparedColumn>> columns(const TableName& name) override {
    std::string sql = kColumns;
    sql.replace(sql.find("$SCHEMA"), 7, connection_.quoted(name.schema));
    sql.replace(sql.find("$TABLE"), 6, connection_.quoted(name.table));
    const auto found = must(connection_.exec(sql));
    std::vector<ComparedColumn> result;
    for (std::size_t i = 0; i < found.row_count(); ++i) {
      if (is_source_ && *found.cell(i, 4) == "t") continue;
      result.push_back(column(found.cell(i, 0), found.cell(i, 1), found.cell(i, 2),
                              std::string(*found.cell(i, 3))));
    }
    if (result.empty()) return std::nullopt;
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
  static ComparedColumn column(const Cell& name, const Cell& type, const Cell& schema,
                               const std::string& element) {
    ComparedColumn result;
    result.name = *name;
    result.native_type = *type;
    result.family = element.empty() ? family_of(result.native_type) : Family::array;
    result.element = element_family_of(element);
    result.exact_type = std::string(*schema) + "." + result.native_type;
    return result;
  }

  std::string condition(const TableName& name) const {
    return "nspname = " + connection_.quoted(name.schema) +
           " AND relname = " + connection_.quoted(name.table);
  }

  postgres::Connection connection_;
  bool is_source_;
};

}  // namespace

std::unique_ptr<SourceReader> open_postgres_reader(const Url& url, bool is_source) {
  postgres::ConnectionOptions options;
  options.host = url.host;
  options.port = url.port.value_or(5432);
  options.user = url.user;
  options.password = url.password;
  options.database = std::string(url.database());
  options.application_name = "tailrace_compare";
  return std::make_unique<PostgresReader>(must(postgres::Connection::connect(options)), is_source);
}

}  // namespace tailrace::testing
