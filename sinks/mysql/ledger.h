#pragma once

#include <span>
#include <string>
#include <vector>

#include "sinks/mysql/statement_sender.h"
#include "sinks/sink.h"

namespace tailrace::mysql {

// The table tailrace.ledger, see sinks/sql/ledger.h.
std::string create_ledger_table(const ServerVersion& version);

Result<std::vector<LedgerEntry>> read_ledger(Connection& connection, const Lease& lease);
// The sink's row of checkpoints stays as it is until this transaction ends. `fenced`: it is
// another's by now.
Status lock_lease(Connection& connection, const Lease& lease);
// In a transaction of its own, while the lease is ours.
Status store_entry(Connection& connection, const Lease& lease, const LedgerEntry& entry);
// With the statements that the sender sends next.
Status write_ledger(StatementSender& sender, const Lease& lease,
                    std::span<const LedgerEntry> entries);

}  // namespace tailrace::mysql
