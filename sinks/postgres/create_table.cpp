#include <fmt/format.h>

#include "sinks/postgres/postgres_dialect.h"
#include "sinks/sql/identifier.h"

namespace tailrace::postgres {
namespace {

constexpr std::size_t kMaxNameBytes = 63;
constexpr std::uint32_t kMaxVarcharCharacters = 10'485'760;

// TEXT and its relatives have a limit in octets, which means nothing here.
bool has_character_limit(const Column& column) {
  return column.length > 0 && column.length <= kMaxVarcharCharacters &&
         column.native_type.find("text") == std::string::npos;
}

std::string decimal_type(const Column& column) {
  if (column.precision == 0) return "numeric";
  return fmt::format("numeric({},{})", column.precision, column.scale);
}

}  // namespace

std::string PostgresDialect::quote(std::string_view identifier) const {
  return sql::quote_identifier(identifier, '"');
}

std::string PostgresDialect::shorten(std::string_view identifier) const {
  return sql::shorten_identifier(identifier, kMaxNameBytes);
}

std::string PostgresDialect::table(const TableName& name) const {
  return quote(name.schema) + "." + quote(name.table);
}

std::string PostgresDialect::column_type(const TableSchema& schema, std::size_t index) const {
  const Column& column = schema.columns[index];
  const bool from_postgres = schema.engine == SourceEngine::postgresql;
  if (from_postgres && native_types_.contains(column.native_type)) return column.native_type;
  switch (column.type) {
    case LogicalType::boolean:
      return "boolean";
    case LogicalType::int8:
    case LogicalType::int16:
    case LogicalType::uint8:
      return "smallint";
    case LogicalType::int32:
    case LogicalType::uint16:
      return "integer";
    case LogicalType::int64:
    case LogicalType::uint32:
      return "bigint";
    case LogicalType::uint64:
      return "numeric(20,0)";
    case LogicalType::decimal:
      return decimal_type(column);
    case LogicalType::float32:
      return "real";
    case LogicalType::float64:
      return "double precision";
    case LogicalType::string:
      return has_character_limit(column) ? fmt::format("varchar({})", column.length) : "text";
    case LogicalType::bytes:
    case LogicalType::geometry:
      return "bytea";
    case LogicalType::date:
      return "date";
    // MySQL's TIME reaches beyond a day and below zero.
    case LogicalType::time:
      return fmt::format("{}({})", from_postgres ? "time" : "interval", column.scale);
    case LogicalType::timetz:
      return fmt::format("timetz({})", column.scale);
    case LogicalType::timestamp:
      return fmt::format("timestamp({})", column.scale);
    case LogicalType::timestamptz:
      return fmt::format("timestamptz({})", column.scale);
    case LogicalType::interval:
      return "interval";
    case LogicalType::json:
      return "jsonb";
    case LogicalType::uuid:
      return "uuid";
    case LogicalType::enumeration:
      return "text";
    case LogicalType::set:
      return "text[]";
    case LogicalType::bit:
      if (from_postgres) return "bit varying";
      return column.length == 1 ? "boolean" : fmt::format("bit({})", column.length);
    case LogicalType::array:
      return "jsonb";
    case LogicalType::inet:
      return "inet";
    case LogicalType::vector:
      return "real[]";
    case LogicalType::other:
      return "text";
  }
  return "text";
}

std::string PostgresDialect::change_type(const sql::TargetTable& target,
                                         const sql::TargetColumn& column,
                                         std::string_view type) const {
  const std::string name = quote(column.name);
  return fmt::format("ALTER TABLE {} ALTER COLUMN {} TYPE {} USING {}::text::{}",
                     table(target.name), name, type, name, type);
}

// Columns of a key hold no NULL; a primary key sees to that itself.
std::string PostgresDialect::add_key(const sql::TargetTable& target,
                                     std::span<const sql::TargetColumn* const> columns) const {
  std::string list;
  std::string not_null;
  for (const sql::TargetColumn* column : columns) {
    const std::string name = quote(column->name);
    list += (list.empty() ? "" : ", ") + name;
    if (!column->not_null) not_null += fmt::format("ALTER COLUMN {} SET NOT NULL, ", name);
  }
  const bool first = target.keys.empty();
  return fmt::format("ALTER TABLE {} {}ADD {} ({})", table(target.name), first ? "" : not_null,
                     first ? "PRIMARY KEY" : "UNIQUE", list);
}

// To PostgreSQL 'a', 'A' and 'a ' are three texts, unless a type says otherwise.
bool PostgresDialect::tells_keys_apart(const TableSchema& schema, const Column& column,
                                       const sql::TargetColumn& target) const {
  const bool merges = target.native_base == "bpchar" || target.native_base.ends_with("citext");
  if (schema.engine != SourceEngine::postgresql || !merges) return true;
  const bool padded = column.type == LogicalType::string && column.fixed_length;
  return column.native_type == target.native_name || (target.native_base == "bpchar" && padded);
}

std::string PostgresDialect::allow_missing(const sql::TargetTable& target,
                                           const sql::TargetColumn& column) const {
  return fmt::format("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL", table(target.name),
                     quote(column.name));
}

}  // namespace tailrace::postgres
