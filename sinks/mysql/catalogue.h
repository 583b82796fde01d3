#pragma once

#include <optional>

#include "clients/mysql/connection.h"
#include "sinks/sql/target_table.h"

namespace tailrace::mysql {

// Reads a table of the target. Nothing: there is no table of that name.
Result<std::optional<sql::TargetTable>> load_table(Connection& connection, const TableName& name);

// What the catalogue says about a column's type.
struct CatalogueType {
  std::string_view data_type;    // "int"
  std::string_view column_type;  // "int(10) unsigned"
  std::uint64_t max_length = 0;  // CHARACTER_MAXIMUM_LENGTH
  std::uint16_t precision = 0;   // NUMERIC_PRECISION
  std::int16_t scale = 0;        // NUMERIC_SCALE
  std::int16_t fraction = 0;     // DATETIME_PRECISION
};
void set_type(sql::TargetColumn& column, const CatalogueType& type);

}  // namespace tailrace::mysql
