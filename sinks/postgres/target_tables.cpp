#include "sinks/postgres/target_tables.h"

#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "sinks/postgres/catalogue.h"

namespace tailrace::postgres {

TargetTables::TargetTables(Connection& connection, const PostgresDialect& dialect, Settle settle)
    : connection_(connection),
      dialect_(dialect),
      settle_(std::move(settle)),
      mappings_(
          dialect_, [this](const TableName& name) { return load(name); },
          [this](const TableSchema& schema, const TableName& name) { return create(schema, name); },
          [this](const TableSchema& schema) { return resolve_types(schema); }) {}

Result<std::optional<sql::TargetTable>> TargetTables::load(const TableName& name) {
  if (settle_) {
    if (auto settled = settle_(); !settled) return std::move(settled).error();
  }
  return load_table(connection_, name);
}

// Which of the source's types the target has as well. Asked once a session and version of a table.
Status TargetTables::resolve_types(const TableSchema& schema) {
  // An error of what was sent before is not this table's.
  if (settle_) {
    if (auto settled = settle_(); !settled) return settled;
  }
  if (schema.engine != SourceEngine::postgresql || schema.columns.empty()) return {};
  std::string sql;
  std::vector<const char*> parameters;
  for (const Column& column : schema.columns) {
    parameters.push_back(column.native_type.c_str());
    sql += fmt::format("{}to_regtype(${}::text) IS NOT NULL", sql.empty() ? "SELECT " : ", ",
                       parameters.size());
  }
  auto known = connection_.exec_params(sql, parameters);
  if (!known) return std::move(known).error().with("table " + schema.name.to_string());
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    if (known->cell(0, i) == "t") dialect_.add_native_type(schema.columns[i].native_type);
  }
  return {};
}

Status TargetTables::create_schema(const std::string& name) {
  const std::array parameters = {name.c_str()};
  auto exists =
      connection_.exec_params("SELECT 1 FROM pg_namespace WHERE nspname = $1", parameters);
  if (!exists) return std::move(exists).error();
  if (exists->row_count() > 0) return {};
  auto created = connection_.exec_params("CREATE SCHEMA IF NOT EXISTS " + dialect_.quote(name), {});
  return created ? Status() : std::move(created).error();
}

Status TargetTables::create(const TableSchema& schema, const TableName& name) {
  Status created = create_schema(name.schema);
  if (created) {
    auto table = connection_.exec_params(sql::create_table(dialect_, schema, name), {});
    if (table) return {};
    created = std::move(table).error();
  }
  Error error = std::move(created).error();
  // Another session creates it at this moment: the next attempt finds it.
  if (error.native() == "23505") return std::move(error).as(ErrorKind::busy);
  return error;
}

}  // namespace tailrace::postgres
