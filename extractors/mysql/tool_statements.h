#pragma once

// Statements of gh-ost and pt-online-schema-change, known by their wording. Names alone prove
// nothing: tables are also rotated, purged and filled by hand as `_T_new`, and then the new table
// does not have the rows of T.
//
//   gh-ost (go/logic/applier.go)      rename /* gh-ost */ table `d`.`T` to `d`.`_T_del`, ...
//   pt-online-schema-change (bin/)    CREATE TABLE `d`.`_T_new` (     from SHOW CREATE TABLE
//                                     RENAME TABLE `d`.`T` TO `d`.`_T_old`, `d`.`_T_new` TO `d`.`T`
//
// A tool that words them otherwise is not believed, which costs a copy and no row.

#include <span>
#include <string_view>

#include "core/table_schema.h"

namespace tailrace::mysql {

// The statement may be the tool's that made `_T_new`. gh-ost tells at the end.
bool may_be_made_by_tool(std::string_view sql, const TableName& helper);

// The tables that it renames: from and to in turn.
bool is_swap_of_tool(std::string_view sql, std::span<const TableName> tables);

}  // namespace tailrace::mysql
