#pragma once

#include <span>
#include <string>
#include <vector>

#include "clients/postgres/connection.h"
#include "core/finding.h"
#include "sinks/sink.h"

namespace tailrace::postgres {

// The tables that tailrace keeps in the target (sinks/sql/checkpoint_row.h, sinks/sql/ledger.h).
inline constexpr const char* kCheckpointTable = "tailrace.checkpoint";
inline constexpr const char* kLedgerTable = "tailrace.ledger";

// Makes those that are missing: a target of an earlier version has the checkpoint's only.
Status ensure_state_tables(Connection& connection);

// Whether the user may make and write them.
Finding check_state_tables(Connection& connection);

// Statements that write entries of a sink's ledger, each one alone and without parameters.
Result<std::vector<std::string>> ledger_statements(const Connection& connection, const Lease& lease,
                                                   std::span<const LedgerEntry> entries);

// Divides by zero unless the lease is still the sink's. Nobody can take the sink over from there to
// the end of the transaction; who wants to waits for it, and then sees all of it.
std::string check_lease_statement(const Connection& connection, const Lease& lease);
inline constexpr const char* kDivisionByZero = "22012";

}  // namespace tailrace::postgres
