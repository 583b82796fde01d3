#pragma once

#include <functional>
#include <optional>

#include "clients/postgres/connection.h"
#include "sinks/postgres/postgres_dialect.h"
#include "sinks/sql/mapping_cache.h"

namespace tailrace::postgres {

// The target's tables as one session sees them: how rows of a source table go into them, made from
// the catalogue, and created where they are missing. Belongs to its session's thread.
class TargetTables {
 public:
  // Called before the server is asked: no answer to anything else may be due then.
  using Settle = std::function<Status()>;
  // The connection must outlive it.
  TargetTables(Connection& connection, const PostgresDialect& dialect, Settle settle = {});

  Result<const sql::TableMapping*> find(const SchemaPtr& schema, const TableName& target) {
    return mappings_.find(schema, target);
  }
  // What a transaction made is gone after its rollback, and a schema change makes it another.
  void clear() { mappings_.clear(); }

  Result<std::optional<sql::TargetTable>> load(const TableName& name);
  // Knows the types of this server.
  const PostgresDialect& dialect() const { return dialect_; }

 private:
  Status resolve_types(const TableSchema& schema);
  Status create(const TableSchema& schema, const TableName& name);
  Status create_schema(const std::string& name);

  Connection& connection_;
  PostgresDialect dialect_;
  Settle settle_;
  sql::MappingCache mappings_;
};

}  // namespace tailrace::postgres
