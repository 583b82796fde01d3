#include "sinks/mysql/column_attributes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <utility>

namespace tailrace::mysql {
namespace {

// Types that can have the same defaults, conditions and the like.
enum class TypeClass : std::uint8_t { integer, number, text, long_text, octets, moment, other };

TypeClass class_of(std::string_view type) {
  std::string word;
  for (const char c : type) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower < 'a' || lower > 'z') break;
    word += lower;
  }
  using C = TypeClass;
  constexpr std::array kClasses = {std::pair{"tinyint", C::integer},
                                   std::pair{"smallint", C::integer},
                                   std::pair{"mediumint", C::integer},
                                   std::pair{"int", C::integer},
                                   std::pair{"bigint", C::integer},
                                   std::pair{"decimal", C::number},
                                   std::pair{"float", C::number},
                                   std::pair{"double", C::number},
                                   std::pair{"char", C::text},
                                   std::pair{"varchar", C::text},
                                   std::pair{"enum", C::text},
                                   std::pair{"set", C::text},
                                   std::pair{"tinytext", C::long_text},
                                   std::pair{"text", C::long_text},
                                   std::pair{"mediumtext", C::long_text},
                                   std::pair{"longtext", C::long_text},
                                   std::pair{"binary", C::octets},
                                   std::pair{"varbinary", C::octets},
                                   std::pair{"datetime", C::moment},
                                   std::pair{"timestamp", C::moment}};
  const auto* found = std::find_if(kClasses.begin(), kClasses.end(),
                                   [&](const auto& known) { return word == known.first; });
  return found == kClasses.end() ? C::other : found->second;
}

std::size_t first_of(std::string_view text, std::initializer_list<std::string_view> parts) {
  std::size_t first = text.size();
  for (const std::string_view part : parts) first = std::min(first, find_unquoted(text, part));
  return first;
}

// Where the type ends and its attributes begin.
std::size_t end_of_type(std::string_view definition) {
  return first_of(definition, {" NOT NULL", " NULL", " DEFAULT ", " ON UPDATE ", " AUTO_INCREMENT",
                               " COMMENT ", " CHECK (", " COLUMN_FORMAT", " STORAGE", " INVISIBLE",
                               " /*!", " GENERATED ", " WITHOUT SYSTEM"});
}

// " COMMENT 'x'" of the attributes, or nothing.
std::string_view comment_in(std::string_view attributes) {
  const std::size_t at = find_unquoted(attributes, " COMMENT ");
  if (at == std::string_view::npos) return {};
  const std::string_view rest = attributes.substr(at);
  constexpr std::size_t kWord = 9;
  return rest.substr(0, kWord + first_of(rest.substr(kWord), {" CHECK (", " /*!"}));
}

// TEXT takes a default only as an expression.
std::string as_expression(std::string_view attributes) {
  constexpr std::string_view kDefault = " DEFAULT ";
  std::string text(attributes);
  const std::size_t at = find_unquoted(text, kDefault);
  if (at == std::string::npos) return text;
  const std::size_t from = at + kDefault.size();
  const std::string_view rest = std::string_view(text).substr(from);
  const std::size_t length = first_of(rest, {" COMMENT ", " CHECK (", " INVISIBLE", " /*!"});
  if (rest.starts_with("(") || rest.substr(0, length) == "NULL") return text;
  text.insert(from + length, ")");
  text.insert(from, "(");
  return text;
}

// What the attributes of a column become with a type of another class.
std::string attributes_for(TypeClass before, TypeClass after, std::string_view attributes) {
  if (before == after) {
    const bool same = before != TypeClass::other;
    return std::string(same ? attributes : comment_in(attributes));
  }
  if (before == TypeClass::text && after == TypeClass::long_text) return as_expression(attributes);
  const bool counts = find_unquoted(attributes, " AUTO_INCREMENT") != std::string_view::npos;
  if (before == TypeClass::integer && after == TypeClass::number && !counts) {
    return std::string(attributes);
  }
  return std::string(comment_in(attributes));
}

}  // namespace

std::size_t find_unquoted(std::string_view sql, std::string_view part) {
  char quote = 0;
  for (std::size_t at = 0; at < sql.size(); ++at) {
    const char c = sql[at];
    if (quote != 0) {
      if (c == '\\' && quote == '\'') {
        ++at;
      } else if (c == quote) {
        quote = 0;
      }
      continue;
    }
    if (sql.substr(at).starts_with(part)) return at;
    if (c == '\'' || c == '`') quote = c;
  }
  return std::string_view::npos;
}

std::string with_attributes(std::string_view definition, const ColumnAttributes& added) {
  std::string text(definition);
  constexpr std::string_view kNoDefault = " DEFAULT NULL";
  const std::size_t none = find_unquoted(text, kNoDefault);
  const bool replaced = !added.default_value.empty() || added.auto_increment;
  if (replaced && none != std::string::npos) text.erase(none, kNoDefault.size());
  std::string more;
  if (!added.default_value.empty()) more += " DEFAULT " + added.default_value;
  if (!added.on_update.empty()) more += " ON UPDATE " + added.on_update;
  if (added.auto_increment) more += " AUTO_INCREMENT";
  if (!added.comment.empty()) more += " COMMENT " + added.comment;
  // MariaDB has a column's own condition last.
  text.insert(std::min(find_unquoted(text, " CHECK ("), text.size()), more);
  return text;
}

// A quote within is doubled, or has a backslash before it.
std::string without_comment(std::string_view definition) {
  constexpr std::string_view kComment = " COMMENT '";
  std::string text(definition);
  const std::size_t begin = find_unquoted(text, kComment);
  if (begin == std::string_view::npos) return text;
  std::size_t end = begin + kComment.size();
  while (end < text.size()) {
    if (text[end] == '\\') {
      end += 2;
    } else if (text[end] != '\'') {
      ++end;
    } else if (end + 1 < text.size() && text[end + 1] == '\'') {
      end += 2;
    } else {
      break;
    }
  }
  text.erase(begin, std::min(end + 1, text.size()) - begin);
  return text;
}

std::string with_type(std::string_view definition, std::string_view old_type, std::string_view type,
                      bool not_null) {
  const std::size_t end = end_of_type(definition);
  const bool same = old_type == type;
  std::string text = same ? std::string(definition.substr(0, end)) : " " + std::string(type);
  std::string_view attributes = definition.substr(end);
  for (const std::string_view nullability : {" NOT NULL", " NULL"}) {
    if (!attributes.starts_with(nullability)) continue;
    attributes.remove_prefix(nullability.size());
    break;
  }
  std::string kept = same ? std::string(attributes)
                          : attributes_for(class_of(old_type), class_of(type), attributes);
  constexpr std::string_view kNoDefault = " DEFAULT NULL";
  const std::size_t none = find_unquoted(kept, kNoDefault);
  if (not_null && none != std::string::npos) kept.erase(none, kNoDefault.size());
  return text + (not_null ? " NOT NULL" : " NULL") + kept;
}

}  // namespace tailrace::mysql
