#include "clients/postgres/libpq.h"

#include <cerrno>

#include <poll.h>

#include "clients/postgres/classify.h"

namespace tailrace::postgres {

void ResultDeleter::operator()(void* result) const {
  PQclear(static_cast<PGresult*>(result));
}

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

std::string_view field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

Error lost(PGconn* connection, std::source_location where) {
  return Error(ErrorKind::unreachable, first_line(PQerrorMessage(connection)), where);
}

Error error_of(PGconn* connection, const PGresult* result, std::source_location where) {
  if (result == nullptr) return lost(connection, where);
  const std::string_view sqlstate = field(result, PG_DIAG_SQLSTATE);
  if (sqlstate.empty()) return lost(connection, where);
  Error error = make_error(sqlstate, field(result, PG_DIAG_MESSAGE_PRIMARY), where);
  if (const auto column = field(result, PG_DIAG_COLUMN_NAME); !column.empty()) {
    error = std::move(error).with("column " + std::string(column));
  }
  return error;
}

bool wait_for(int socket, short events, int timeout_ms, short* ready) {
  pollfd watched{socket, events, 0};
  while (true) {
    const int count = ::poll(&watched, 1, timeout_ms);
    if (count < 0 && errno == EINTR) continue;
    if (ready != nullptr) *ready = watched.revents;
    return count > 0;
  }
}

}  // namespace tailrace::postgres
