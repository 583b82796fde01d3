#include "config/glob.h"

#include <algorithm>

namespace tailrace {
namespace {

std::size_t next_character(std::string_view text, std::size_t index) {
  ++index;
  while (index < text.size() && (static_cast<unsigned char>(text[index]) & 0xC0U) == 0x80U) ++index;
  return index;
}

bool any_matches(const std::vector<TablePattern>& patterns, const TableName& table) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const TablePattern& pattern) { return pattern.matches(table); });
}

}  // namespace

// Linear but for the last "*", which alone is ever tried again: no pattern is slow.
bool glob_matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      t = next_character(text, t);
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      star_text = next_character(text, star_text);
      t = star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Result<TablePattern> TablePattern::parse(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == text.size()) {
    return Error(ErrorKind::invalid_config,
                 "\"" + std::string(text) + "\" does not name a schema and a table")
        .hint("schema.table with * and ?: shop.*, shop.order_*, *.*");
  }
  return TablePattern(std::string(text.substr(0, dot)), std::string(text.substr(dot + 1)));
}

bool TablePattern::matches(const TableName& table) const {
  return glob_matches(schema_, table.schema) && glob_matches(table_, table.table);
}

Result<TableFilter> TableFilter::parse(std::span<const std::string> patterns) {
  TableFilter filter;
  for (const std::string_view text : patterns) {
    const bool excluded = text.starts_with('!');
    auto pattern = TablePattern::parse(excluded ? text.substr(1) : text);
    if (!pattern) return std::move(pattern).error();
    (excluded ? filter.excluded_ : filter.included_).push_back(std::move(*pattern));
  }
  return filter;
}

bool TableFilter::matches(const TableName& table) const {
  return (included_.empty() || any_matches(included_, table)) && !any_matches(excluded_, table);
}

}  // namespace tailrace
