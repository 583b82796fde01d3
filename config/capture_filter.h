#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace tailrace {

// Which tables are captured: patterns "schema.table" with * and ?, "!schema.table" takes tables out
// again (config/glob.h). Beyond that, a reserved schema, which the server or tailrace keeps for
// itself, is captured only when a pattern spells its name out.
class CaptureFilter {
 public:
  // No patterns: all tables. reserved: names in lower case.
  static Result<CaptureFilter> create(const std::vector<std::string>& patterns,
                                      std::span<const std::string_view> reserved);

  // For servers that do not tell upper from lower case in names (lower_case_table_names).
  void ignore_case(bool on) { ignores_case_ = on; }

  bool captures(std::string_view schema, std::string_view table) const;
  // Whether some table of the schema may be captured.
  bool captures_schema(std::string_view schema) const;

 private:
  struct Pattern {
    std::string schema;
    std::string table;
  };
  bool is_reserved(std::string_view schema) const;
  bool schema_matches(const Pattern& pattern, std::string_view schema) const;
  bool matches(std::string_view pattern, std::string_view name) const;

  std::vector<Pattern> included_;
  std::vector<Pattern> excluded_;
  std::vector<std::string> reserved_;
  bool ignores_case_ = false;
};

}  // namespace tailrace
