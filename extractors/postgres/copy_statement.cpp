#include "extractors/postgres/copy_statement.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/json_writer.h"
#include "extractors/postgres/publication.h"

namespace tailrace::postgres {
namespace {

using Values = std::vector<std::string>;

// Rows of tables that inherit from this one are theirs; those of partitions are its own.
std::string from_clause(const CopiedTable& table) {
  return (table.rows.partitioned ? "" : "ONLY ") + quoted_name(table.rows.definition.name);
}

// Every value, NULL included: "IS NOT NULL" is false for a row (NULL, NULL), which is no NULL.
std::string as_text(const std::string& column) {
  const std::string quoted = quoted_identifier(column);
  return fmt::format("CASE WHEN {0} IS DISTINCT FROM NULL THEN pg_catalog.format('%s', {0}) END",
                     quoted);
}

std::string selected(const CopiedTable& table) {
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < table.relation->columns.size(); ++i) {
    const std::string& name = table.relation->schema->columns[i].name;
    columns.push_back(table.relation->columns[i].reads_binary ? quoted_identifier(name)
                                                              : as_text(name));
  }
  return fmt::format("{}", fmt::join(columns, ", "));
}

std::string expression(const KeyPart& part) {
  std::string text = quoted_identifier(part.column);
  if (!part.collation.empty()) text += " COLLATE " + part.collation;
  return text;
}

std::string literal(const KeyPart& part, const std::string& value) {
  return quoted_literal(value) + "::" + part.type;
}

bool all_plain(std::span<const KeyPart> key) {
  for (const KeyPart& part : key) {
    if (!part.is_plain()) return false;
  }
  return true;
}

std::string row_comparison(std::span<const KeyPart> key, std::string_view comparison,
                           const Values& values) {
  std::vector<std::string> columns;
  std::vector<std::string> literals;
  for (std::size_t i = 0; i < key.size(); ++i) {
    columns.push_back(expression(key[i]));
    literals.push_back(literal(key[i], values[i]));
  }
  return fmt::format("({}) {} ({})", fmt::join(columns, ", "), comparison,
                     fmt::join(literals, ", "));
}

// What a row comparison means, for operators that it cannot name. The first column can use the
// index.
std::string nested_comparison(std::span<const KeyPart> key, bool behind, const Values& values) {
  std::string condition;
  for (std::size_t i = key.size(); i-- > 0;) {
    const KeyPart& part = key[i];
    const std::string column = expression(part);
    const std::string value = literal(part, values[i]);
    const std::string& beyond = behind ? part.greater : part.less;
    if (condition.empty()) {
      condition = fmt::format("{} {} {}", column, behind ? beyond : part.at_most, value);
      continue;
    }
    condition = fmt::format("({0} {1} {2} AND ({0} {3} {2} OR {4}))", column,
                            behind ? part.at_least : part.at_most, value, beyond, condition);
  }
  return condition;
}

std::string behind(std::span<const KeyPart> key, const Values& bound) {
  return all_plain(key) ? row_comparison(key, ">", bound) : nested_comparison(key, true, bound);
}

std::string not_behind(std::span<const KeyPart> key, const Values& bound) {
  return all_plain(key) ? row_comparison(key, "<=", bound) : nested_comparison(key, false, bound);
}

// What the publications and the log leave out.
std::vector<std::string> conditions_of(const CopiedTable& table) {
  std::vector<std::string> conditions;
  if (!table.rows.filter.empty()) conditions.push_back("(" + table.rows.filter + ")");
  if (!table.rows.unlogged_partitions.empty()) {
    conditions.push_back(
        fmt::format("tableoid NOT IN ({})", fmt::join(table.rows.unlogged_partitions, ", ")));
  }
  return conditions;
}

std::string where(const std::vector<std::string>& conditions) {
  return conditions.empty() ? "" : fmt::format(" WHERE {}", fmt::join(conditions, " AND "));
}

}  // namespace

std::string quoted_literal(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted.push_back('\'');
    quoted.push_back(c);
  }
  return quoted + "'";
}

std::string print_bound(std::span<const std::string> values) {
  std::string text;
  JsonWriter json(text);
  json.begin_array();
  for (const std::string& value : values) json.text(value);
  json.end_array();
  return text;
}

Result<std::vector<std::string>> parse_bound(std::string_view bound, std::size_t columns) {
  const auto json = nlohmann::json::parse(bound, nullptr, false);
  std::vector<std::string> values;
  if (json.is_array()) {
    for (const auto& value : json) {
      if (value.is_string()) values.push_back(value.get<std::string>());
    }
  }
  if (columns == 0 || values.size() != columns || json.size() != columns) {
    return Error(ErrorKind::schema_mismatch, "the bound of a key range is not of the table's key")
        .hint("the key has changed: copy the table anew");
  }
  return values;
}

Result<std::string> copy_statement(const CopiedTable& table, const KeyRange& range) {
  std::vector<std::string> conditions = conditions_of(table);
  if (!range.after.empty()) {
    auto bound = parse_bound(range.after, table.key.size());
    if (!bound) return std::move(bound).error();
    conditions.push_back(behind(table.key, *bound));
  }
  if (!range.upto.empty()) {
    auto bound = parse_bound(range.upto, table.key.size());
    if (!bound) return std::move(bound).error();
    conditions.push_back(not_behind(table.key, *bound));
  }
  return fmt::format("COPY (SELECT {} FROM {}{}) TO STDOUT (FORMAT binary)", selected(table),
                     from_clause(table), where(conditions));
}

// place * ranges / total, in whole numbers, is the range that a row falls into.
std::string bounds_statement(const CopiedTable& table, const KeySample& sample,
                             std::uint64_t rows_per_range) {
  std::vector<std::string> columns;
  std::vector<std::string> names;
  std::vector<std::string> texts;
  std::vector<std::string> order;
  for (std::size_t i = 0; i < table.key.size(); ++i) {
    columns.push_back(fmt::format("{} AS k{}", expression(table.key[i]), i));
    names.push_back(fmt::format("k{}", i));
    texts.push_back(fmt::format("pg_catalog.format('%s', k{})", i));
    order.push_back(fmt::format("{} USING {}", expression(table.key[i]), table.key[i].less));
  }
  std::vector<std::string> conditions = conditions_of(table);
  if (sample.share_of_rows < 1) {
    conditions.push_back(fmt::format("pg_catalog.random() < {}", sample.share_of_rows));
  }
  const double sampled = sample.percent_of_pages / 100 * sample.share_of_rows;
  return fmt::format(
      "SELECT {0} FROM (SELECT {1}, place, total, "
      "greatest(total / {2}::float8 / {3}, 1)::bigint AS ranges FROM (SELECT {4}, "
      "row_number() OVER (ORDER BY {5}) AS place, count(*) OVER () AS total "
      "FROM {6} TABLESAMPLE SYSTEM ({7}){8}) sampled) placed "
      "WHERE place < total AND place * ranges / total <> (place - 1) * ranges / total "
      "ORDER BY place",
      fmt::join(texts, ", "), fmt::join(names, ", "), sampled, rows_per_range,
      fmt::join(columns, ", "), fmt::join(order, ", "), from_clause(table), sample.percent_of_pages,
      where(conditions));
}

std::string estimate_statement(const CopiedTable& table) {
  return fmt::format("EXPLAIN (FORMAT JSON) SELECT FROM {}{}", from_clause(table),
                     where(conditions_of(table)));
}

}  // namespace tailrace::postgres
