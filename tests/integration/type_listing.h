// What tailrace itself says of types: the page of `tailrace types`, and the listing of `tailrace
// check`.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {

// One line of docs/types.md.
struct TypeLine {
  std::string type;
  std::vector<std::string> refused;
  std::vector<std::string> refused_in_key;  // there only
  std::vector<std::string> options;         // "infinity=null"
};
// As the built program prints them now; a test of its own compares them with the page.
std::vector<TypeLine> type_lines(Engine source, Engine target);

// What `tailrace check` says of a column at a target.
struct ListedColumn {
  std::string message;  // of all findings about it
  std::string fix;
  bool cannot_be_held = false;

  // "refuses NaN, ±Infinity" has each of them as a whole item.
  bool refuses(const std::string& label) const;
};
// "shop.table.column"; those that are not there are held exactly.
using ColumnListing = std::map<std::string, ListedColumn>;

// For the tables that match, at each target by name.
std::map<std::string, ColumnListing> column_listings(
    const std::string& source_url, const std::vector<std::string>& tables,
    const std::map<std::string, std::string>& target_urls, const std::string& state_dir);

}  // namespace tailrace::testing
