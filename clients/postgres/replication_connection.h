#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "clients/postgres/connection_options.h"
#include "clients/postgres/query_result.h"
#include "clients/postgres/socket_cut.h"
#include "core/byte_reader.h"
#include "core/result.h"

namespace tailrace::postgres {

// A logical replication connection ("replication=database"): plain SQL and replication commands by
// the simple protocol, then, after start(), a stream of CopyData messages in both directions
// (manual: "Streaming Replication Protocol"). What the messages mean is the caller's affair.
// Belongs to the thread that opened it; only interrupt() may be called from another one.
class ReplicationConnection {
 public:
  // A WARNING or NOTICE. Its text may be in any language, so tell it by its SQLSTATE.
  struct Notice {
    std::string_view sqlstate;
    std::string_view message;  // without a newline
  };
  // Called on the owner's thread, in the order in which notices and payloads were sent.
  using OnNotice = std::function<void(const Notice&)>;
  static Result<ReplicationConnection> connect(const ConnectionOptions& options,
                                               OnNotice on_notice = {});

  ReplicationConnection(ReplicationConnection&&) noexcept;
  ReplicationConnection& operator=(ReplicationConnection&&) noexcept;
  ~ReplicationConnection();

  // One command or SQL statement before start().
  Result<QueryResult> exec(const std::string& command);
  // The same for a command that may take long: sent, then its answer asked for until it is there;
  // nothing when there is none within this time.
  Status send_command(const std::string& command);
  Result<std::optional<QueryResult>> answer(std::chrono::milliseconds longest);
  // START_REPLICATION: from here on only receive(), send() and end().
  Status start(const std::string& command);

  // The next CopyData payload, as a view that lives until the next call; nothing when none came
  // within this time (0: only what has already arrived). While it waits it sends what send() left.
  // Errors: as the server classifies them; `shutting_down` when the server ended the stream.
  Result<std::optional<Bytes>> receive(std::chrono::milliseconds longest);
  // Queues one payload, and sends as much as the socket takes; never waits.
  Status send(Bytes payload);
  // Ends the stream in good order: waits at most this long until the server has agreed.
  Status end(std::chrono::milliseconds longest);

  int server_version() const;  // 150003
  // Cuts the connection: a call that waits fails at once, and so do all later ones. Any thread.
  void interrupt() const;
  // The same for whoever may outlive this object.
  SocketCut make_cut() const;

 private:
  class Impl;
  explicit ReplicationConnection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tailrace::postgres
