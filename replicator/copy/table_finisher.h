#pragma once

#include <map>
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
  bool finished = false;  // filled in by finish_tables()
};

// Makes indexes and the like at the target, several tables at once; foreign keys, where they are
// asked for, when everything else is there. A repetition is harmless. Answers the first error; the
// others are finished nevertheless as far as they had begun. What the target cannot have is logged
// as a warning.
Status finish_tables(const SinkPlan& plan, const Lease& lease, std::vector<TableToFinish>& tables,
                     const std::map<TableName, TableName>& targets, spdlog::logger& log,
                     std::stop_token stop);

}  // namespace tailrace
