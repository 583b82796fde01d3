#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "sinks/sink.h"
#include "sinks/sql/table_mapping.h"

namespace tailrace::sql {

// The mappings of one session, by version of the source table. A new session starts with an empty
// one, and every error ends the session: so a target that was altered to cure an error is looked at
// anew. Missing tables are created.
class MappingCache {
 public:
  // Reads a table from the target's catalogue; nothing: it does not exist.
  using Load = std::function<Result<std::optional<TargetTable>>(const TableName&)>;
  // Creates a table; harmless when it exists.
  using Create = std::function<Status(const TableSchema&, const TableName&)>;
  // Called first for every version of a source table: what the dialect has to ask the target.
  using Prepare = std::function<Status(const TableSchema&)>;

  MappingCache(const Dialect& dialect, Load load, Create create, Prepare prepare = {})
      : dialect_(dialect),
        load_(std::move(load)),
        create_(std::move(create)),
        prepare_(std::move(prepare)) {}

  // What becomes of columns and tables that the target lacks. Before the first mapping.
  void set_policy(SchemaPolicy policy) { policy_ = policy; }
  // Tables are made whatever the policy says: for rows that are copied.
  void always_create() { always_creates_ = true; }

  Result<const TableMapping*> find(const SchemaPtr& schema, const TableName& target);
  void clear() { mappings_.clear(); }

 private:
  Result<TargetTable> load_or_create(const SchemaPtr& schema, const TableName& target);

  const Dialect& dialect_;
  Load load_;
  Create create_;
  Prepare prepare_;
  SchemaPolicy policy_ = SchemaPolicy::apply;
  bool always_creates_ = false;
  // The mapping holds the schema, so its address is not used again.
  std::unordered_map<const TableSchema*, std::unique_ptr<const TableMapping>> mappings_;
};

}  // namespace tailrace::sql
