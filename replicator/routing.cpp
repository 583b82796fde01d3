#include "replicator/routing.h"

#include "config/glob.h"

namespace tailrace {

TableName Routing::route(const TableName& source) const {
  const std::string full = source.to_string();
  for (const TableRoute& route : routes_) {
    if (!glob_matches(route.match, full) || route.to.empty()) continue;
    const std::size_t dot = route.to.find('.');
    TableName target = target_.default_table(source);
    target.table = dot == std::string::npos ? route.to : route.to.substr(dot + 1);
    if (dot != std::string::npos) target.schema = route.to.substr(0, dot);
    if (target.table == "*") target.table = source.table;
    return target;
  }
  return target_.default_table(source);
}

Result<TableName> Routing::target_of(const TableName& source) {
  const std::string key = source.to_string();
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  TableName target = route(source);
  const auto [claim, fresh] = claimed_.emplace(target.to_string(), key);
  if (!fresh) {
    return Error(ErrorKind::invalid_config, "source tables " + claim->second + " and " + key +
                                                " would both be written to " + target.to_string())
        .hint("give one of them another target table with tables[].to of this sink");
  }
  known_.emplace(key, target);
  return target;
}

}  // namespace tailrace
