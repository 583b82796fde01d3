#include "sinks/mysql/target_tables.h"

#include "sinks/mysql/catalogue.h"
#include "sinks/mysql/session.h"

namespace tailrace::mysql {

TargetTables::TargetTables(StatementSender& sender, const MySqlDialect& dialect,
                           const TargetOptions& options)
    : sender_(sender),
      dialect_(dialect),
      options_(options),
      mappings_(
          dialect_, [this](const TableName& name) { return load(name); },
          [this](const TableSchema& schema, const TableName& name) {
            return create(schema, name);
          }) {}

Result<std::optional<sql::TargetTable>> TargetTables::load(const TableName& name) {
  auto table = load_table(sender_.connection(), name);
  if (!table) return sender_.explain(std::move(table).error(), {});
  return table;
}

// On a connection of its own: DDL would commit what this one has done so far. An empty table does
// no harm when the unit is rolled back.
Status TargetTables::create(const TableSchema& schema, const TableName& name) {
  auto connection = open_session(options_);
  if (!connection) return std::move(connection).error();
  auto exists = connection->query("SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = " +
                                  connection->quoted(name.schema));
  if (!exists) return std::move(exists).error();
  if (exists->row_count() == 0) {
    auto created = connection->query("CREATE DATABASE IF NOT EXISTS " +
                                     dialect_.quote(name.schema) + " CHARACTER SET utf8mb4");
    if (!created) return std::move(created).error();
  }
  auto created = connection->query(sql::create_table(dialect_, schema, name));
  if (created) return {};
  Error error = std::move(created).error();
  // Row or key too large, unknown type: about the table, not about a row.
  const bool about_values =
      is_about_values(error.kind()) || error.kind() == ErrorKind::unclassified;
  if (about_values) error = std::move(error).as(ErrorKind::schema_mismatch);
  return std::move(error).hint("create the table by hand with types that fit");
}

}  // namespace tailrace::mysql
