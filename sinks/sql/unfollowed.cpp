#include "sinks/sql/unfollowed.h"

#include <string>

namespace tailrace::sql {

Status refuse_unfollowed(const SchemaChange& change, const TableName& target) {
  const bool renames =
      change.kind == SchemaChangeKind::rename_table || change.kind == SchemaChangeKind::swap_table;
  if (change.helper || (!renames && !change.rows_changed)) return {};
  return Error(ErrorKind::schema_mismatch, "the source changed rows of " + target.to_string() +
                                               " without logging them: \"" +
                                               std::string(change.statement.substr(0, 60)) + "\"")
      .hint("start behind this statement and copy the table anew");
}

}  // namespace tailrace::sql
