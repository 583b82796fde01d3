#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <vector>

#include <spdlog/fwd.h>

#include "extractors/snapshot/snapshot.h"
#include "replicator/options.h"
#include "sinks/sink.h"

namespace tailrace {

// A table that is exact and lacks what comes after the rows.
struct TableToFinish {
  const SnapshotTable* table = nullptr;
  TableName target;
  Loader::Given given = {};  // until now; filled in anew
  // Filled in by finish_tables():
  bool finished = false;
  std::optional<Error> error = {};
  std::string unfit = {};  // see Loader::Finished
};

// Makes indexes and the like at the target, several tables at once; foreign keys, where they are
// asked for, when everything else is there. A repetition is harmless. Answers the first error; the
// others are finished nevertheless as far as they had begun. What the target cannot have is logged
// as a warning. take_away: what was given and is not the source's any more.
Status finish_tables(const SinkPlan& plan, const Lease& lease, std::vector<TableToFinish>& tables,
                     const std::map<TableName, TableName>& targets, bool take_away,
                     spdlog::logger& log, std::stop_token stop);

}  // namespace tailrace
