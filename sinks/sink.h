#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/change.h"
#include "core/finding.h"
#include "core/position.h"
#include "core/result.h"
#include "core/table_details.h"

namespace tailrace {

// How a sink wants its changes.
enum class ApplyStyle {
  net,      // one final row per key and target transaction: SQL targets
  ordered,  // every change, in source order: logs and streams
};

// One row of a net batch. kind says what happened to the key between the start and the end of the
// unit; the images are complete in the sense of the source (a column may be `unchanged`).
struct NetRow {
  ChangeKind kind = ChangeKind::insert;
  std::span<const Value>
      before;  // row as the target should hold it now; empty for insert or unknown
  std::span<const Value> after;  // row as it must be; empty for remove
  // The key was created and removed inside the unit, or its row may already be there: the target
  // may or may not hold it, and neither is a conflict.
  bool may_be_absent = false;
};

// Net effect of a run of changes on one table, at most one row per key. Rows of one kind may be
// executed as one statement; order between kinds: removes, then updates, then inserts. Of a table
// without key it has inserts alone.
struct NetTable {
  SchemaPtr schema;
  TableName target;  // after renaming by configuration
  std::vector<NetRow> removes;
  std::vector<NetRow> updates;
  std::vector<NetRow> inserts;
};

// Whose checkpoint it is, and the claim on it. The applier keeps it over reconnects.
struct Lease {
  std::string pipeline;
  std::string sink;
  std::string owner;                  // this process: host, pid and a random part
  std::optional<std::int64_t> epoch;  // as granted by the target; empty before the first session
};

// A note that a target keeps for a sink beside its checkpoint, and that changes in the same
// transaction as rows: which tables and chunks have been copied. Both parts are UTF-8; the key is
// unique within the sink and up to 255 octets; an empty text removes the entry.
struct LedgerEntry {
  std::string key;
  std::string text;
  friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

// What a sink does when the source's table becomes another one (docs/schema-evolution.md).
enum class SchemaPolicy : std::uint8_t {
  apply,     // the same to the target, where it is certain
  add_only,  // columns are added and widened, nothing is taken away
  ignore,    // the target stays; values of columns that it lacks are not kept
  stop,      // blocked, with the statement that would do it
};

// A source table whose rows at the target cannot be made right from the log.
struct StaleTable {
  TableName table;  // at the source
  std::string why;  // one short fact, for people
  friend bool operator==(const StaleTable&, const StaleTable&) = default;
};

// Values that a sink did not keep, because the target has no column for them (SchemaPolicy).
struct LeftOutColumns {
  TableName table;  // at the source
  std::vector<std::string> columns;
  std::uint64_t rows = 0;  // inserted or updated without them
};

enum class Durability {
  accepted,  // taken over, not yet safe
  durable,   // this and everything before it is safe
};

// One session with a target: a connection (or file) and everything prepared on it. Belongs to the
// applier thread of its sink; after any error the applier rolls back, drops the session, makes a
// new one and tries again from the stored checkpoint.
//
// A unit: begin(), then any number of apply calls, then commit() or rollback(). Rows and checkpoint
// become visible together at commit, or not at all. When commit fails with `commit_in_doubt` the
// applier reads the checkpoint in a new session to learn what happened.
//
// Errors name table, key, column and cure. A row that the target refuses for its own sake is
// `row_rejected` or `unsupported_value`; in apply_net the row need not be known: the applier then
// repeats the unit through apply_ordered, which must name it.
class Sink {
 public:
  virtual ~Sink() = default;

  // What the target holds, read in open(); empty for a sink that never applied anything.
  virtual const std::optional<Checkpoint>& checkpoint() const = 0;

  // All entries that were written by write_ledger() and by loaders, in any order; what the sink
  // notes there for itself is not among them.
  virtual Result<std::vector<LedgerEntry>> read_ledger() { return std::vector<LedgerEntry>(); }
  // Inside a unit: visible with its commit.
  virtual Status write_ledger(std::span<const LedgerEntry> /*entries*/) { return {}; }
  // Target tables whose rows are still on their way to the source's state: there a row may be
  // missing that an update names. Where the source sent all of it, it is inserted as always; else
  // the update changes nothing and is no error, unless it gives the row another key: the row would
  // be lost then. Replaces what was set before.
  virtual void set_converging(std::set<TableName> /*targets*/) {}
  // Inside a unit: all rows of the table go, as with TRUNCATE but never by DDL that commits.
  // Missing tables are passed over.
  virtual Status clear_table(const TableName& /*target*/) {
    return Error(ErrorKind::invalid_config, "this target's tables cannot be copied anew");
  }

  // Source tables whose rows became others at the source without being logged, since the last time
  // it was asked; to be asked before commit(), so that the unit notes it. They have to be copied
  // again: until then the sink goes on with what it has.
  virtual std::vector<StaleTable> take_stale_tables() { return {}; }
  // Source tables whose definition was brought to the target's because rows showed it, since the
  // last time it was asked; to be asked before commit() as well: there may be more of it than rows
  // show.
  virtual std::vector<TableName> take_followed_tables() { return {}; }
  // Somebody asks for stale tables, and copies them again. Else such a change blocks the sink.
  virtual void set_copies_again(bool /*on*/) {}

  // What was left out since the last time it was asked, in units that were committed.
  virtual std::vector<LeftOutColumns> take_left_out() { return {}; }

  virtual Status begin() = 0;
  // Missing target tables are created from the schema.
  virtual Status apply_net(const NetTable& rows) = 0;
  // One change, in source order. target: the table after renaming by configuration.
  virtual Status apply_ordered(const Change& change, const TableName& target) = 0;
  // The target's tables, already renamed; change.tables and they correspond one to one.
  virtual Status apply_schema_change(const SchemaChange& change,
                                     std::span<const TableName> targets) = 0;
  // An application's own record; targets that hold tables have no place for it.
  virtual Status apply_message(const Message& /*message*/) { return {}; }
  // True when this schema change cannot be part of a transaction at the target (MySQL DDL commits):
  // the applier gives it a unit of its own, and the sink makes a repetition harmless.
  virtual bool needs_own_unit(SchemaChangeKind kind) const = 0;
  // Stores the checkpoint in the same target transaction and commits. `fenced` when the epoch of
  // the lease is no longer the target's: everything was rolled back, another daemon owns the sink.
  virtual Result<Durability> commit(const Checkpoint& checkpoint) = 0;
  virtual void rollback() = 0;

  // Ends a call that waits for the target. Any thread.
  virtual void interrupt() = 0;
};

// One connection that fills tables in bulk, for the initial copy. Belongs to one worker thread. A
// chunk: begin(), load() as often as there are rows, then commit() or rollback(); its rows and its
// ledger entries become visible together, or not at all. Nobody else writes to these tables
// meanwhile. After an error it is rolled back and dropped.
class Loader {
 public:
  virtual ~Loader() = default;

  // Told before prepare() what the table will get when it is finished: some of it costs nothing
  // while there are no rows, and writes the whole table anew afterwards (MySQL: AUTO_INCREMENT).
  virtual void expect(const TableDetails& /*details*/) {}
  // Makes the target table if there is none: columns and primary key, nothing that slows down
  // loading. Answers whether it has rows. schema_mismatch, with the cure, when rows of that schema
  // cannot go there.
  virtual Result<bool> prepare(const SchemaPtr& schema, const TableName& target) = 0;

  // append: no row of the chunk is there yet. upsert: rows may be there, and are overwritten.
  enum class Mode : std::uint8_t { append, upsert };
  virtual Status begin(const SchemaPtr& schema, const TableName& target, Mode mode) = 0;
  // Complete rows, each of the schema that begin() was told. row_rejected and unsupported_value
  // name the row.
  virtual Status load(std::span<const NetRow> rows) = 0;
  // `fenced` when the lease is no longer the sink's: everything was rolled back.
  virtual Status commit(std::span<const LedgerEntry> entries) = 0;
  virtual void rollback() = 0;

  // All rows of the table are there, and the sink will find some by their key: makes what prepare()
  // put off because it is quicker made of all rows at once. Outside a chunk; a repetition is
  // harmless, and a sink that finds it missing does the same, while others wait for it.
  virtual Status finish_rows(const SchemaPtr& /*schema*/, const TableName& /*target*/) {
    return {};
  }

  // What finish_table() made at the target, and may change or take away again: notes that the
  // caller keeps from one call to the next, and does not look into. UTF-8.
  using Given = std::map<std::string, std::string>;

  // After the rows, outside a chunk: secondary indexes, defaults, comments, identity and, when
  // asked for, foreign keys, as far as the target can have them. A repetition is harmless, and what
  // a person made by hand stays.
  struct Finish {
    bool foreign_keys = false;
    // Where referenced tables went; a foreign key to a table that is not here is left out.
    std::map<TableName, TableName> tables;
    Given given = {};  // of earlier calls for this table
    // What was given and is not the source's any more is taken away.
    bool take_away = false;
  };
  struct Finished {
    Findings cannot = {};  // warnings: what the target cannot have
    Given given = {};      // Finish::given, as it is now
    // Unique indexes that rows which are there do not fit; empty: none. Worth another call later.
    std::string unfit = {};
  };
  virtual Result<Finished> finish_table(const SchemaPtr& schema, const TableDetails& details,
                                        const TableName& target, const Finish& finish) = 0;

  // Ends a call that waits. Any thread.
  virtual void interrupt() = 0;
};

// A column whose values a counter gives out (AUTO_INCREMENT, identity, serial). Replicated rows
// bring their values with them and do not move the target's counter.
struct CounterGoal {
  TableName target;
  std::string column;
  std::uint64_t next = 0;  // what the source's counter would give out; 0: unknown
};

// What became of it. Where nothing could be done, or nothing was to do, `after` is `before`.
struct CounterAdvance {
  TableName target;
  std::string column;
  std::string counter = {};  // as the target calls it; empty: the column has none there
  std::string before = {};   // what it would have given out, and does now: decimal digits
  std::string after = {};
  std::string left_alone = {};  // why, when a person should know
};

// A configured target: makes sessions. Made from the configuration without touching the network.
class Target {
 public:
  virtual ~Target() = default;

  virtual std::string description() const = 0;  // "postgresql://mail-db:5432/mail", no credentials
  virtual ApplyStyle style() const = 0;

  // Where a source table goes when the configuration does not say otherwise.
  virtual TableName default_table(const TableName& source) const = 0;

  // Connects, claims the sink and reads its checkpoint. First session of a process (lease.epoch is
  // empty): takes the sink over by raising the stored epoch. Later sessions: raise it only if it is
  // still ours, else `fenced`. Sets lease.epoch.
  virtual Result<std::unique_ptr<Sink>> open(Lease& lease) = 0;

  // What the target holds for that sink; nothing when it never applied anything. For people: it
  // connects, but neither claims the sink nor creates anything.
  virtual Result<std::optional<Checkpoint>> stored_checkpoint(const std::string& /*pipeline*/,
                                                              const std::string& /*sink*/) {
    return Error(ErrorKind::unclassified, "this target cannot be asked for its checkpoint");
  }

  // How its sinks follow changes of the source's tables. Before the first session.
  virtual void set_schema_policy(SchemaPolicy /*policy*/) {}

  // A worker of the initial copy; lease: of the session that holds the sink. Any thread.
  virtual Result<std::unique_ptr<Loader>> open_loader(const Lease& /*lease*/) {
    return Error(ErrorKind::invalid_config, "nothing can be copied to this target")
        .hint("start with --start now");
  }
  // How many loaders it can take at once.
  virtual std::size_t most_loaders() const { return 16; }

  // For a cut-over: every counter goes on where the source's would, or behind the greatest value of
  // its column, whichever is greater; never backwards. Answers one advance for each goal and
  // counter. The tables must not be written to meanwhile. Connects on its own.
  virtual Result<std::vector<CounterAdvance>> advance_sequences(std::span<const CounterGoal>) {
    return Error(ErrorKind::invalid_config, "this target has no counters to advance");
  }

  // Preflight: every prerequisite, with its cure.
  virtual Findings check() = 0;
};

}  // namespace tailrace
