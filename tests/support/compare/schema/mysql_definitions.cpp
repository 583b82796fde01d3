#include <set>
#include <stdexcept>

#include "clients/mysql/connection.h"
#include "tests/support/compare/readers.h"
#include "tests/support/compare/schema/definition_readers.h"

namespace tailrace::testing {
namespace {

std::string text(const mysql::Cell& cell) {
  return cell ? std::string(*cell) : std::string();
}

// MySQL 8.0.19 and later print no display width but for tinyint(1); MariaDB always does.
std::string without_width(std::string type) {
  for (const char* name : {"tinyint(", "smallint(", "mediumint(", "int(", "bigint(", "year("}) {
    if (!type.starts_with(name)) continue;
    const auto open = type.find('(');
    type.erase(open, type.find(')') + 1 - open);
  }
  return type;
}

class MysqlDefinitions {
 public:
  MysqlDefinitions(mysql::Connection connection, const std::string& schema)
      : connection_(std::move(connection)), here_("= " + connection_.quoted(schema)) {
    must(connection_.query("SET time_zone = '+00:00'"));
    const auto version = must(connection_.query("SELECT version()"));
    is_mariadb_ = version.scalar()->find("MariaDB") != std::string_view::npos;
    result_.server = is_mariadb_ ? ServerKind::mariadb : ServerKind::mysql;
  }

  DefinedSchema read() {
    each(
        "SELECT TABLE_NAME, TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_TYPE ="
        " 'BASE TABLE' AND TABLE_SCHEMA " +
            here_,
        [&](mysql::Row row) { result_.tables[text(row[0])].comment = text(row[1]); });
    if (is_mariadb_) read_json_checks();
    read_columns();
    read_indexes();
    return std::move(result_);
  }

 private:
  template <typename Take>
  void each(const std::string& sql, Take take) {
    const auto rows = must(connection_.query(sql));
    for (std::size_t i = 0; i < rows.row_count(); ++i) take(rows.row(i));
  }

  // MariaDB's JSON is LONGTEXT with a check of this form.
  void read_json_checks() {
    each(
        "SELECT CONCAT(TABLE_NAME, '.', CONSTRAINT_NAME), CHECK_CLAUSE FROM"
        " information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA " +
            here_,
        [&](mysql::Row row) {
          if (text(row[1]).starts_with("json_valid(")) json_.insert(text(row[0]));
        });
  }

  std::optional<DefinedDefault> default_of(const mysql::Cell& value, const std::string& extra,
                                           const std::string& type) const {
    if (!value) return std::nullopt;
    if (is_mariadb_) {
      if (*value == "NULL") return std::nullopt;
      return default_of_sql(*value);
    }
    // MySQL prints the value itself, and says when it is an expression.
    if (extra.find("DEFAULT_GENERATED") != std::string::npos) return default_of_sql(*value);
    const bool clock = type.starts_with("datetime") || type.starts_with("timestamp");
    if (clock && value->starts_with("CURRENT_TIMESTAMP")) return default_of_sql(*value);
    return DefinedDefault{DefinedDefault::Kind::literal, text(value)};
  }

  void read_columns() {
    each(
        "SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA,"
        " COLUMN_COMMENT, CHARACTER_SET_NAME FROM information_schema.COLUMNS"
        " WHERE TABLE_SCHEMA " +
            here_ + " ORDER BY TABLE_NAME, ORDINAL_POSITION",
        [&](mysql::Row row) {
          DefinedColumn column;
          column.name = text(row[1]);
          column.type = json_.contains(text(row[0]) + "." + column.name)
                            ? "json"
                            : without_width(text(row[2]));
          column.nullable = text(row[3]) == "YES";
          column.default_value = default_of(row[4], text(row[5]), column.type);
          column.counts = text(row[5]).find("auto_increment") != std::string::npos;
          column.comment = text(row[6]);
          column.charset = text(row[7]);
          result_.tables[text(row[0])].columns.push_back(std::move(column));
        });
  }

  void read_indexes() {
    std::string last;
    each(
        "SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART, COLLATION FROM"
        " information_schema.STATISTICS WHERE TABLE_SCHEMA " +
            here_ + " ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX",
        [&](mysql::Row row) {
          DefinedTable& table = result_.tables[text(row[0])];
          std::string column = row[3] ? text(row[3]) : "(expression)";
          if (row[4]) column += "(" + text(row[4]) + ")";
          if (row[5] == "D") column += " desc";
          if (text(row[1]) == "PRIMARY") return table.key.push_back(column);
          const std::string index = text(row[0]) + "." + text(row[1]);
          if (index != last) table.indexes.push_back({.unique = row[2] == "0"});
          last = index;
          table.indexes.back().columns.push_back(std::move(column));
        });
  }

  mysql::Connection connection_;
  std::string here_;
  bool is_mariadb_ = false;
  std::set<std::string> json_;  // "table.column"
  DefinedSchema result_;
};

}  // namespace

DefinedSchema read_mysql_definitions(const Url& url, const std::string& schema) {
  mysql::ConnectionOptions options;
  options.host = url.host;
  options.port = url.port.value_or(3306);
  options.user = url.user;
  options.password = url.password;
  options.program_name = "tailrace_compare";
  return MysqlDefinitions(must(mysql::Connection::connect(options)), schema).read();
}

}  // namespace tailrace::testing
