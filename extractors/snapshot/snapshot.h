#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/block_builder.h"
#include "core/position.h"
#include "core/result.h"
#include "core/table_details.h"
#include "core/table_schema.h"

namespace tailrace {

// A captured table as the source's catalogue has it now. The schema is equal to the one with which
// the log's rows of this table are decoded, identities and traits apart.
struct SnapshotTable {
  SchemaPtr schema;
  TableDetails details;
  // The server's estimates, for progress and for planning; 0: unknown.
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
};

// Rows whose key is behind `after` and not behind `upto`, in the order that the source's own index
// has. Bounds are printable UTF-8 text that only the source understands; they stay valid over
// restarts. Empty: no bound on that side.
struct KeyRange {
  std::string after;
  std::string upto;
  friend bool operator==(const KeyRange&, const KeyRange&) = default;
};

// What read() answers: when the rows were as they were read.
struct RowsAsOf {
  // exact: the rows are those that the log makes up to here, no more and no less. Else they are
  // those of some moment behind this position.
  Position position;
  bool exact = false;
  std::uint64_t rows = 0;
};

// One connection that reads rows. Belongs to the thread that opened it; after an error it is
// dropped. Reads only; takes no lock that writers would wait for.
class TableReader {
 public:
  virtual ~TableReader() = default;

  // Appends the rows of a range as `insert` changes with table.schema, in any order; the caller has
  // begun the transaction in `out`, and ends it. Values are those that the log would have, byte for
  // byte. Memory does not grow with the range. Of a table without key, whose range is the whole,
  // the answer is exact, because its rows cannot converge: `busy` when no such moment was found.
  // schema_mismatch: the table has changed since it was described.
  virtual Result<RowsAsOf> read(const SnapshotTable& table, const KeyRange& range,
                                BlockBuilder& out) = 0;

  // Ends a read() that waits: it fails with `cancelled`. Any thread.
  virtual void interrupt() = 0;
};

// Reads tables as they are while they are written to. Made by Source::snapshot(), which connects.
// Used by one thread at a time (readers are opened by the threads that use them, one after the
// other); it must outlive its readers. The applier waits for some of these calls: who holds a table
// against readers (an ALTER TABLE, a LOCK TABLES) is waited for a few seconds, then the call is
// `busy`. Where the server can, all readers see one and the same moment (PostgreSQL: an exported
// snapshot).
class Snapshot {
 public:
  virtual ~Snapshot() = default;

  // The captured tables that exist now, those without rows included.
  virtual Result<std::vector<SnapshotTable>> tables() = 0;
  // Cuts a table into ranges of about that many rows, in key order, without a gap; a table without
  // key, or a small one, is one range. Cheap: bounds are sampled or estimated, never counted.
  virtual Result<std::vector<KeyRange>> split(const SnapshotTable& table,
                                              std::uint64_t rows_per_range) = 0;
  virtual Result<std::unique_ptr<TableReader>> open_reader() = 0;

  // Ends a call that waits, and all later ones: they fail with `cancelled`. Any thread.
  virtual void interrupt() = 0;
};

}  // namespace tailrace
