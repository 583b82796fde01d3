#pragma once

#include <source_location>
#include <string>
#include <string_view>

#include <libpq-fe.h>

#include "clients/postgres/query_result.h"
#include "core/error.h"

// What the two kinds of connection share of libpq. For the .cpp files of this folder only.
namespace tailrace::postgres {

inline PGconn* raw(void* handle) {
  return static_cast<PGconn*>(handle);
}
inline const PGresult* raw(const ResultHandle& handle) {
  return static_cast<const PGresult*>(handle.get());
}

// libpq ends its messages with a newline, and explains itself in further lines.
std::string first_line(std::string_view text);

// A field of an error or a notice; empty when it has none.
std::string_view field(const PGresult* result, int code);

// The connection is gone; says what libpq knows of the reason.
Error lost(PGconn* connection, std::source_location where = std::source_location::current());

// The error in a result, as its SQLSTATE classifies it; no result or no SQLSTATE: lost().
Error error_of(PGconn* connection, const PGresult* result,
               std::source_location where = std::source_location::current());

// Waits until the socket can do one of these (at most that long; negative: for ever); false when
// the time is over, or when poll itself fails.
bool wait_for(int socket, short events, int timeout_ms, short* ready = nullptr);

}  // namespace tailrace::postgres
