#include "extractors/mysql/table_filter.h"

#include <algorithm>
#include <array>

namespace tailrace::mysql {
namespace {

constexpr std::array<std::string_view, 5> kReservedSchemas = {
    "mysql", "sys", "information_schema", "performance_schema", "tailrace"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_ignoring_case(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

bool is_reserved(std::string_view schema) {
  return std::any_of(kReservedSchemas.begin(), kReservedSchemas.end(),
                     [&](auto reserved) { return equal_ignoring_case(reserved, schema); });
}

bool has_wildcard(std::string_view pattern) {
  return pattern.find_first_of("*?") != std::string_view::npos;
}

}  // namespace

Result<TableFilter> TableFilter::create(const std::vector<std::string>& patterns) {
  TableFilter filter;
  filter.texts_ = patterns.empty() ? std::vector<std::string>{"*.*"} : patterns;
  for (const std::string& text : filter.texts_) {
    const auto dot = text.find('.');
    if (dot == std::string::npos || dot == 0 || dot + 1 == text.size()) {
      return Error(ErrorKind::invalid_config, "table pattern \"" + text + "\" is not schema.table")
          .hint("write for example \"shop.*\" or \"shop.orders\"");
    }
    filter.patterns_.push_back({text.substr(0, dot), text.substr(dot + 1)});
  }
  return filter;
}

bool TableFilter::captures(std::string_view schema, std::string_view table) const {
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
    return schema_matches(pattern, schema) && matches(pattern.table, table);
  });
}

bool TableFilter::captures_schema(std::string_view schema) const {
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const Pattern& pattern) { return schema_matches(pattern, schema); });
}

bool TableFilter::schema_matches(const Pattern& pattern, std::string_view schema) const {
  if (!matches(pattern.schema, schema)) return false;
  return !has_wildcard(pattern.schema) || !is_reserved(schema);
}

// Greedy: at a mismatch, the last * takes one character more.
bool TableFilter::matches(std::string_view pattern, std::string_view name) const {
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t p = 0, n = 0, star = kNone, star_name = 0;
  const auto same = [&](char a, char b) { return ignores_case_ ? lower(a) == lower(b) : a == b; };
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || same(pattern[p], name[n]))) {
      ++p;
      ++n;
    } else if (star != kNone) {
      p = star + 1;
      n = ++star_name;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace tailrace::mysql
