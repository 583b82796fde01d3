#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/position.h"
#include "core/result.h"
#include "core/table_schema.h"
#include "extractors/snapshot/snapshot.h"
#include "replicator/status.h"
#include "sinks/sink.h"

namespace tailrace {

// One key range of a table: read at once, and written in one target transaction together with its
// entry in the ledger.
struct CopyChunk {
  KeyRange range;
  // Once it is in the target:
  bool done = false;
  RowsAsOf read;
  std::uint64_t bytes = 0;
};

// What the ledger says of one table. States, which survive a restart:
//
//   copying     chunks are being read; without chunks: not planned yet
//   converging  every chunk is in the target; the stream has not passed `until`
//   exact       it has; `finished`: indexes and the like are there, too
struct TableCopy {
  enum class State : std::uint8_t { copying, converging, exact };
  enum class Mode : std::uint8_t {
    initial,  // the stream stands still until every table is read
    again,    // the stream flows, chunks are applied between its units
  };

  TableName name;
  State state = State::copying;
  Mode mode = Mode::initial;
  // Rows may be in the target that no chunk brought.
  bool upsert = false;
  // Why it is copied again without having been asked for; empty: somebody asked, or it is not.
  std::string why;
  // The source had it no more when it was to be read: what is at the target is a part of it.
  bool gone = false;
  // Of the schema that the chunks were planned for (fingerprint()).
  std::string shape;
  // Transactions that this contains are in the rows that were copied; empty: none is known to be.
  Position from;
  // The copied rows are of no later moment.
  Position until;
  bool finished = false;
  std::uint64_t rows_expected = 0;
  // Of the chunks that are done.
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::vector<CopyChunk> chunks;  // of a table that is being copied

  bool planned() const { return state != State::copying || !chunks.empty(); }
  bool all_read() const;  // planned, and every chunk is done
  // The target has a part of its rows, which the stream does not complete.
  bool in_part() const { return state == State::copying || gone; }
  std::size_t chunks_done() const;
};

// Which tables have come to a sink, and how far each is. Kept in the target as entries that change
// in the same transaction as the rows (Sink::write_ledger, Loader::commit); every session reads it
// anew. Rules without I/O. Owned by the applier thread.
//
//   copy                  the sink began with a copy; whether its tables are known yet
//   table <name>          a TableCopy, without its chunks
//   chunk <name> <n>      a CopyChunk
class CopyLedger {
 public:
  // Entries of other kinds are passed over. checkpoint_corrupt: an entry cannot be understood, or
  // one is missing.
  static Result<CopyLedger> parse(std::span<const LedgerEntry> entries);

  // A sink that begins with a copy.
  bool begun() const { return begun_; }
  void begin() { begun_ = true; }
  bool tables_known() const { return tables_known_; }
  void set_tables_known() { tables_known_ = true; }
  LedgerEntry entry() const;

  std::vector<TableCopy>& tables() { return tables_; }
  const std::vector<TableCopy>& tables() const { return tables_; }
  TableCopy* find(const TableName& name);
  const TableCopy* find(const TableName& name) const;
  TableCopy& add(TableName name);
  void remove(const TableName& name);

  // Whether rows have to be read before the stream goes on.
  bool initial_copy_pending() const;
  // The table that is copied again now.
  TableCopy* next_again();
  // Nothing is left to be done for any table.
  bool settled() const;
  CopyPhase phase() const;

 private:
  bool begun_ = false;
  bool tables_known_ = false;
  std::vector<TableCopy> tables_;  // a pointer to one is good until the next add or remove
};

// Text of entries.
LedgerEntry table_entry(const TableCopy& table);
LedgerEntry chunk_entry(const TableName& table, std::size_t index, const CopyChunk& chunk);
// The table and all of its chunks.
std::vector<LedgerEntry> entries_of(const TableCopy& table);
// Entries that take `count` chunks of a table out of the ledger.
void forget_chunks(const TableCopy& table, std::size_t count, std::vector<LedgerEntry>& entries);
// What takes the place of a table's entries when it has become `next`.
std::vector<LedgerEntry> replacing_entries(const TableCopy& table, const TableCopy& next);

// Two schemas with the same one are equal for all that the rows of a table are concerned.
std::string fingerprint(const TableSchema& schema);
// The same without what changes although no column does: marks of storage, of editions, of what
// older rows hold.
std::string definition_fingerprint(const TableSchema& schema);

}  // namespace tailrace
