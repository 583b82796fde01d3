// What is done to the tables of `shop` while they are written to: data, in a fixed order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/database_server.h"

namespace tailrace::testing {

// What a sink must be able to do for the change to be followed whole.
enum class FollowedBy : std::uint8_t {
  column_statements,  // the target's columns are changed, from the log alone
  details,            // indexes, defaults, comments
  copying_again,      // the rows that exist are not in the log
  key_change,         // another primary key
  default_changes,    // a default that the target has is another one, or gone
  late_not_null,      // a column is NOT NULL, and its values come later than itself
};

struct TableChange {
  enum class How : std::uint8_t {
    statements,  // as they stand, in one session
    ghost,       // `alter` is done to `table` as gh-ost does it
    triggers,    // as pt-online-schema-change does it
  };
  std::string name = {};
  std::vector<std::string> statements = {};
  FollowedBy needs = FollowedBy::column_statements;
  How how = How::statements;
  std::string table = {};
  std::string alter = {};
  // The statements may be refused because of what writers write meanwhile, and then all of them are
  // tried again.
  bool may_be_refused = false;
};

// The tables that the list begins with.
void create_changing_tables(const DatabaseServer& source);

// All changes for a server of that kind, in their order.
std::vector<TableChange> table_changes(std::string_view kind);

}  // namespace tailrace::testing
