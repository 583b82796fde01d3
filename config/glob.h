#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/table_schema.h"

namespace tailrace {

// True when text matches pattern: "*" any run of characters, "?" any one character (a whole UTF-8
// one), everything else itself. Upper and lower case differ.
bool glob_matches(std::string_view pattern, std::string_view text);

// "schema.table" with wildcards in either part: "shop.*", "shop_?.orders", "*.*". The first "."
// divides the two, so that a table's name may have others.
class TablePattern {
 public:
  static Result<TablePattern> parse(std::string_view text);
  bool matches(const TableName& table) const;
  std::string to_string() const { return schema_ + "." + table_; }

 private:
  TablePattern(std::string schema, std::string table)
      : schema_(std::move(schema)), table_(std::move(table)) {}
  std::string schema_;
  std::string table_;
};

// The tables that a list of patterns selects; a pattern behind "!" takes tables out again, wherever
// it stands in the list. An empty list, or one of exclusions alone, selects every other table.
class TableFilter {
 public:
  static Result<TableFilter> parse(std::span<const std::string> patterns);
  bool matches(const TableName& table) const;
  bool selects_all() const { return included_.empty() && excluded_.empty(); }

 private:
  std::vector<TablePattern> included_;
  std::vector<TablePattern> excluded_;
};

}  // namespace tailrace
