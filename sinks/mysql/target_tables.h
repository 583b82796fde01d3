#pragma once

#include <optional>

#include "sinks/mysql/mysql_dialect.h"
#include "sinks/mysql/options.h"
#include "sinks/mysql/statement_sender.h"
#include "sinks/sql/mapping_cache.h"

namespace tailrace::mysql {

// The target's tables as one session knows them; missing ones are made.
class TargetTables {
 public:
  // All of them outlive it.
  TargetTables(StatementSender& sender, const MySqlDialect& dialect, const TargetOptions& options);

  Result<const sql::TableMapping*> find(const SchemaPtr& schema, const TableName& target) {
    return mappings_.find(schema, target);
  }
  // As the catalogue has it now; nothing: there is none.
  Result<std::optional<sql::TargetTable>> load(const TableName& name);
  void set_policy(SchemaPolicy policy) { mappings_.set_policy(policy); }
  void always_create() { mappings_.always_create(); }
  // What was found is looked at anew.
  void forget() { mappings_.clear(); }

 private:
  Status create(const TableSchema& schema, const TableName& name);

  StatementSender& sender_;
  const MySqlDialect& dialect_;
  const TargetOptions& options_;
  sql::MappingCache mappings_;
};

}  // namespace tailrace::mysql
