#include "sinks/postgres/statements.h"

#include <vector>

#include <fmt/format.h>

namespace tailrace::postgres {
namespace {

using sql::MappedColumn;
using sql::TableMapping;
using sql::TargetType;

// unnest() would flatten arrays of arrays, and types have other delimiters than the comma between
// elements: such columns travel as texts, and are cast row by row.
bool travels_as_text(const MappedColumn& column) {
  switch (column.target->type) {
    case TargetType::text_array:
    case TargetType::number_array:
    case TargetType::array:
    case TargetType::geometry:
    case TargetType::vector:
    case TargetType::other:
      return true;
    default:
      return column.target->native_base == "money";
  }
}

// What a text is cast to. Money would be read by the rules of the locale.
std::string cast_of(const MappedColumn& column, const std::string& type) {
  const std::string& native = column.target->native_base;
  if (native == "money") return "numeric::money" + (type == native ? "" : "::" + type);
  if (native == "money[]") return "numeric[]::money[]" + (type == native ? "" : "::" + type);
  return type;
}

std::string element_type(const MappedColumn& column) {
  return travels_as_text(column) ? "text" : column.target->base_type_name;
}

// "unnest($1::bigint[], $2::text[]) AS r(c0, c1)"
std::string rows_of(const TableMapping& mapping, std::span<const std::uint16_t> columns) {
  std::string arrays;
  std::string names;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) arrays += ", ", names += ", ";
    arrays += fmt::format("${}::{}[]", i + 1, element_type(mapping.columns[columns[i]]));
    names += fmt::format("c{}", i);
  }
  return fmt::format("unnest({}) AS r({})", arrays, names);
}

// "r.c1", with its cast when it travelled as text
std::string value(const MappedColumn& column, std::size_t number) {
  if (!travels_as_text(column)) return fmt::format("r.c{}", number);
  return fmt::format("r.c{}::{}", number, cast_of(column, column.target->base_type_name));
}

std::vector<std::uint16_t> all_columns(const TableMapping& mapping) {
  std::vector<std::uint16_t> columns(mapping.columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = static_cast<std::uint16_t>(i);
  return columns;
}

std::string name_of(const sql::Dialect& dialect, const TableMapping& mapping, std::size_t column) {
  return dialect.quote(mapping.columns[column].target->name);
}

std::string key_condition(const sql::Dialect& dialect, const TableMapping& mapping) {
  std::string condition;
  for (std::size_t i = 0; i < mapping.key.size(); ++i) {
    if (i > 0) condition += " AND ";
    condition += fmt::format("t.{} = {}", name_of(dialect, mapping, mapping.key[i]),
                             value(mapping.columns[mapping.key[i]], i));
  }
  return condition;
}

// Parameter number as one value: it comes as an array of one, like all others.
std::string single(const MappedColumn& column, std::size_t number) {
  const std::string element = fmt::format("(${}::{}[])[1]", number, element_type(column));
  if (!travels_as_text(column)) return element;
  return fmt::format("{}::{}", element, cast_of(column, column.target->base_type_name));
}

// Values that differ may be equal to the operator (1.0 and 1.00, 'a' and 'A' of citext, -0 and 0),
// or there is none: then the texts are compared, as the target's column would show them. Sources
// other than PostgreSQL may have rounded, and are refused by can_match_all_columns().
bool is_compared_by_text(const TableMapping& mapping, const MappedColumn& column) {
  if (mapping.schema->engine != SourceEngine::postgresql) return false;
  switch (column.target->type) {
    case TargetType::decimal:
      return column.target->precision == 0;
    case TargetType::text:
      return column.target->native_base.ends_with("citext");
    case TargetType::float32:
    case TargetType::float64:
    case TargetType::interval:
    case TargetType::json:
    case TargetType::geometry:
    case TargetType::vector:
    case TargetType::text_array:
    case TargetType::number_array:
    case TargetType::array:
    case TargetType::other:
      return true;
    default:
      return false;
  }
}

std::string same_value(const sql::Dialect& dialect, const TableMapping& mapping,
                       std::size_t index) {
  const MappedColumn& column = mapping.columns[index];
  const std::string name = name_of(dialect, mapping, index);
  if (!is_compared_by_text(mapping, column)) {
    return fmt::format("{} {} {}", name, column.target->not_null ? "=" : "IS NOT DISTINCT FROM",
                       single(column, index + 1));
  }
  return fmt::format("{}::text IS NOT DISTINCT FROM (${}::text[])[1]::{}::text", name, index + 1,
                     cast_of(column, column.target->type_name));
}

// The one row whose columns all equal parameters $1..$n. Where there are many, any one will do:
// they cannot be told apart. Columns without NULL are compared in a way that can use an index.
std::string one_row(const sql::Dialect& dialect, const TableMapping& mapping) {
  std::string condition;
  for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
    condition += (i > 0 ? " AND " : "") + same_value(dialect, mapping, i);
  }
  return fmt::format("WITH one AS (SELECT tableoid AS o, ctid AS c FROM {} WHERE {} LIMIT 1) ",
                     dialect.table(mapping.target.name), condition);
}

}  // namespace

std::string overriding_clause(const TableMapping& mapping) {
  for (const MappedColumn& column : mapping.columns) {
    if (column.target->identity_always) return " OVERRIDING SYSTEM VALUE";
  }
  return {};
}

std::string conflict_clause(const sql::Dialect& dialect, const TableMapping& mapping) {
  if (mapping.keyless()) return {};
  std::string key;
  for (const std::uint16_t column : mapping.key) {
    key += (key.empty() ? "" : ", ") + name_of(dialect, mapping, column);
  }
  std::string set;
  for (std::size_t i = 0; i < mapping.columns.size(); ++i) {
    if (mapping.columns[i].key) continue;
    const std::string name = name_of(dialect, mapping, i);
    set += fmt::format("{}{} = EXCLUDED.{}", set.empty() ? "" : ", ", name, name);
  }
  if (set.empty()) return fmt::format(" ON CONFLICT ({}) DO NOTHING", key);
  return fmt::format(" ON CONFLICT ({}) DO UPDATE SET {}", key, set);
}

std::string delete_statement(const sql::Dialect& dialect, const TableMapping& mapping) {
  return fmt::format("DELETE FROM {} AS t USING {} WHERE {}", dialect.table(mapping.target.name),
                     rows_of(mapping, mapping.key), key_condition(dialect, mapping));
}

std::string delete_displaced_statement(const sql::Dialect& dialect, const TableMapping& mapping) {
  std::vector<std::uint16_t> columns = mapping.key;
  columns.insert(columns.end(), mapping.unique.begin(), mapping.unique.end());
  std::string differs;
  for (std::size_t i = mapping.key.size(); i < columns.size(); ++i) {
    differs +=
        fmt::format("{}t.{} IS DISTINCT FROM {}", differs.empty() ? "" : " OR ",
                    name_of(dialect, mapping, columns[i]), value(mapping.columns[columns[i]], i));
  }
  return fmt::format("DELETE FROM {} AS t USING {} WHERE {} AND ({})",
                     dialect.table(mapping.target.name), rows_of(mapping, columns),
                     key_condition(dialect, mapping), differs);
}

std::string upsert_statement(const sql::Dialect& dialect, const TableMapping& mapping) {
  const auto columns = all_columns(mapping);
  std::string names;
  std::string values;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) names += ", ", values += ", ";
    names += name_of(dialect, mapping, i);
    values += value(mapping.columns[i], i);
  }
  return fmt::format("INSERT INTO {} ({}){} SELECT {} FROM {}{}",
                     dialect.table(mapping.target.name), names, overriding_clause(mapping), values,
                     rows_of(mapping, columns), conflict_clause(dialect, mapping));
}

std::string update_statement(const sql::Dialect& dialect, const TableMapping& mapping,
                             std::span<const std::uint16_t> columns) {
  std::vector<std::uint16_t> sent = mapping.key;
  sent.insert(sent.end(), columns.begin(), columns.end());
  std::string set;
  for (std::size_t i = mapping.key.size(); i < sent.size(); ++i) {
    set += fmt::format("{}{} = {}", set.empty() ? "" : ", ", name_of(dialect, mapping, sent[i]),
                       value(mapping.columns[sent[i]], i));
  }
  return fmt::format("UPDATE {} AS t SET {} FROM {} WHERE {}", dialect.table(mapping.target.name),
                     set, rows_of(mapping, sent), key_condition(dialect, mapping));
}

std::string delete_one_statement(const sql::Dialect& dialect, const TableMapping& mapping) {
  return fmt::format("{}DELETE FROM {} AS t USING one WHERE t.ctid = one.c AND t.tableoid = one.o",
                     one_row(dialect, mapping), dialect.table(mapping.target.name));
}

std::string update_one_statement(const sql::Dialect& dialect, const TableMapping& mapping) {
  std::string set;
  const std::size_t count = mapping.columns.size();
  for (std::size_t i = 0; i < count; ++i) {
    set += fmt::format("{}{} = {}", i > 0 ? ", " : "", name_of(dialect, mapping, i),
                       single(mapping.columns[i], count + i + 1));
  }
  return fmt::format("{}UPDATE {} AS t SET {} FROM one WHERE t.ctid = one.c AND t.tableoid = one.o",
                     one_row(dialect, mapping), dialect.table(mapping.target.name), set);
}

}  // namespace tailrace::postgres
