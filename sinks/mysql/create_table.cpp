#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "sinks/mysql/labels.h"
#include "sinks/mysql/mysql_dialect.h"
#include "sinks/mysql/postgres_types.h"
#include "sinks/mysql/row_room.h"
#include "sinks/sql/identifier.h"

namespace tailrace::mysql {
namespace {

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::uint32_t kMaxVarcharCharacters = 16'383;  // utf8mb4
constexpr std::uint32_t kMaxVarbinaryOctets = 65'532;
constexpr std::uint32_t kOctetsPerCharacter = 4;

constexpr std::array<std::string_view, 8> kGeometryTypes = {
    "geometry",   "point",           "linestring",   "polygon",
    "multipoint", "multilinestring", "multipolygon", "geometrycollection"};

using KeyOctets = std::optional<std::uint32_t>;

// The name of a type without its arguments: "varchar" of "varchar(20)".
std::string_view native_name(const Column& column) {
  const std::string_view text = column.native_type;
  return text.substr(0, std::min(text.find_first_of("( "), text.size()));
}

// A type without arguments that both ends know under the same name.
std::string same_name(const Column& column, std::initializer_list<std::string_view> known,
                      std::string_view otherwise) {
  const std::string_view name = native_name(column);
  const bool found = std::find(known.begin(), known.end(), name) != known.end();
  return std::string(found ? name : otherwise);
}

std::string integer_type(const Column& column) {
  const bool medium = native_name(column) == "mediumint";
  switch (column.type) {
    case LogicalType::int8:
      return "TINYINT";
    case LogicalType::uint8:
      return "TINYINT UNSIGNED";
    case LogicalType::int16:
      return native_name(column) == "year" ? "YEAR" : "SMALLINT";
    case LogicalType::uint16:
      return "SMALLINT UNSIGNED";
    case LogicalType::int32:
      return medium ? "MEDIUMINT" : "INT";
    case LogicalType::uint32:
      return medium ? "MEDIUMINT UNSIGNED" : "INT UNSIGNED";
    case LogicalType::uint64:
      return "BIGINT UNSIGNED";
    default:
      return "BIGINT";
  }
}

std::string decimal_type(const Column& column) {
  constexpr int kMaxDigits = 65;
  constexpr int kMaxScale = 30;
  const bool fits = column.precision > 0 && column.precision <= kMaxDigits && column.scale >= 0 &&
                    column.scale <= kMaxScale;
  if (fits) return fmt::format("DECIMAL({},{})", column.precision, column.scale);
  return fmt::format("DECIMAL({},{})", kMaxDigits, kMaxScale);
}

std::string bytes_type(const Column& column, KeyOctets key_octets) {
  const std::string_view name = native_name(column);
  if (name == "binary") return fmt::format("BINARY({})", column.length);
  const bool declared = name == "varbinary" && column.length <= kMaxVarbinaryOctets;
  if (key_octets) {
    return fmt::format("VARBINARY({})",
                       declared ? std::min(column.length, *key_octets) : *key_octets);
  }
  if (declared) return fmt::format("VARBINARY({})", column.length);
  return same_name(column, {"tinyblob", "blob", "mediumblob", "longblob"}, "longblob");
}

}  // namespace

std::string MySqlDialect::quote(std::string_view identifier) const {
  return sql::quote_identifier(identifier, '`');
}

std::string MySqlDialect::shorten(std::string_view identifier) const {
  return sql::shorten_identifier(identifier, kMaxNameBytes);
}

std::string MySqlDialect::table(const TableName& name) const {
  return quote(name.schema) + "." + quote(name.table);
}

std::string MySqlDialect::string_type(const Column& column, KeyOctets key_octets) const {
  const std::string_view name = native_name(column);
  const bool declared = name == "char" || name == "varchar" || column.length > 0;
  const bool is_text = name.ends_with("text");
  if (key_octets) {
    const std::uint32_t room = *key_octets / kOctetsPerCharacter;
    const std::uint32_t length = declared && !is_text ? std::min(column.length, room) : room;
    return fmt::format("VARCHAR({})", length) + exact_text(version_);
  }
  if (name == "char" && column.length <= 255) return fmt::format("CHAR({})", column.length);
  if (declared && !is_text && column.length <= kMaxVarcharCharacters) {
    return fmt::format("VARCHAR({})", column.length);
  }
  // A text of another character set may need four octets where it had one.
  const bool utf8 = column.charset.starts_with("utf8");
  return utf8 ? same_name(column, {"tinytext", "text", "mediumtext", "longtext"}, "longtext")
              : "longtext";
}

std::string MySqlDialect::column_type(const TableSchema& schema, std::size_t column) const {
  return column_types(schema)[column];
}

std::vector<std::string> MySqlDialect::column_types(const TableSchema& schema) const {
  std::vector<std::string> key_types;
  for (const std::uint16_t column : schema.key) {
    key_types.push_back(type_of(schema, column, kMaxKeyOctets));
  }
  const std::vector<std::uint32_t> shares = share_key(key_types);
  std::vector<std::string> types;
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const auto part = std::find(schema.key.begin(), schema.key.end(), i) - schema.key.begin();
    const bool key = static_cast<std::size_t>(part) < schema.key.size();
    types.push_back(
        type_of(schema, i, key ? KeyOctets(shares[static_cast<std::size_t>(part)]) : std::nullopt));
  }
  fit_row(schema, types);
  return types;
}

// key_octets: what a column of the key may have; nothing: it is not in the key.
std::string MySqlDialect::type_of(const TableSchema& schema, std::size_t index,
                                  KeyOctets key_octets) const {
  const Column& column = schema.columns[index];
  if (schema.engine == SourceEngine::postgresql) {
    return type_for_postgres(column, key_octets, version_);
  }
  const std::uint32_t length = column.length;
  switch (column.type) {
    case LogicalType::boolean:
      return "TINYINT(1)";
    case LogicalType::int8:
    case LogicalType::int16:
    case LogicalType::int32:
    case LogicalType::int64:
    case LogicalType::uint8:
    case LogicalType::uint16:
    case LogicalType::uint32:
    case LogicalType::uint64:
      return integer_type(column);
    case LogicalType::decimal:
      return decimal_type(column);
    case LogicalType::float32:
      return "FLOAT";
    case LogicalType::float64:
      return "DOUBLE";
    case LogicalType::string:
      return string_type(column, key_octets);
    case LogicalType::bytes:
      return bytes_type(column, key_octets);
    case LogicalType::date:
      return "DATE";
    case LogicalType::time:
      return fmt::format("TIME({})", column.scale);
    case LogicalType::timetz:
      return "VARCHAR(21)";
    case LogicalType::timestamp:
      return fmt::format("DATETIME({})", column.scale);
    case LogicalType::timestamptz:
      return fmt::format("{}({})", native_name(column) == "timestamp" ? "TIMESTAMP" : "DATETIME",
                         column.scale);
    case LogicalType::interval:
      return "VARCHAR(64)";
    case LogicalType::json:
    case LogicalType::array:
      return "JSON";
    case LogicalType::uuid:
      return version_.is_mariadb() && version_.at_least(10, 7)
                 ? "UUID"
                 : "CHAR(36) CHARACTER SET ascii COLLATE ascii_bin";
    case LogicalType::enumeration:
      if (column.labels.empty()) return "VARCHAR(255)" + exact_text(version_);
      return "ENUM(" + label_list(column.labels) + ")" + exact_text(version_);
    case LogicalType::set:
      if (column.labels.empty()) return "LONGTEXT";
      return "SET(" + label_list(column.labels) + ")" + exact_text(version_);
    case LogicalType::bit:
      return length >= 1 && length <= 64 ? fmt::format("BIT({})", length) : "LONGTEXT";
    case LogicalType::geometry: {
      const std::string_view name = native_name(column);
      const bool known =
          std::find(kGeometryTypes.begin(), kGeometryTypes.end(), name) != kGeometryTypes.end();
      return std::string(known ? name : "geometry");
    }
    case LogicalType::inet:
      if (!version_.is_mariadb()) return "VARCHAR(43)";
      return same_name(column, {"inet4", "inet6"}, "VARCHAR(43)");
    case LogicalType::vector: {
      const bool native =
          version_.is_mariadb() ? version_.at_least(11, 7) : version_.at_least(9, 0);
      return native && length > 0 ? fmt::format("VECTOR({})", length) : "JSON";
    }
    case LogicalType::other:
      return "LONGTEXT";
  }
  return "LONGTEXT";
}

std::string MySqlDialect::table_suffix() const {
  return " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4";
}

std::string MySqlDialect::change_type(const sql::TargetTable& target,
                                      const sql::TargetColumn& column,
                                      std::string_view type) const {
  return change_column(target, column, std::string(type), column.not_null);
}

std::string MySqlDialect::allow_missing(const sql::TargetTable& target,
                                        const sql::TargetColumn& column) const {
  return change_column(target, column, column.type_name, false);
}

// PostgreSQL compares the texts of a key by their octets. What a MySQL source compares is not
// known.
bool MySqlDialect::tells_keys_apart(const TableSchema& schema, const Column& column,
                                    const sql::TargetColumn& target) const {
  const bool is_text = target.type == sql::TargetType::text && column.type != LogicalType::uuid &&
                       column.type != LogicalType::decimal;
  if (schema.engine != SourceEngine::postgresql || !is_text) return true;
  const bool spaces_matter = column.type == LogicalType::string && !column.fixed_length;
  return target.binary_comparison && !(spaces_matter && target.pads_with_spaces);
}

}  // namespace tailrace::mysql
