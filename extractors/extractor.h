#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "core/block_builder.h"
#include "core/finding.h"
#include "core/position.h"
#include "core/result.h"
#include "extractors/snapshot/snapshot.h"

namespace tailrace {

// What one call of Extractor::next did.
struct Received {
  // Nothing more is at hand: what was built should be flushed to the sinks now.
  bool drained = false;
};

// One session with a source: a connection that streams from a proven position. It belongs to the
// pipeline's extractor thread, which makes a new one after any error (a session is never reset).
// A transaction that was begun in a block when the session ends is ended by the pipeline with
// BlockBuilder::abort().
class Extractor {
 public:
  virtual ~Extractor() = default;

  // Reads what comes next, and appends complete records to the builder. Waits at most about a
  // second (heartbeats end the wait). Errors: a transient kind asks for a new session; every other
  // kind is final or needs a person, and names the position.
  virtual Result<Received> next(BlockBuilder& out) = 0;

  // Everything up to here is durable at every sink. Sources that keep their log for us are told,
  // now or with the next keep_alive() or next(). Also called from within next(), while it hands
  // over a block.
  virtual void confirm(const Position& durable) = 0;

  // Called about once a second while next() does not return, because it hands over many blocks, or
  // one of them waits for room in the queue: the source must not take us for dead meanwhile. Never
  // reads rows, never waits.
  virtual void keep_alive() {}

  // Ends a next() that waits; it then fails with `cancelled` or `unreachable`. Any thread.
  virtual void interrupt() = 0;
};

// Where to begin when there is no checkpoint yet. snapshot: like now, and what exists already is
// copied to the sink.
struct StartPoint {
  enum class Kind { snapshot, now, earliest, position };
  Kind kind = Kind::now;
  Position position;  // for Kind::position
};

// What the source's server keeps because this pipeline has not confirmed it yet.
struct Retention {
  std::string name;         // "replication slot tailrace_accounts"
  Position confirmed;       // the server keeps everything behind it
  std::uint64_t bytes = 0;  // of log kept
  std::string state;        // in the server's words: "reserved", "extended", "lost"; may be empty
};

// A configured source: knows how to connect, how to order its positions, and what it needs. Made
// from the configuration without touching the network. All functions may be called from any thread
// (each opens its own connection).
//
// What is asked for while a sink flows takes a stop token: a call ends soon after stop was asked
// for, with `cancelled`, whatever it waits for. It does not wait for others without end either: a
// table that is locked, or a transaction that does not end, is `busy` after a few seconds. The call
// is repeated then.
class Source {
 public:
  virtual ~Source() = default;

  // "mariadb://db1:3306", without credentials: for logs and status.
  virtual std::string description() const = 0;

  // Asks the server for its identity and turns a start point into a checkpoint to begin from.
  virtual Result<Checkpoint> resolve(const StartPoint& start) = 0;

  // The end of the log at this moment.
  virtual Result<Checkpoint> current(std::stop_token stop = {}) = 0;

  // Opens a session that continues behind `from`. Proves first that the log continues there: same
  // server (or a legitimate successor), nothing purged, no divergence. Never "starts from now".
  virtual Result<std::unique_ptr<Extractor>> open(const Checkpoint& from) = 0;

  // Order of two positions of this source. unordered: neither contains the other.
  virtual Result<std::partial_ordering> compare(const Position& left,
                                                const Position& right) const = 0;
  // The latest position that both contain; where a session for two sinks must start.
  virtual Result<Position> earlier(const Position& left, const Position& right) const = 0;
  // Whether a sink at `held` has already applied the transaction whose begin record carries
  // transaction_id and whose commit record carries `committed`. Asked first at the begin, with an
  // empty `committed`: nothing when the id alone cannot tell (file positions).
  virtual Result<std::optional<bool>> contains(const Position& held,
                                               std::string_view transaction_id,
                                               const Position& committed) const = 0;

  // What the server keeps for this pipeline; nothing where servers keep their log by age or size.
  virtual Result<std::optional<Retention>> retention() { return std::optional<Retention>(); }
  // Gives that up for good: the pipeline cannot go on from its position afterwards. Answers what
  // was given up, for people.
  virtual Result<std::string> release() {
    return Error(ErrorKind::invalid_config, "this source keeps nothing for a pipeline");
  }

  // Connects, to read what the tables hold. `from`: where the stream of the sink begins that the
  // rows are for; every position that readers answer is there or behind it. Makes nothing at the
  // server that outlives the snapshot.
  virtual Result<std::unique_ptr<Snapshot>> snapshot(const Checkpoint& /*from*/,
                                                     std::stop_token /*stop*/ = {}) {
    return Error(ErrorKind::invalid_config, "this source cannot be copied from")
        .hint("start with --start now");
  }

  // The captured tables as the catalogue has them now, described as Snapshot::tables() does but
  // without estimates. Needs no position, and makes nothing at the server.
  virtual Result<std::vector<SnapshotTable>> tables(std::stop_token /*stop*/ = {}) {
    return Error(ErrorKind::invalid_config, "this source cannot be asked for its tables");
  }

  // Preflight: every prerequisite, with its cure.
  virtual Findings check() = 0;
};

}  // namespace tailrace
