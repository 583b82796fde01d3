#pragma once

#include <functional>
#include <optional>
#include <set>

#include "clients/postgres/connection.h"
#include "sinks/postgres/postgres_dialect.h"
#include "sinks/sql/mapping_cache.h"

namespace tailrace::postgres {

// The target's tables as one session sees them: how rows of a source table go into them, made from
// the catalogue, and created where they are missing. Belongs to its session's thread.
//
// Making a primary key of all rows at once is faster than adding to it row by row, and the index is
// smaller. So a table that is created to be filled has none yet; its comment says so, to people and
// to later sessions, until whoever has to find rows by their key makes it.
class TargetTables {
 public:
  // Called before the server is asked: no answer to anything else may be due then.
  using Settle = std::function<Status()>;
  // The connection must outlive it.
  TargetTables(Connection& connection, const PostgresDialect& dialect, Settle settle = {});

  enum class Key {
    needed,
    later,  // rows are only added; not in a pipeline
  };
  Result<const sql::TableMapping*> find(const SchemaPtr& schema, const TableName& target,
                                        Key key = Key::needed);
  void set_policy(SchemaPolicy policy) { mappings_.set_policy(policy); }
  void always_create() { mappings_.always_create(); }
  // What a transaction made is gone after its rollback, and a schema change makes it another.
  void clear();

  Result<std::optional<sql::TargetTable>> load(const TableName& name);
  // Which of the source's types the target has as well.
  Status resolve_types(const TableSchema& schema);
  // Knows the types of this server.
  const PostgresDialect& dialect() const { return dialect_; }

  static constexpr std::string_view kKeyFollows =
      "tailrace: rows are being copied, the primary key follows";

 private:
  Status settle() { return settle_ ? settle_() : Status(); }
  Result<std::optional<sql::TargetTable>> load_with_key(const TableName& name);
  Result<bool> has_no_key_yet(const TableName& name);
  Status make_key(const sql::TargetTable& table);
  Status create(const TableSchema& schema, const TableName& name);
  Status create_schema(const std::string& name);
  Status create_without_key(const TableSchema& schema, const TableName& name);

  Connection& connection_;
  PostgresDialect dialect_;
  Settle settle_;
  sql::MappingCache mappings_;
  std::set<TableName> keyless_yet_;  // mapped as if they had their keys
  // What find() is looking for.
  Key wanted_ = Key::needed;
  const TableSchema* schema_ = nullptr;
};

}  // namespace tailrace::postgres
