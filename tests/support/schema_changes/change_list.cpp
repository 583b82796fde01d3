#include "tests/support/schema_changes/change_list.h"

#include "tests/support/schema_changes/flavours.h"

namespace tailrace::testing {

void create_changing_tables(const DatabaseServer& source) {
  source.sql(source.kind() == "postgresql" ? kPostgresTables : kMysqlTables, "shop");
}

std::vector<TableChange> table_changes(std::string_view kind) {
  return kind == "postgresql" ? postgres_changes() : mysql_changes();
}

}  // namespace tailrace::testing
