#include "extractors/mysql/snapshot_session.h"

#include <array>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "extractors/mysql/quoted_name.h"

namespace tailrace::mysql {

namespace {

// Back-pressure may keep a server from sending for long; a statement reads as long as it reads. Who
// alters a table meanwhile is not waited for: the stream goes on, and then it is asked for again.
constexpr std::array<std::string_view, 3> kSettings{
    "SET SESSION time_zone='+00:00', sql_mode='', net_write_timeout=86400, wait_timeout=86400, "
    "lock_wait_timeout=3, sql_select_limit=DEFAULT, sql_big_selects=1, autocommit=1, "
    "completion_type=0",
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY",
    "SET character_set_results=NULL"};

// Not every version has them, and none of them decides about values.
constexpr std::array<std::string_view, 3> kMysqlSettings{
    "SET SESSION max_execution_time=0",
    // A counter that moved is shown as it is now, not as it was a day ago.
    "SET SESSION information_schema_stats_expiry=0",
    // The hidden key is in the log, too.
    "SET SESSION show_gipk_in_create_table_and_information_schema=ON"};

Result<std::vector<TextColumn>> plan_columns(const ExpectedTable& table) {
  std::vector<TextColumn> columns;
  for (std::size_t i = 0; i < table.map.columns.size(); ++i) {
    const Column& column = table.schema->columns[i];
    auto plan = plan_column(table.map.columns[i], column);
    if (!plan) {
      return std::move(plan).error().with(
          fmt::format("table {}, column \"{}\"", table.schema->name.to_string(), column.name));
    }
    columns.push_back(plan_text_column(*plan, column));
  }
  return columns;
}

Status set_up(Connection& connection) {
  for (const std::string_view sql : kSettings) {
    if (auto set = connection.query(sql); !set) return std::move(set).error();
  }
  if (connection.version().is_mariadb()) {
    if (auto set = connection.query("SET SESSION max_statement_time=0"); !set) {
      return std::move(set).error();
    }
    return {};
  }
  for (const std::string_view sql : kMysqlSettings) {
    auto set = connection.query(sql);
    if (!set && !set.error().native().starts_with("1193/")) return std::move(set).error();
  }
  return {};
}

}  // namespace

Result<Connection> connect_for_snapshot(ConnectionOptions options, std::stop_token stop) {
  auto connection = Connection::connect(options);
  if (!connection) return connection;
  Status set;
  {
    const std::stop_callback cut(stop, [&] { connection->interrupt(); });
    set = set_up(*connection);
  }
  if (!set) return std::move(set).error();
  return connection;
}

Result<std::optional<TablePlan>> plan_table(Connection& connection, const TableName& name) {
  auto catalogue = read_catalogue_table(connection, name);
  if (!catalogue) return std::move(catalogue).error();
  if (!*catalogue) return std::optional<TablePlan>();
  auto expected = expect_table(**catalogue, connection.version().is_mariadb());
  if (!expected) return std::move(expected).error();
  auto columns = plan_columns(*expected);
  if (!columns) return std::move(columns).error();
  return std::optional<TablePlan>(
      TablePlan{std::move(**catalogue), std::move(expected->schema), std::move(*columns)});
}

Error with_select_hint(Error error, const TableName& name) {
  if (error.kind() != ErrorKind::permission) return error;
  return std::move(error)
      .hint(fmt::format("GRANT SELECT ON {}.* TO the account that tailrace uses",
                        quoted_name(name.schema)))
      .with("table " + name.to_string());
}

}  // namespace tailrace::mysql
