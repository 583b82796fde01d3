#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/result.h"
#include "sinks/sink.h"

namespace tailrace::sql {

// The ledger table of a SQL target: tailrace.ledger (PostgreSQL: schema tailrace; MySQL: database
// tailrace), tailrace_ledger in SQLite. Any number of rows per pipeline and sink:
//
//   pipeline, sink, entry   primary key; texts that are compared by their octets
//   text                    what is noted; never empty, an entry without text has no row
//   updated_at              for people
//
// Made beside the checkpoint table; a target of an earlier version has only that, so it is made
// when a session opens.
inline constexpr std::size_t kMostEntryOctets = 255;

// What write_ledger and a loader's commit do with entries: rows to be put in place of those that
// are there, and rows to be removed. Of several entries with one key the last one counts.
struct LedgerChange {
  std::vector<const LedgerEntry*> puts = {};  // of the entries that were given
  std::vector<const LedgerEntry*> removes = {};
};

// internal: a key is empty or too long for the table.
Result<LedgerChange> plan_ledger(std::span<const LedgerEntry> entries);

// An update that the source did not send whole found no row. Names the command that copies the
// table anew.
Error missing_row(const Lease& lease, const TableName& source);
// The same while the table converges, of an update that gives the row another key.
Error lost_row(const Lease& lease, const TableName& source);

}  // namespace tailrace::sql
