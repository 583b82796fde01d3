#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "clients/postgres/connection.h"
#include "core/position.h"

namespace tailrace::postgres {

enum class OriginMode {
  automatic,  // mark where the server lets us
  on,         // or do not start
  off,
};

// Marks what a session applies with a replication origin of the server, so that a source that reads
// this database can leave it out (no loops), and knows when it was first committed. Where to resume
// is the checkpoint's business, never the origin's. Belongs to its session's thread.
//
//   off          not wanted
//   waiting      an older session of this sink still holds the origin
//   marking      every transaction of this session carries it
//   unavailable  the server does not let us: permission, or no free origin; reason() says which
class Origin {
 public:
  enum class State { off, waiting, marking, unavailable };

  // "tailrace_<pipeline>_<sink>", at most 512 octets.
  static std::string name_for(std::string_view pipeline, std::string_view sink);

  // Creates the origin if need be and takes it, on a connection without transaction. An error when
  // the server cannot be asked, or when the mode is `on` and it does not let us.
  static Result<Origin> open(Connection& connection, OriginMode mode, std::string name);

  State state() const { return state_; }
  const std::string& reason() const { return reason_; }

  // Before each transaction; does nothing unless `waiting`. An older session that holds the origin
  // has lost the lease and can do no harm: if it does not end by itself soon, it is ended. `busy`
  // when that takes too long.
  Status take(Connection& connection);
  // Gives the origin back, for whoever has taken over.
  void release(Connection& connection);

  // Sent in every transaction, before its COMMIT: parameters $1 LSN and $2 microseconds.
  static constexpr const char* kMark =
      "SELECT pg_replication_origin_xact_setup($1::pg_lsn, CASE WHEN $2::bigint = 0"
      " THEN clock_timestamp() ELSE timestamptz 'epoch' + $2::bigint * interval '1 microsecond'"
      " END)";

 private:
  Origin(OriginMode mode, std::string name) : mode_(mode), name_(std::move(name)) {}
  Status set_up(Connection& connection);
  Status refused(Error error);
  Status end_holder(Connection& connection, const Error& busy);

  OriginMode mode_;
  std::string name_;
  State state_ = State::off;
  std::string reason_;
};

// The LSN that a position begins with ("0/16B3748@1"), or 0/0 for positions of other kinds. The
// server keeps LSN and time of a session's last transaction for the next, so that each needs its
// own, even where there is no LSN.
std::string lsn_of(const Position& position);

// Whether the user may mark what it applies, and the statement that lets it.
Result<bool> may_use_origins(Connection& connection);
inline constexpr const char* kGrantOrigins =
    "GRANT EXECUTE ON FUNCTION pg_replication_origin_create(text),"
    " pg_replication_origin_session_setup(text), pg_replication_origin_session_reset(),"
    " pg_replication_origin_xact_setup(pg_lsn, timestamptz) TO <user of the target URL>"
    " (PostgreSQL 14 and later), or use a superuser";

}  // namespace tailrace::postgres
