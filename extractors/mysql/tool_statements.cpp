#include "extractors/mysql/tool_statements.h"

#include <string>

#include "extractors/mysql/quoted_name.h"

namespace tailrace::mysql {
namespace {

std::string quoted(const TableName& name) {
  return quoted_name(name.schema) + "." + quoted_name(name.table);
}

}  // namespace

bool may_be_made_by_tool(std::string_view sql, const TableName& helper) {
  return !helper.table.ends_with("_new") ||
         sql.starts_with("CREATE TABLE " + quoted(helper) + " (");
}

bool is_swap_of_tool(std::string_view sql, std::span<const TableName> tables) {
  if (tables.size() != 4) return false;
  if (sql.starts_with("rename /* gh-ost */ table ")) return tables[2].table.ends_with("_gho");
  return tables[2].table.ends_with("_new") && tables[1].table.ends_with("_old") &&
         sql == "RENAME TABLE " + quoted(tables[0]) + " TO " + quoted(tables[1]) + ", " +
                    quoted(tables[2]) + " TO " + quoted(tables[3]);
}

}  // namespace tailrace::mysql
