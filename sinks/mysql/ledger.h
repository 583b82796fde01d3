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
// With the statements that the sender sends next.
Status write_ledger(StatementSender& sender, const Lease& lease,
                    std::span<const LedgerEntry> entries);

}  // namespace tailrace::mysql
