#pragma once

#include <span>
#include <vector>

#include "clients/sqlite/database.h"
#include "sinks/sink.h"
#include "sinks/sqlite/row_writer.h"

namespace tailrace::sqlite {

// Table tailrace_ledger (sinks/sql/ledger.h).

// Harmless when it is there.
Status create_ledger(const Database& database);
Result<std::vector<LedgerEntry>> read_ledger(const Database& database, const Lease& lease);
// Inside a transaction.
Status write_ledger(RowWriter& writer, const Lease& lease, std::span<const LedgerEntry> entries);

}  // namespace tailrace::sqlite
