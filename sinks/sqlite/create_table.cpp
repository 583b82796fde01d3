#include "sinks/sql/identifier.h"
#include "sinks/sqlite/sqlite_dialect.h"

namespace tailrace::sqlite {

std::string SqliteDialect::quote(std::string_view identifier) const {
  return sql::quote_identifier(identifier, '"');
}

// What has no class of its own is kept as its canonical text.
std::string SqliteDialect::column_type(const TableSchema& schema, std::size_t index) const {
  const Column& column = schema.columns[index];
  const bool from_postgres = schema.engine == SourceEngine::postgresql;
  switch (column.type) {
    case LogicalType::boolean:
    case LogicalType::int8:
    case LogicalType::int16:
    case LogicalType::int32:
    case LogicalType::int64:
    case LogicalType::uint8:
    case LogicalType::uint16:
    case LogicalType::uint32:
      return "INTEGER";
    case LogicalType::float32:
    case LogicalType::float64:
      // A REAL cannot be NaN. MySQL has none.
      return from_postgres ? "ANY" : "REAL";
    case LogicalType::bytes:
    case LogicalType::geometry:
      return "BLOB";
    // SQLite's integers have a sign. PostgreSQL's bits are a text of their own, with a length.
    case LogicalType::bit:
      if (from_postgres) return "TEXT";
      return column.length < 64 ? "INTEGER" : "BLOB";
    default:
      return "TEXT";
  }
}

// PostgreSQL compares the texts of a key by their octets, COLLATE NOCASE and RTRIM do not.
bool SqliteDialect::tells_keys_apart(const TableSchema& schema, const Column&,
                                     const sql::TargetColumn& target) const {
  return schema.engine != SourceEngine::postgresql || target.binary_comparison;
}

}  // namespace tailrace::sqlite
