#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "core/table_schema.h"
#include "replicator/options.h"

namespace tailrace {

// Which target table a source table goes to. Owned by one applier thread; answers are remembered.
class Routing {
 public:
  Routing(const std::vector<TableRoute>& routes, const Target& target)
      : routes_(routes), target_(target) {}

  // Error (invalid_config): two source tables would be mixed in one target table.
  Result<TableName> target_of(const TableName& source);

 private:
  TableName route(const TableName& source) const;

  const std::vector<TableRoute>& routes_;
  const Target& target_;
  std::unordered_map<std::string, TableName> known_;      // by source name
  std::unordered_map<std::string, std::string> claimed_;  // target name -> source name
};

}  // namespace tailrace
