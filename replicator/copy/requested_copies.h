#pragma once

#include <span>
#include <string>
#include <vector>

#include "extractors/snapshot/snapshot.h"
#include "replicator/copy/copy_ledger.h"
#include "replicator/copy/copy_request.h"
#include "sinks/sink.h"

namespace tailrace {

// What a request to copy tables again makes of the ledger.
struct RequestedCopies {
  CopyLedger ledger;
  std::vector<LedgerEntry> entries;  // what has to be written; empty: none of its tables is there
  std::vector<TableName> tables;     // that are copied again
  std::vector<std::string> unknown;  // asked for by their name, and not captured
};

// described: the captured tables. Each begins from its beginning, whatever it is in the middle of.
RequestedCopies requested_copies(const CopyRequest& request, const CopyLedger& ledger,
                                 std::span<const SnapshotTable> described);

}  // namespace tailrace
