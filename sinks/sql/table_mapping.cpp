#include "sinks/sql/table_mapping.h"

#include <algorithm>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace tailrace::sql {
namespace {

using L = LogicalType;
using T = TargetType;

struct IntegerRange {
  std::int64_t minimum;
  std::uint64_t maximum;
};

IntegerRange range_of(L type) {
  switch (type) {
    case L::int8:
      return {-128, 127};
    case L::int16:
      return {-32768, 32767};
    case L::int32:
      return {std::numeric_limits<std::int32_t>::min(), 2147483647};
    case L::uint8:
      return {0, 255};
    case L::uint16:
      return {0, 65535};
    case L::uint32:
      return {0, 4294967295};
    case L::uint64:
      return {0, std::numeric_limits<std::uint64_t>::max()};
    default:
      return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  }
}

bool is_small_integer(L type) {
  return type == L::int8 || type == L::int16 || type == L::uint8 || type == L::uint16;
}

bool is_temporal(T type) {
  return type == T::time || type == T::timetz || type == T::timestamp || type == T::timestamptz ||
         type == T::interval;
}

bool is_array(T type) {
  return type == T::array || type == T::text_array || type == T::number_array;
}

// "timestamp(3) without time zone[]" -> "timestamp without time zone[]"
std::string without_modifiers(std::string_view type) {
  std::string out;
  for (std::size_t at = 0; at < type.size();) {
    const bool modifiers = type[at] == '(' && type.find(')', at) != std::string_view::npos;
    if (modifiers) at = type.find(')', at) + 1;
    if (at < type.size() && !modifiers) out += type[at++];
  }
  // Without length these two would mean length 1, so the server spells them in another way.
  if (out.starts_with("character[")) return "bpchar" + out.substr(9);
  return out.starts_with("bit[") ? "\"bit\"" + out.substr(3) : out;
}

// Elements are neither rounded nor cut: the target's type has no length or precision, or the same.
bool can_hold_array(const Column& column, const TargetColumn& target) {
  if (target.native_base != target.native_name) return false;
  return target.native_base == "text[]" ||
         without_modifiers(column.native_type) == target.native_base;
}

std::string type_of(const Column& column) {
  return column.native_type.empty() ? std::string(to_string(column.type)) : column.native_type;
}

Error missing_column(const TableSchema& schema, std::size_t index, const TargetTable& target,
                     const Dialect& dialect) {
  const Column& column = schema.columns[index];
  const std::string name = dialect.shorten(column.name);
  return Error(ErrorKind::schema_mismatch,
               fmt::format("target table {} has no column \"{}\" ({} at the source)",
                           target.name.to_string(), name, type_of(column)))
      .hint(fmt::format("ALTER TABLE {} ADD COLUMN {} {}", dialect.table(target.name),
                        dialect.quote(name), dialect.column_type(schema, index)));
}

Error incompatible_type(const TableSchema& schema, std::size_t index, const TargetColumn& target,
                        const TargetTable& table, const Dialect& dialect) {
  const Column& column = schema.columns[index];
  return Error(ErrorKind::schema_mismatch,
               fmt::format("column \"{}\" of target table {} is {}, which cannot hold {}",
                           target.name, table.name.to_string(), target.type_name, type_of(column)))
      .hint(dialect.change_type(table, target, dialect.column_type(schema, index)));
}

Error weak_key(const TableSchema& schema, std::size_t index, const TargetColumn& target,
               const TargetTable& table, const Dialect& dialect) {
  return Error(ErrorKind::schema_mismatch,
               fmt::format("key column \"{}\" of target table {} is {}, which does not tell all "
                           "keys apart that differ at the source ({})",
                           target.name, table.name.to_string(), target.type_name,
                           type_of(schema.columns[index])))
      .hint(dialect.change_type(table, target, dialect.column_type(schema, index)));
}

Error needs_value(const TargetColumn& column, const TargetTable& table, const Dialect& dialect) {
  return Error(
             ErrorKind::schema_mismatch,
             fmt::format("column \"{}\" of target table {} needs a value, and the source has none",
                         column.name, table.name.to_string()))
      .hint(dialect.allow_missing(table, column));
}

bool same_columns(std::vector<std::uint16_t> left, std::vector<std::uint16_t> right) {
  std::sort(left.begin(), left.end());
  std::sort(right.begin(), right.end());
  return left == right;
}

std::uint16_t index_of(const TargetTable& table, const TargetColumn* column) {
  return static_cast<std::uint16_t>(column - table.columns.data());
}

std::string list_of(const TableSchema& schema, const Dialect& dialect) {
  std::string list;
  for (const std::uint16_t index : schema.key) {
    if (!list.empty()) list += ", ";
    list += dialect.quote(dialect.shorten(schema.columns[index].name));
  }
  return list;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_but_case(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

// Empty: the type that we would give the column has no more room than it has.
std::string widening(const TableMapping& mapping, std::size_t index, const TargetColumn& target,
                     const Dialect& dialect) {
  const std::string type = dialect.column_type(*mapping.schema, index);
  if (dialect.has_type(target, type)) return {};
  return dialect.change_type(mapping.target, target, type);
}

Status map_columns(TableMapping& mapping, const Dialect& dialect, MissingColumns missing) {
  const TableSchema& schema = *mapping.schema;
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    const Column& column = schema.columns[i];
    const TargetColumn* target = find_column(mapping.target, dialect.shorten(column.name));
    if (target == nullptr && missing == MissingColumns::leave_out && !in_key(schema, i)) {
      mapping.left_out.push_back(static_cast<std::uint16_t>(i));
      continue;
    }
    if (target == nullptr) return missing_column(schema, i, mapping.target, dialect);
    if (target->generated) continue;
    const bool key = in_key(schema, i);
    if (!can_hold(column, schema.engine, *target, dialect)) {
      return incompatible_type(schema, i, *target, mapping.target, dialect);
    }
    if (key && !dialect.tells_keys_apart(schema, column, *target)) {
      return weak_key(schema, i, *target, mapping.target, dialect);
    }
    const bool narrowing = is_narrowing(column, *target);
    mapping.columns.push_back({static_cast<std::uint16_t>(i), &column, target, key, narrowing,
                               narrowing ? widening(mapping, i, *target, dialect) : ""});
  }
  return {};
}

bool is_mapped(const TableMapping& mapping, const TargetColumn& target) {
  return std::any_of(mapping.columns.begin(), mapping.columns.end(),
                     [&](const MappedColumn& column) { return column.target == &target; });
}

Status check_extra_columns(TableMapping& mapping, const Dialect& dialect) {
  for (const TargetColumn& column : mapping.target.columns) {
    if (column.generated || is_mapped(mapping, column)) continue;
    mapping.has_extra_columns = true;
    if (column.not_null && !column.has_default) return needs_value(column, mapping.target, dialect);
  }
  return {};
}

// A column that the target computes from others changes with them.
bool depends_on_computed(const TableMapping& mapping, const UniqueIndex& index) {
  return std::any_of(index.columns.begin(), index.columns.end(),
                     [&](std::uint16_t i) { return mapping.target.columns[i].generated; });
}

// Rows are found by the source's key: the target must have it as a key as well.
Status map_key(TableMapping& mapping, const Dialect& dialect) {
  const TableSchema& schema = *mapping.schema;
  if (schema.key.empty()) return {};
  std::vector<std::uint16_t> wanted;
  for (const std::uint16_t source : schema.key) {
    const auto found = std::find_if(mapping.columns.begin(), mapping.columns.end(),
                                    [&](const MappedColumn& c) { return c.source == source; });
    if (found == mapping.columns.end()) break;
    mapping.key.push_back(static_cast<std::uint16_t>(found - mapping.columns.begin()));
    wanted.push_back(index_of(mapping.target, found->target));
  }
  const auto& keys = mapping.target.keys;
  const bool has_key = wanted.size() == schema.key.size() &&
                       std::any_of(keys.begin(), keys.end(),
                                   [&](const auto& key) { return same_columns(key, wanted); });
  if (!has_key) {
    std::vector<const TargetColumn*> columns;
    for (const std::uint16_t column : wanted) columns.push_back(&mapping.target.columns[column]);
    const std::string cure =
        columns.size() == schema.key.size()
            ? dialect.add_key(mapping.target, columns)
            : "let the target have the columns of the key, and not compute them";
    return Error(ErrorKind::schema_mismatch,
                 fmt::format("target table {} has no primary key or unique index on the source's "
                             "key ({})",
                             mapping.target.name.to_string(), list_of(schema, dialect)))
        .hint(cure);
  }
  for (const UniqueIndex& index : mapping.target.unique_indexes) {
    if (!index.on_expression && same_columns(index.columns, wanted)) continue;
    mapping.has_unique = true;
    mapping.unique_expression |= index.on_expression || depends_on_computed(mapping, index);
    for (std::uint16_t i = 0; i < mapping.columns.size(); ++i) {
      const std::uint16_t target = index_of(mapping.target, mapping.columns[i].target);
      const bool in_index =
          std::find(index.columns.begin(), index.columns.end(), target) != index.columns.end();
      const bool listed =
          mapping.columns[i].key ||
          std::find(mapping.unique.begin(), mapping.unique.end(), i) != mapping.unique.end();
      if (in_index && !listed) mapping.unique.push_back(i);
    }
  }
  return {};
}

std::string shown(const Column& column, std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::string out;
  if (column.type == L::bytes || column.type == L::geometry) {
    for (const char c : text.substr(0, kShown / 2)) {
      out += fmt::format("{:02x}", static_cast<unsigned char>(c));
    }
    return text.size() > kShown / 2 ? out + "..." : out;
  }
  std::size_t keep = std::min(text.size(), kShown);
  while (keep < text.size() && keep > 0 &&
         (static_cast<unsigned char>(text[keep]) & 0xC0) == 0x80) {
    --keep;
  }
  out = text.substr(0, keep);
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c >= 0 && c < ' '; }, '?');
  return keep < text.size() ? out + "..." : out;
}

// Of a target whose labels are not told, any may be there.
bool lacks_label(const Column& column, const TargetColumn& target) {
  const auto& there = target.labels;
  return !there.empty() &&
         std::any_of(column.labels.begin(), column.labels.end(), [&](const std::string& label) {
           return std::find(there.begin(), there.end(), label) == there.end();
         });
}

}  // namespace

const TargetColumn* find_column(const TargetTable& table, std::string_view name) {
  const TargetColumn* similar = nullptr;
  std::size_t similar_count = 0;
  for (const TargetColumn& column : table.columns) {
    if (column.name == name) return &column;
    if (!same_but_case(column.name, name)) continue;
    similar = &column;
    ++similar_count;
  }
  return similar_count == 1 ? similar : nullptr;
}

bool is_narrowing(const Column& column, const TargetColumn& target) {
  if (target.type == T::enumeration || target.type == T::set) return lacks_label(column, target);
  if (target.type == T::integer) {
    if (column.type == L::boolean) return false;
    if (!is_integer(column.type)) return true;
    const IntegerRange range = range_of(column.type);
    return range.minimum < target.minimum || range.maximum > target.maximum;
  }
  if (target.type == T::decimal) {
    if (target.precision == 0) return false;
    if (column.type != L::decimal || column.precision == 0) return true;
    return column.scale > target.scale ||
           column.precision - column.scale > target.precision - target.scale;
  }
  if (target.type == T::text || target.type == T::bytes) {
    if (target.length == 0) return false;
    const bool same_kind = column.type == L::string || column.type == L::bytes;
    return !same_kind || column.length == 0 || column.length > target.length;
  }
  if (target.type == T::bit) return column.length != target.length;
  if (target.type == T::varbit) return target.length != 0;
  if (is_temporal(target.type)) return column.scale > target.scale || column.type == L::interval;
  return target.type == T::boolean && column.type != L::boolean;
}

bool has_varying_length(const Column& column) {
  return column.type == L::bit && column.native_type.starts_with("bit varying");
}

bool can_hold(const Column& column, SourceEngine engine, const TargetColumn& target,
              const Dialect& dialect) {
  if (engine == SourceEngine::postgresql && !target.native_name.empty()) {
    if (column.native_type == target.native_name) return true;
    if (column.type == L::array && is_array(target.type)) return can_hold_array(column, target);
  }
  const L type = column.type;
  const bool one_bit = type == L::bit && column.length == 1;
  switch (target.type) {
    case T::any:
      return true;
    case T::text:
      return type != L::bytes && type != L::geometry;
    case T::boolean:
      return type == L::boolean || one_bit || type == L::int8 || type == L::uint8;
    case T::integer:
      return is_integer(type) || type == L::boolean ||
             (type == L::bit && !has_varying_length(column));
    case T::decimal:
      return is_integer(type) || type == L::decimal;
    case T::float32:
      return type == L::float32 || is_small_integer(type);
    case T::float64:
      return type == L::float32 || type == L::float64 || is_small_integer(type) ||
             type == L::int32 || type == L::uint32;
    case T::bytes:
      // PostgreSQL has no other type that holds the character NUL.
      if (target.base_type_name == "bytea" && (type == L::string || type == L::enumeration)) {
        return true;
      }
      return type == L::bytes || type == L::geometry ||
             (type == L::bit && !has_varying_length(column));
    case T::date:
      return type == L::date;
    case T::time:
      return type == L::time;
    case T::timetz:
      return type == L::timetz;
    case T::timestamp:
      return type == L::timestamp || (type == L::timestamptz && dialect.timestamp_holds_instants());
    case T::timestamptz:
      return type == L::timestamptz;
    case T::interval:
      return type == L::interval || type == L::time;
    case T::json:
      return type == L::json || type == L::array || type == L::vector || type == L::string;
    case T::uuid:
      return type == L::uuid || type == L::string;
    case T::bit:
    case T::varbit:
      // MySQL calls its padded type BIT as well.
      if (target.base_type_name == "bit" && has_varying_length(column)) return false;
      return type == L::bit || type == L::boolean;
    case T::enumeration:
      return type == L::enumeration || type == L::string;
    case T::set:
      return type == L::set;
    case T::geometry:
      return type == L::geometry;
    case T::text_array:
      return type == L::set || type == L::array;
    case T::number_array:
      return type == L::vector || type == L::array;
    case T::array:
      return type == L::array;
    case T::inet:
      return type == L::inet || type == L::string;
    case T::vector:
      return type == L::vector;
    case T::numeric_affinity:
      return (is_integer(type) && type != L::uint64) || type == L::boolean || type == L::float32 ||
             type == L::float64 || type == L::date || type == L::timestamp ||
             type == L::timestamptz || type == L::bytes || type == L::geometry;
    case T::other:
      return type == L::other || type == L::string;
  }
  return false;
}

Result<std::unique_ptr<const TableMapping>> map_table(SchemaPtr schema, TargetTable target,
                                                      const Dialect& dialect,
                                                      MissingColumns missing) {
  auto mapping = std::make_unique<TableMapping>();
  mapping->schema = std::move(schema);
  mapping->target = std::move(target);
  if (auto mapped = map_columns(*mapping, dialect, missing); !mapped)
    return std::move(mapped).error();
  if (auto checked = check_extra_columns(*mapping, dialect); !checked) {
    return std::move(checked).error();
  }
  if (auto keyed = map_key(*mapping, dialect); !keyed) return std::move(keyed).error();
  return std::unique_ptr<const TableMapping>(std::move(mapping));
}

std::string describe_row(const TableMapping& mapping, std::span<const Value> row) {
  if (mapping.keyless()) return "a row without key";
  std::string out;
  for (const std::uint16_t index : mapping.key) {
    const MappedColumn& column = mapping.columns[index];
    if (!out.empty()) out += ", ";
    out += column.column->name + "=";
    const Value value = column.source < row.size() ? row[column.source] : Value::unchanged();
    out += value.is_present() ? shown(*column.column, value.text())
           : value.is_null()  ? "NULL"
                              : "?";
  }
  return "row " + out;
}

}  // namespace tailrace::sql
