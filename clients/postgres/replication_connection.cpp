#include "clients/postgres/replication_connection.h"

#include <algorithm>
#include <utility>

#include <poll.h>

#include "clients/postgres/establish.h"
#include "clients/postgres/libpq.h"
#include "clients/postgres/socket_cut.h"

namespace tailrace::postgres {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct PayloadDeleter {
  void operator()(char* payload) const { PQfreemem(payload); }
};

int left_until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
  return static_cast<int>(std::clamp<milliseconds::rep>(left.count(), 0, 3'600'000));
}

}  // namespace

class ReplicationConnection::Impl {
 public:
  Impl(ConnectionHandle handle, OnNotice on_notice);

  Result<QueryResult> exec(const std::string& command);
  Status send_command(const std::string& command);
  Result<std::optional<QueryResult>> answer(milliseconds longest);
  Status start(const std::string& command);
  Result<std::optional<Bytes>> receive(milliseconds longest);
  Status send(Bytes payload);
  Status end(milliseconds longest);
  int server_version() const { return PQserverVersion(connection_); }
  void interrupt() const { cut_.cut(); }
  SocketCut make_cut() const { return SocketCut(PQsocket(connection_)); }

 private:
  static void take_notice(void* self, const PGresult* notice);
  Result<bool> take_payload();
  Result<bool> read_payload();
  Result<bool> wait(int timeout_ms);
  Status flush();
  Error ended();
  Status wait_for_agreement(Clock::time_point deadline);

  const ConnectionHandle handle_;
  PGconn* const connection_;
  const SocketCut cut_;
  const OnNotice on_notice_;
  std::unique_ptr<char, PayloadDeleter> payload_;  // of the last receive()
  std::size_t payload_bytes_ = 0;
  bool unsent_ = false;  // send() left something that the socket did not take
};

ReplicationConnection::Impl::Impl(ConnectionHandle handle, OnNotice on_notice)
    : handle_(std::move(handle)),
      connection_(raw(handle_.get())),
      cut_(PQsocket(connection_)),
      on_notice_(std::move(on_notice)) {
  PQsetNoticeReceiver(connection_, take_notice, this);
}

void ReplicationConnection::Impl::take_notice(void* self, const PGresult* notice) {
  const auto& on_notice = static_cast<Impl*>(self)->on_notice_;
  if (!on_notice) return;
  on_notice({field(notice, PG_DIAG_SQLSTATE), field(notice, PG_DIAG_MESSAGE_PRIMARY)});
}

Result<QueryResult> ReplicationConnection::Impl::exec(const std::string& command) {
  ResultHandle result(PQexec(connection_, command.c_str()));
  const ExecStatusType status = PQresultStatus(raw(result));
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
    return QueryResult(std::move(result));
  }
  return error_of(connection_, raw(result));
}

Status ReplicationConnection::Impl::send_command(const std::string& command) {
  if (PQsendQuery(connection_, command.c_str()) == 0) return lost(connection_);
  return {};
}

Result<std::optional<QueryResult>> ReplicationConnection::Impl::answer(milliseconds longest) {
  const auto deadline = Clock::now() + longest;
  while (PQisBusy(connection_) != 0) {
    const auto ready = wait(left_until(deadline));
    if (!ready) return Error(ready.error());
    if (!*ready) return std::optional<QueryResult>();
    if (PQconsumeInput(connection_) == 0) return lost(connection_);
  }
  ResultHandle result(PQgetResult(connection_));
  while (PGresult* rest = PQgetResult(connection_)) PQclear(rest);
  const ExecStatusType status = PQresultStatus(raw(result));
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
    return std::optional(QueryResult(std::move(result)));
  }
  return error_of(connection_, raw(result));
}

Status ReplicationConnection::Impl::start(const std::string& command) {
  const ResultHandle result(PQexec(connection_, command.c_str()));
  if (PQresultStatus(raw(result)) != PGRES_COPY_BOTH) return error_of(connection_, raw(result));
  if (PQsetnonblocking(connection_, 1) != 0) return lost(connection_);
  return {};
}

// Whether the library holds a whole payload; it then is payload_.
Result<bool> ReplicationConnection::Impl::take_payload() {
  char* buffer = nullptr;
  const int length = PQgetCopyData(connection_, &buffer, 1);
  if (length == 0) return false;
  if (length == -1) return ended();
  if (length < 0) return lost(connection_);
  payload_.reset(buffer);
  payload_bytes_ = static_cast<std::size_t>(length);
  return true;
}

// The same after reading what the socket has. Under TLS the rest of a record may lie in the TLS
// library, where poll() does not see it: a record has at most 16 KiB, the library reads 8 at least.
Result<bool> ReplicationConnection::Impl::read_payload() {
  const int reads = PQsslInUse(connection_) != 0 ? 3 : 1;
  for (int i = 0; i < reads; ++i) {
    if (PQconsumeInput(connection_) == 0) return lost(connection_);
    auto taken = take_payload();
    if (!taken || *taken) return taken;
  }
  return false;
}

// Until there is something to read; sends meanwhile. False: the time is over.
Result<bool> ReplicationConnection::Impl::wait(int timeout_ms) {
  short ready = 0;
  const auto events = static_cast<short>(unsent_ ? POLLIN | POLLOUT : POLLIN);
  if (!wait_for(PQsocket(connection_), events, timeout_ms, &ready)) return false;
  if ((ready & POLLOUT) != 0) {
    if (auto flushed = flush(); !flushed) return std::move(flushed).error();
  }
  return true;
}

Result<std::optional<Bytes>> ReplicationConnection::Impl::receive(milliseconds longest) {
  const auto payload = [this] {
    return std::optional<Bytes>(as_bytes({payload_.get(), payload_bytes_}));
  };
  payload_.reset();
  if (unsent_) {
    if (auto flushed = flush(); !flushed) return std::move(flushed).error();
  }
  auto taken = take_payload();
  if (!taken) return std::move(taken).error();
  if (*taken) return payload();
  const bool waits = longest > milliseconds(0);
  const auto deadline = waits ? Clock::now() + longest : Clock::time_point();
  while (true) {
    taken = read_payload();
    if (!taken) return std::move(taken).error();
    if (*taken) return payload();
    const auto ready = wait(waits ? left_until(deadline) : 0);
    if (!ready) return Error(ready.error());
    if (!*ready) return std::optional<Bytes>();
  }
}

Status ReplicationConnection::Impl::flush() {
  const int left = PQflush(connection_);
  if (left < 0) return lost(connection_);
  unsent_ = left > 0;
  return {};
}

Status ReplicationConnection::Impl::send(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  if (PQputCopyData(connection_, text.data(), static_cast<int>(text.size())) != 1) {
    return lost(connection_);
  }
  return flush();
}

// Why the server sends no more payloads. A walsender that shuts down ends the command without an
// error; one that fails says in the context which slot, callback and LSN it was at.
Error ReplicationConnection::Impl::ended() {
  const ResultHandle result(PQgetResult(connection_));
  switch (PQresultStatus(raw(result))) {
    case PGRES_COMMAND_OK:
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
      return Error(ErrorKind::shutting_down, "the server ended the stream");
    default:
      break;
  }
  Error error = error_of(connection_, raw(result));
  const std::string context = first_line(field(raw(result), PG_DIAG_CONTEXT));
  if (!context.empty()) error = std::move(error).with(context);
  return error;
}

// Reads the rest of the stream away, then the answers to the command that it was.
Status ReplicationConnection::Impl::wait_for_agreement(Clock::time_point deadline) {
  bool streaming = true;
  while (true) {
    if (streaming) {
      char* buffer = nullptr;
      const int length = PQgetCopyData(connection_, &buffer, 1);
      const std::unique_ptr<char, PayloadDeleter> dropped(buffer);
      if (length > 0) continue;
      if (length < -1) return lost(connection_);
      streaming = length != -1;
    }
    if (!streaming && PQisBusy(connection_) == 0) {
      const ResultHandle result(PQgetResult(connection_));
      if (result == nullptr) return {};
      if (PQresultStatus(raw(result)) == PGRES_FATAL_ERROR) {
        return error_of(connection_, raw(result));
      }
      continue;
    }
    const auto ready = wait(left_until(deadline));
    if (!ready) return Error(ready.error());
    if (!*ready) {
      return Error(ErrorKind::timeout, "the server did not agree to the end of the stream");
    }
    if (PQconsumeInput(connection_) == 0) return lost(connection_);
  }
}

Status ReplicationConnection::Impl::end(milliseconds longest) {
  payload_.reset();
  if (PQputCopyEnd(connection_, nullptr) != 1) return lost(connection_);
  if (auto flushed = flush(); !flushed) return flushed;
  return wait_for_agreement(Clock::now() + longest);
}

ReplicationConnection::ReplicationConnection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ReplicationConnection::ReplicationConnection(ReplicationConnection&&) noexcept = default;
ReplicationConnection& ReplicationConnection::operator=(ReplicationConnection&&) noexcept = default;
ReplicationConnection::~ReplicationConnection() = default;

Result<ReplicationConnection> ReplicationConnection::connect(const ConnectionOptions& options,
                                                             OnNotice on_notice) {
  auto handle = establish(options, ConnectionUse::replication);
  if (!handle) return std::move(handle).error();
  return ReplicationConnection(std::make_unique<Impl>(std::move(*handle), std::move(on_notice)));
}

Result<QueryResult> ReplicationConnection::exec(const std::string& command) {
  return impl_->exec(command);
}

Status ReplicationConnection::send_command(const std::string& command) {
  return impl_->send_command(command);
}

Result<std::optional<QueryResult>> ReplicationConnection::answer(milliseconds longest) {
  return impl_->answer(longest);
}

Status ReplicationConnection::start(const std::string& command) {
  return impl_->start(command);
}

Result<std::optional<Bytes>> ReplicationConnection::receive(milliseconds longest) {
  return impl_->receive(longest);
}

Status ReplicationConnection::send(Bytes payload) {
  return impl_->send(payload);
}

Status ReplicationConnection::end(milliseconds longest) {
  return impl_->end(longest);
}

int ReplicationConnection::server_version() const {
  return impl_->server_version();
}

SocketCut ReplicationConnection::make_cut() const {
  return impl_->make_cut();
}

void ReplicationConnection::interrupt() const {
  impl_->interrupt();
}

}  // namespace tailrace::postgres
