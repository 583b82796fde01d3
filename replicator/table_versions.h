#pragma once

#include <map>

#include "core/change.h"
#include "core/table_schema.h"

namespace tailrace {

// Of which version of each table the rows of a unit are. Where definitions commit by themselves, a
// unit that holds rows of two versions cannot be repeated after a crash: the older rows would meet
// the newer table.
class TableVersions {
 public:
  // False: rows of another version of the table came before.
  bool add(const SchemaPtr& schema) {
    if (schema == last_) return true;
    last_ = schema;
    const auto [seen, added] = seen_.try_emplace(schema->name, schema);
    if (added || seen->second == schema) return true;
    const bool same = *seen->second == *schema;
    seen->second = schema;
    return same;
  }
  void clear() {
    last_.reset();
    seen_.clear();
  }

 private:
  SchemaPtr last_;  // rows of one table follow each other
  std::map<TableName, SchemaPtr> seen_;
};

}  // namespace tailrace
