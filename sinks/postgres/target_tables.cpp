#include "sinks/postgres/target_tables.h"

#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "sinks/postgres/catalogue.h"

namespace tailrace::postgres {
namespace {

// The source's key, as columns of the target; empty when one of them is missing there.
std::vector<std::uint16_t> key_of(const TableSchema& schema, const sql::TargetTable& table,
                                  const PostgresDialect& dialect) {
  std::vector<std::uint16_t> key;
  for (const std::uint16_t index : schema.key) {
    const auto* column = sql::find_column(table, dialect.shorten(schema.columns[index].name));
    if (column == nullptr) return {};
    key.push_back(static_cast<std::uint16_t>(column - table.columns.data()));
  }
  return key;
}

}  // namespace

TargetTables::TargetTables(Connection& connection, const PostgresDialect& dialect, Settle settle)
    : connection_(connection),
      dialect_(dialect),
      settle_(std::move(settle)),
      mappings_(
          dialect_, [this](const TableName& name) { return load_with_key(name); },
          [this](const TableSchema& schema, const TableName& name) { return create(schema, name); },
          [this](const TableSchema& schema) { return resolve_types(schema); }) {}

Result<const sql::TableMapping*> TargetTables::find(const SchemaPtr& schema,
                                                    const TableName& target, Key key) {
  if (key == Key::needed && keyless_yet_.contains(target)) clear();
  wanted_ = key;
  return mappings_.find(schema, target);
}

void TargetTables::clear() {
  mappings_.clear();
  keyless_yet_.clear();
}

Result<std::optional<sql::TargetTable>> TargetTables::load(const TableName& name) {
  if (auto settled = settle(); !settled) return std::move(settled).error();
  return load_table(connection_, name);
}

Result<bool> TargetTables::has_no_key_yet(const TableName& name) {
  const std::array parameters = {name.schema.c_str(), name.table.c_str()};
  auto comment = connection_.exec_params(
      "SELECT obj_description(c.oid, 'pg_class') FROM pg_class c"
      " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
      parameters);
  if (!comment) return std::move(comment).error();
  return comment->scalar() == kKeyFollows;
}

Result<std::optional<sql::TargetTable>> TargetTables::load_with_key(const TableName& name) {
  auto loaded = load(name);
  if (!loaded || !*loaded || !(*loaded)->keys.empty()) return loaded;
  sql::TargetTable& table = **loaded;
  const auto key = key_of(*schema_, table, dialect_);
  if (key.empty()) return loaded;
  auto postponed = has_no_key_yet(name);
  if (!postponed) return std::move(postponed).error();
  if (!*postponed) return loaded;
  if (wanted_ == Key::later) {
    table.keys.push_back(key);
    keyless_yet_.insert(name);
    return loaded;
  }
  if (auto made = make_key(table); !made) return std::move(made).error();
  return load(name);
}

// The comment goes last: without it nobody would know that the key is missing.
Status TargetTables::make_key(const sql::TargetTable& table) {
  std::vector<const sql::TargetColumn*> columns;
  for (const std::uint16_t index : key_of(*schema_, table, dialect_)) {
    columns.push_back(&table.columns[index]);
  }
  auto made = connection_.exec_params(dialect_.add_key(table, columns), {});
  if (!made) {
    Error error = std::move(made).error();
    // Another session made it at this moment: the next attempt finds it.
    if (error.native() == "42P16") return std::move(error).as(ErrorKind::busy);
    return error;
  }
  auto said =
      connection_.exec_params("COMMENT ON TABLE " + dialect_.table(table.name) + " IS NULL", {});
  return said ? Status() : Status(std::move(said).error());
}

// Which of the source's types the target has as well. Asked once a session and version of a table.
Status TargetTables::resolve_types(const TableSchema& schema) {
  schema_ = &schema;
  // An error of what was sent before is not this table's.
  if (auto settled = settle(); !settled) return settled;
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

// In one transaction with what it lacks. Never of a table that somebody else makes at this moment.
Status TargetTables::create_without_key(const TableSchema& schema, const TableName& name) {
  TableSchema shape = schema;
  for (const std::uint16_t index : shape.key) shape.columns[index].nullable = false;
  shape.key.clear();
  std::string sql = sql::create_table(dialect_, shape, name);
  constexpr std::string_view kUnlessThere = "IF NOT EXISTS ";
  sql.erase(sql.find(kUnlessThere), kUnlessThere.size());
  auto created = connection_.exec(
      fmt::format("{}; COMMENT ON TABLE {} IS '{}'", sql, dialect_.table(name), kKeyFollows));
  return created ? Status() : Status(std::move(created).error());
}

Status TargetTables::create(const TableSchema& schema, const TableName& name) {
  Status created = create_schema(name.schema);
  if (created && wanted_ == Key::later && !schema.key.empty()) {
    created = create_without_key(schema, name);
  } else if (created) {
    auto table = connection_.exec_params(sql::create_table(dialect_, schema, name), {});
    if (!table) created = std::move(table).error();
  }
  if (created) return {};
  Error error = std::move(created).error();
  // Another session creates it at this moment: the next attempt finds it.
  if (error.native() == "23505") return std::move(error).as(ErrorKind::busy);
  return error;
}

}  // namespace tailrace::postgres
