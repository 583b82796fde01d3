#include <map>
#include <stdexcept>

#include "clients/mysql/connection.h"
#include "tests/support/compare/readers.h"

namespace tailrace::testing {
namespace {

Family family_of(const std::string& type) {
  static const std::map<std::string, Family> kFamilies = {
      {"tinyint", Family::integer},   {"smallint", Family::integer}, {"mediumint", Family::integer},
      {"int", Family::integer},       {"bigint", Family::integer},   {"year", Family::integer},
      {"decimal", Family::decimal},   {"float", Family::float32},    {"double", Family::float64},
      {"bit", Family::bits},          {"date", Family::date},        {"datetime", Family::datetime},
      {"timestamp", Family::instant}, {"time", Family::time},        {"char", Family::text},
      {"varchar", Family::text},      {"tinytext", Family::text},    {"text", Family::text},
      {"mediumtext", Family::text},   {"longtext", Family::text},    {"enum", Family::text},
      {"set", Family::set},           {"json", Family::json},        {"uuid", Family::uuid},
      {"inet4", Family::inet},        {"inet6", Family::inet},       {"vector", Family::vector},
  };
  const auto found = kFamilies.find(type);
  return found == kFamilies.end() ? Family::bytes : found->second;  // blobs, geometry
}

// Selects the column so that its text keeps the whole value.
std::string expression(const ComparedColumn& column) {
  const std::string name = quote(column.name, '`');
  const std::string& type = column.native_type;
  // FLOAT itself prints six digits, DOUBLE(20,3) three behind the point; +0 would drop "-0".
  if (type == "float" || type == "double") return name + "*1e0";
  if (type == "bit") return name + "+0";
  if (family_of(type) == Family::bytes || type == "vector") return "HEX(" + name + ")";
  if (column.family == Family::bits) return "CONCAT('b', " + name + ")";
  // Hexadecimal digits that stand there as text are not the bytes themselves.
  if (column.family == Family::bytes) return "CONCAT('as text: ', " + name + ")";
  return name;
}

class MysqlReader final : public SourceReader {
 public:
  MysqlReader(mysql::Connection connection, std::string database, bool rename)
      : connection_(std::move(connection)), database_(std::move(database)), rename_(rename) {
    must_run("SET time_zone = '+00:00'");
    must_run("SET sql_mode = ''");             // PAD_CHAR_TO_FULL_LENGTH would change CHAR
    must_run("SET net_write_timeout = 3600");  // rows wait on the wire while others are sorted
    const auto version = must(connection_.query("SELECT version()"));
    is_mariadb_ = version.row(0)[0]->find("MariaDB") != std::string_view::npos;
  }

  std::vector<TableName> tables() override {
    const auto found = must(connection_.query(
        "SELECT table_schema, table_name FROM information_schema.tables"
        " WHERE table_type = 'BASE TABLE' AND " +
        (database_.empty() ? "table_schema NOT IN ('mysql', 'sys', 'performance_schema',"
                             " 'information_schema', 'tailrace')"
                           : "table_schema = " + connection_.quoted(database_)) +
        " ORDER BY 1, 2"));
    std::vector<TableName> result;
    for (std::size_t i = 0; i < found.row_count(); ++i) {
      result.push_back({std::string(*found.row(i)[0]), std::string(*found.row(i)[1])});
    }
    return result;
  }

  std::vector<std::string> key(const TableName& name) override {
    const auto found = must(connection_.query(
        "SELECT column_name FROM information_schema.statistics WHERE index_name = 'PRIMARY' AND " +
        condition(name) + " ORDER BY seq_in_index"));
    std::vector<std::string> result;
    for (std::size_t i = 0; i < found.row_count(); ++i) result.emplace_back(*found.row(i)[0]);
    return result;
  }

  std::optional<std::vector<ComparedColumn>> columns(const TableName& name) override {
    // MariaDB's JSON is LONGTEXT with a CHECK constraint.
    const std::string checked =
        " OR EXISTS (SELECT 1 FROM information_schema.check_constraints k WHERE"
        " k.constraint_schema = c.table_schema AND k.table_name = c.table_name"
        " AND k.check_clause = CONCAT('json_valid(`', c.column_name, '`)'))";
    const auto found = must(connection_.query(
        "SELECT column_name, IF(data_type = 'json'" + (is_mariadb_ ? checked : "") +
        ", 'json', lower(data_type)) FROM information_schema.columns c WHERE " + condition(name) +
        " ORDER BY ordinal_position"));
    if (found.row_count() == 0) return std::nullopt;
    std::vector<ComparedColumn> result;
    for (std::size_t i = 0; i < found.row_count(); ++i) {
      const std::string type(*found.row(i)[1]);
      const bool text = is_mariadb_ && type == "json";
      result.push_back(
          {std::string(*found.row(i)[0]), type, text ? Family::text : family_of(type)});
    }
    return result;
  }

  bool keeps_negative_zero() const override { return !is_mariadb_; }

  void read(const TableName& name, const std::vector<ComparedColumn>& columns,
            const RowReceiver& receive) override {
    std::string sql = "SELECT ";
    for (const ComparedColumn& column : columns) {
      sql.append(sql.size() > 7 ? ", " : "").append(expression(column));
    }
    auto rows = must(
        connection_.stream(sql + " FROM " + quote(here(name), '`') + "." + quote(name.table, '`')));
    while (const auto row = must(rows.next())) receive(*row);
  }

 private:
  void must_run(std::string_view sql) { must(connection_.query(sql)); }

  const std::string& here(const TableName& name) const {
    return rename_ && !database_.empty() ? database_ : name.schema;
  }

  std::string condition(const TableName& name) const {
    return "table_schema = " + connection_.quoted(here(name)) +
           " AND table_name = " + connection_.quoted(name.table);
  }

  mysql::Connection connection_;
  std::string database_;
  bool rename_;
  bool is_mariadb_ = false;
};

}  // namespace

std::unique_ptr<SourceReader> open_mysql_reader(const Url& url, bool rename) {
  mysql::ConnectionOptions options;
  options.host = url.host;
  options.port = url.port.value_or(3306);
  options.user = url.user;
  options.password = url.password;
  options.program_name = "tailrace_compare";
  return std::make_unique<MysqlReader>(must(mysql::Connection::connect(options)),
                                       std::string(url.database()), rename);
}

}  // namespace tailrace::testing
