#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "app/type_targets.h"
#include "config/config_file.h"
#include "sinks/sql/value_policy.h"

namespace tailrace::app {

// An SQL target, as far as it decides which types are created and what they hold.
struct ColumnTarget {
  Engine engine = Engine::sqlite;
  mysql::ServerVersion version = {};  // of MySQL and MariaDB
  sql::ValuePolicy policy = {};       // what its URL says
  std::string assumed = {};           // what could not be asked; empty: nothing

  // A PostgreSQL target is taken to have the types that a PostgreSQL source defines.
  std::unique_ptr<TypeTarget> types(const TableSchema& schema) const;
};

// Nothing for sinks that are no SQL engine. A MySQL or MariaDB server is asked for its version: the
// scheme of the URL does not tell the two apart. One that does not answer is taken for a recent one
// of its scheme.
std::optional<ColumnTarget> column_target(const SinkConfig& sink);

}  // namespace tailrace::app
