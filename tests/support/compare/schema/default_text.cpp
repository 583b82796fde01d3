#include "tests/support/compare/schema/definition_readers.h"

namespace tailrace::testing {
namespace {

// The text between quotes when these are around all of it.
std::optional<std::string> unquoted(std::string_view sql) {
  if (sql.size() < 2 || sql.front() != '\'' || sql.back() != '\'') return std::nullopt;
  std::string text;
  for (std::size_t i = 1; i + 1 < sql.size(); ++i) {
    if (sql[i] == '\'' && sql[++i] != '\'') return std::nullopt;
    text.push_back(sql[i]);
  }
  return text;
}

// MySQL and PostgreSQL write an expression in parentheses, PostgreSQL even a literal with a cast.
std::string_view without_parentheses(std::string_view sql) {
  if (!sql.starts_with('(') || !sql.ends_with(')')) return sql;
  return sql.substr(1, sql.size() - 2);
}

// PostgreSQL: 'a'::character varying, 0.50::numeric(7,2).
std::string_view without_cast(std::string_view sql) {
  const auto cast = sql.rfind("::");
  if (cast == std::string_view::npos || cast == 0) return sql;
  const std::string_view type = sql.substr(cast + 2);
  const bool plain = type.find_first_not_of("abcdefghijklmnopqrstuvwxyz ()0123456789_.\"[],") ==
                     std::string_view::npos;
  return plain ? sql.substr(0, cast) : sql;
}

bool is_bare_number(std::string_view sql) {
  if (sql.starts_with('-')) sql.remove_prefix(1);
  return !sql.empty() && sql.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

DefinedDefault default_of_sql(std::string_view sql) {
  using Kind = DefinedDefault::Kind;
  const std::string_view literal = without_parentheses(without_cast(without_parentheses(sql)));
  if (auto text = unquoted(literal)) return {Kind::literal, std::move(*text)};
  if (is_bare_number(literal)) return {Kind::literal, std::string(literal)};
  if (literal == "true" || literal == "false") return {Kind::literal, std::string(literal)};
  std::string lower(literal.substr(0, literal.find('(')));
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  if (lower == "current_timestamp" || lower == "now" || lower == "localtimestamp") {
    return {Kind::now, ""};
  }
  return {Kind::expression, std::string(sql)};
}

}  // namespace tailrace::testing
