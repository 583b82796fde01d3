#include "sinks/mysql/column_attributes.h"

#include <algorithm>

namespace tailrace::mysql {

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

}  // namespace tailrace::mysql
