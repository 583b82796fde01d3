#include "config/capture_filter.h"

#include <algorithm>

#include "config/glob.h"

namespace tailrace {
namespace {

// Names are compared in ASCII only: that is what every reserved name is made of, and what
// lower_case_table_names does to the names that people use.
std::string lower(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

bool has_wildcard(std::string_view pattern) {
  return pattern.find_first_of("*?") != std::string_view::npos;
}

}  // namespace

Result<CaptureFilter> CaptureFilter::create(const std::vector<std::string>& patterns,
                                            std::span<const std::string_view> reserved) {
  CaptureFilter filter;
  filter.reserved_.assign(reserved.begin(), reserved.end());
  for (const std::string& text : patterns) {
    // The same reading of a pattern as everywhere else; here its two parts are needed, too.
    const bool excludes = text.starts_with('!');
    const std::string_view pattern = std::string_view(text).substr(excludes ? 1 : 0);
    if (auto parsed = TablePattern::parse(pattern); !parsed) return std::move(parsed).error();
    const auto dot = pattern.find('.');
    Pattern parts{std::string(pattern.substr(0, dot)), std::string(pattern.substr(dot + 1))};
    (excludes ? filter.excluded_ : filter.included_).push_back(std::move(parts));
  }
  if (filter.included_.empty()) filter.included_.push_back({"*", "*"});
  return filter;
}

bool CaptureFilter::captures(std::string_view schema, std::string_view table) const {
  const auto selects = [&](const Pattern& pattern) {
    return schema_matches(pattern, schema) && matches(pattern.table, table);
  };
  return std::any_of(included_.begin(), included_.end(), selects) &&
         std::none_of(excluded_.begin(), excluded_.end(), selects);
}

bool CaptureFilter::captures_schema(std::string_view schema) const {
  return std::any_of(included_.begin(), included_.end(),
                     [&](const Pattern& pattern) { return schema_matches(pattern, schema); });
}

bool CaptureFilter::is_reserved(std::string_view schema) const {
  return std::find(reserved_.begin(), reserved_.end(), lower(schema)) != reserved_.end();
}

bool CaptureFilter::schema_matches(const Pattern& pattern, std::string_view schema) const {
  if (!matches(pattern.schema, schema)) return false;
  return !has_wildcard(pattern.schema) || !is_reserved(schema);
}

bool CaptureFilter::matches(std::string_view pattern, std::string_view name) const {
  return ignores_case_ ? glob_matches(lower(pattern), lower(name)) : glob_matches(pattern, name);
}

}  // namespace tailrace
