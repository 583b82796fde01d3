// Makes the changes of a list, and copies tables as the tools do it.
#pragma once

#include <string>

#include "tests/support/database_server.h"
#include "tests/support/schema_changes/change_list.h"
#include "tests/support/schema_changes/written_keys.h"

namespace tailrace::testing {

// Throws with what the server said when it cannot be done. Any thread, one at a time.
void change_table(const DatabaseServer& source, const TableChange& change, WrittenKeys& keys);

// `alter` by a second table that takes the name of the first at the end, as gh-ost 1.1 does it
// (go/logic/applier.go): _T_ghc, _T_gho, chunks by INSERT IGNORE ... SELECT, what was written
// meanwhile by REPLACE and DELETE, and at the end LOCK TABLES with _T_del in the way of RENAME.
// What gh-ost reads from the log it is told by the writers. For tables whose key is one number.
void copy_as_ghost(const DatabaseServer& source, const std::string& table, const std::string& alter,
                   WrittenKeys& keys);

// The same by _T_new and triggers, as pt-online-schema-change 3 does it.
void copy_with_triggers(const DatabaseServer& source, const std::string& table,
                        const std::string& alter);

}  // namespace tailrace::testing
