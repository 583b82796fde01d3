#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "app/type_samples.h"
#include "clients/mysql/server_version.h"
#include "sinks/sql/dialect.h"
#include "sinks/sql/table_mapping.h"
#include "sinks/sql/value_checks.h"

namespace tailrace::app {

// What a sink makes of a source's column, without a server: the type that it creates, the column
// as the catalogue would describe it then, and the value writer with its checks.
class TypeTarget {
 public:
  virtual ~TypeTarget() = default;
  virtual const sql::Dialect& dialect() const = 0;
  // created: what dialect() says of that column.
  virtual sql::TargetColumn catalogued(const Column& source, const std::string& created) const = 0;
  // What the sink has against the value.
  virtual sql::ValueCheck write(const sql::MappedColumn& column, std::string_view canonical) = 0;
  // The target's URL may say what to store instead (sinks/sql/value_policy.h).
  virtual bool has_policy() const { return true; }
  virtual bool keeps_minus_zero() const { return true; }
};

// That has every type that the samples have.
mysql::ServerVersion recent_version(bool mariadb);

// native: the server has this type of a PostgreSQL source as well. MySQL and MariaDB: of
// recent_version().
std::unique_ptr<TypeTarget> make_type_target(Engine engine, const Column& column, bool native);

// As above, of a server that was asked; and of one that has all types of these PostgreSQL columns.
std::unique_ptr<TypeTarget> make_type_target(const mysql::ServerVersion& version);
std::unique_ptr<TypeTarget> make_postgres_type_target(std::span<const Column> columns);

}  // namespace tailrace::app
