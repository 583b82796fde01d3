#include "sinks/postgres/catalogue.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace tailrace::postgres {
namespace {

using sql::TargetColumn;
using sql::TargetTable;
using sql::TargetType;

// b: the type below all domains; e: the type of its elements, or itself. Names of types that the
// search path finds come without their schema: the source's always have it. Foreign keys act only
// where they are not suppressed.
constexpr const char* kColumnsQuery =
    "SELECT a.attname, format_type(a.atttypid, a.atttypmod), format_type(a.atttypid, -1),"
    " format_type(b.oid, b.modifier), format_type(b.oid, -1),"
    " t.typcategory, a.attnotnull OR t.typnotnull, a.atthasdef OR a.attidentity <> '',"
    " a.attgenerated <> '', a.attidentity = 'a', a.attnum,"
    " CASE WHEN en.nspname = 'pg_catalog' OR NOT pg_type_is_visible(e.oid) THEN ''"
    "  ELSE quote_ident(en.nspname) || '.' END, e.typdelim,"
    " CASE WHEN e.oid = 'money'::regtype THEN scale(0::money::numeric) END,"
    " current_setting('session_replication_role') <> 'replica' AND EXISTS ("
    "  SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.confrelid = c.oid"
    "  AND f.confdeltype IN ('c', 'n', 'd'))"
    " FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
    " CROSS JOIN LATERAL (WITH RECURSIVE below AS ("
    "  SELECT a.atttypid AS oid, a.atttypmod AS modifier, 0 AS depth UNION ALL"
    "  SELECT d.typbasetype, d.typtypmod, below.depth + 1 FROM below JOIN pg_type d"
    "  ON d.oid = below.oid AND d.typbasetype <> 0)"
    "  SELECT oid, modifier FROM below ORDER BY depth DESC LIMIT 1) b"
    " JOIN pg_type bt ON bt.oid = b.oid"
    " JOIN pg_type e ON e.oid = CASE WHEN bt.typcategory = 'A' THEN bt.typelem ELSE bt.oid END"
    " JOIN pg_namespace en ON en.oid = e.typnamespace"
    " JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')"
    " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

constexpr const char* kIndexesQuery =
    "SELECT x.relname, i.indkey::text, i.indnkeyatts, i.indexprs IS NOT NULL,"
    " i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL,"
    " i.indisprimary FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid"
    " JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = $1 AND c.relname = $2 AND i.indisunique AND i.indislive"
    " ORDER BY i.indisprimary DESC, x.relname";

bool is_true(Cell cell) {
  return cell == "t";
}

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

struct NamedType {
  std::string_view name;
  TargetType type;
};

constexpr std::array kTypes = {
    NamedType{"boolean", TargetType::boolean},
    NamedType{"smallint", TargetType::integer},
    NamedType{"integer", TargetType::integer},
    NamedType{"bigint", TargetType::integer},
    NamedType{"oid", TargetType::integer},
    NamedType{"numeric", TargetType::decimal},
    NamedType{"money", TargetType::decimal},
    NamedType{"real", TargetType::float32},
    NamedType{"double precision", TargetType::float64},
    NamedType{"text", TargetType::text},
    NamedType{"character varying", TargetType::text},
    NamedType{"bpchar", TargetType::text},
    NamedType{"citext", TargetType::text},
    NamedType{"name", TargetType::text},
    NamedType{"bytea", TargetType::bytes},
    NamedType{"date", TargetType::date},
    NamedType{"time without time zone", TargetType::time},
    NamedType{"time with time zone", TargetType::timetz},
    NamedType{"timestamp without time zone", TargetType::timestamp},
    NamedType{"timestamp with time zone", TargetType::timestamptz},
    NamedType{"interval", TargetType::interval},
    NamedType{"json", TargetType::json},
    NamedType{"jsonb", TargetType::json},
    NamedType{"uuid", TargetType::uuid},
    NamedType{"\"bit\"", TargetType::bit},
    NamedType{"bit varying", TargetType::varbit},
    NamedType{"inet", TargetType::inet},
    NamedType{"cidr", TargetType::inet},
    NamedType{"text[]", TargetType::text_array},
    NamedType{"character varying[]", TargetType::text_array},
    NamedType{"smallint[]", TargetType::number_array},
    NamedType{"integer[]", TargetType::number_array},
    NamedType{"bigint[]", TargetType::number_array},
    NamedType{"numeric[]", TargetType::number_array},
    NamedType{"real[]", TargetType::number_array},
    NamedType{"double precision[]", TargetType::number_array},
};

// Extensions live in any schema: only the last part of the name counts.
TargetType type_named(std::string_view name, char category) {
  const auto* found = std::find_if(kTypes.begin(), kTypes.end(),
                                   [&](const NamedType& type) { return type.name == name; });
  if (found != kTypes.end()) return found->type;
  if (category == 'E') return TargetType::enumeration;
  if (category == 'A') return TargetType::array;
  const std::string_view last = name.substr(name.rfind('.') + 1);
  if (last == "geometry" || last == "geography") return TargetType::geometry;
  if (last == "vector") return TargetType::vector;
  if (last == "citext") return TargetType::text;
  return TargetType::other;
}

void set_integer_range(TargetColumn& column, std::string_view name) {
  column.minimum = std::numeric_limits<std::int64_t>::min();
  column.maximum = std::numeric_limits<std::int64_t>::max();
  if (name == "smallint") column.minimum = -32768, column.maximum = 32767;
  if (name == "integer") column.minimum = -2147483648LL, column.maximum = 2147483647;
  if (name == "oid") column.minimum = 0, column.maximum = 4294967295;
}

TargetColumn column_of(const QueryResult& rows, std::size_t row) {
  TargetColumn column;
  column.name = *rows.cell(row, 0);
  column.not_null = is_true(rows.cell(row, 6));
  column.has_default = is_true(rows.cell(row, 7));
  column.generated = is_true(rows.cell(row, 8));
  column.identity_always = is_true(rows.cell(row, 9));
  set_type(column, *rows.cell(row, 3), *rows.cell(row, 4), rows.cell(row, 5)->front());
  const std::string schema(*rows.cell(row, 11));
  column.native_name = schema + column.native_name;
  column.native_base = schema + column.native_base;
  column.element_delimiter = rows.cell(row, 12)->front();
  if (column.native_base == "money") {
    column.scale = static_cast<std::int16_t>(number(rows.cell(row, 13).value_or("2")));
  }
  column.type_name = *rows.cell(row, 1);
  column.base_type_name = *rows.cell(row, 2);
  return column;
}

void add_index(TargetTable& table, const std::vector<int>& attributes, const QueryResult& rows,
               std::size_t row) {
  sql::UniqueIndex index;
  index.name = *rows.cell(row, 0);
  index.on_expression = is_true(rows.cell(row, 3));
  bool nullable = false;
  for (const int wanted : attribute_numbers(*rows.cell(row, 1), number(*rows.cell(row, 2)))) {
    const auto found = std::find(attributes.begin(), attributes.end(), wanted);
    if (found == attributes.end()) continue;
    const auto position = static_cast<std::uint16_t>(found - attributes.begin());
    nullable |= !table.columns[position].not_null;
    index.columns.push_back(position);
  }
  if (is_true(rows.cell(row, 5))) table.primary_key = index.name;
  if (is_true(rows.cell(row, 4)) && !nullable) table.keys.push_back(index.columns);
  table.unique_indexes.push_back(std::move(index));
}

}  // namespace

std::vector<int> attribute_numbers(std::string_view text, int count) {
  std::vector<int> numbers;
  while (!text.empty() && static_cast<int>(numbers.size()) < count) {
    const std::size_t end = std::min(text.find(' '), text.size());
    numbers.push_back(number(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return numbers;
}

void set_type(TargetColumn& column, std::string_view full_name, std::string_view base_name,
              char category) {
  column.type = type_named(base_name, category);
  column.native_name = full_name;
  column.native_base = base_name;
  int first = -1;
  int second = 0;
  if (const auto open = full_name.find('('); open != std::string_view::npos) {
    const std::string_view inside = full_name.substr(open + 1, full_name.find(')') - open - 1);
    first = number(inside);
    const auto comma = inside.find(',');
    if (comma != std::string_view::npos) second = number(inside.substr(comma + 1));
  }
  switch (column.type) {
    case TargetType::integer:
      set_integer_range(column, base_name);
      break;
    case TargetType::decimal:
      column.precision = static_cast<std::uint16_t>(std::max(first, 0));
      column.scale = static_cast<std::int16_t>(second);
      // An integer of 64 bits; how many of its digits are behind the point is up to the database.
      if (base_name == "money") column.precision = 19, column.scale = 2;
      break;
    case TargetType::interval:
      column.scale = static_cast<std::int16_t>(first < 0 ? 6 : first);
      // "interval year to month" drops the rest in silence.
      if (full_name.starts_with("interval ")) column.type = TargetType::other;
      break;
    case TargetType::text:
    case TargetType::varbit:
      column.length = static_cast<std::uint32_t>(std::max(first, 0));
      break;
    case TargetType::bit:
      column.length = static_cast<std::uint32_t>(std::max(first, 1));
      break;
    default:
      column.scale = static_cast<std::int16_t>(first < 0 ? 6 : first);
      break;
  }
}

Result<std::optional<TargetTable>> load_table(Connection& connection, const TableName& name) {
  const std::array parameters = {name.schema.c_str(), name.table.c_str()};
  auto rows = connection.exec_params(kColumnsQuery, parameters);
  if (!rows) return std::move(rows).error();
  if (rows->row_count() == 0) return std::optional<TargetTable>();
  TargetTable table;
  table.name = name;
  std::vector<int> attributes;
  for (std::size_t row = 0; row < rows->row_count(); ++row) {
    table.columns.push_back(column_of(*rows, row));
    attributes.push_back(number(*rows->cell(row, 10)));
    table.deletes_cascade = is_true(rows->cell(row, 14));
  }
  auto indexes = connection.exec_params(kIndexesQuery, parameters);
  if (!indexes) return std::move(indexes).error();
  for (std::size_t row = 0; row < indexes->row_count(); ++row) {
    add_index(table, attributes, *indexes, row);
  }
  return std::optional<TargetTable>(std::move(table));
}

}  // namespace tailrace::postgres
