#pragma once

// The framing of a logical replication stream (manual: "Streaming Replication Protocol"): what is
// inside the CopyData messages, and the command that starts them. All integers are big endian,
// times are microseconds since 2000-01-01 UTC on the wire and since 1970 here.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "clients/postgres/replication_connection.h"
#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "core/result.h"
#include "extractors/postgres/lsn.h"

namespace tailrace::postgres {

// 'w': one pgoutput message. The positions in its header say nothing about progress: they are 0 in
// front of some messages, and that of the change in front of others.
struct WalData {
  Bytes message;
};
// 'k': everything before this position was sent.
struct Keepalive {
  Lsn position;
  std::int64_t server_time_us = 0;
  bool reply_requested = false;
};
using StreamMessage = std::variant<WalData, Keepalive>;

// stream_corrupt for anything else.
Result<StreamMessage> parse_stream_message(Bytes payload);

// 'r': where we are. The server may forget everything before `flushed`; 0 changes nothing.
struct StatusUpdate {
  Lsn written;
  Lsn flushed;
  Lsn applied;
  std::int64_t client_time_us = 0;
  bool reply_requested = false;
};
void encode(const StatusUpdate& status, ByteWriter& out);

struct StreamStart {
  std::string slot;
  Lsn position;
  std::vector<std::string> publications = {};
  bool streaming = false;  // large transactions while they are open (14 and later)
  bool binary = false;     // (14 and later)
};
// START_REPLICATION with what this version offers.
std::string start_command(const StreamStart& start, int server_version);

// Where the extractor's messages come from: a server, or a test.
class WalStream {
 public:
  virtual ~WalStream() = default;
  // As ReplicationConnection: a view that lives until the next call; nothing when none came in
  // time.
  virtual Result<std::optional<Bytes>> receive(std::chrono::milliseconds longest) = 0;
  // Never waits.
  virtual Status send(Bytes payload) = 0;
  // Leaves in good order, if that can be had soon.
  virtual void leave() = 0;
  // Ends a receive() that waits; it and all later ones fail with `cancelled`. Any thread.
  virtual void interrupt() = 0;
  // The same without having been asked to: they fail with this error. The owner's thread.
  virtual void cut(Error reason) = 0;
};

// A server's stream.
class ReplicationStream final : public WalStream {
 public:
  static Result<std::unique_ptr<ReplicationStream>> connect(const ConnectionOptions& options);
  // For statements and commands before start().
  ReplicationConnection& connection() { return connection_; }
  Status start(const StreamStart& start);

  Result<std::optional<Bytes>> receive(std::chrono::milliseconds longest) override;
  Status send(Bytes payload) override { return connection_.send(payload); }
  void leave() override;
  void interrupt() override;
  void cut(Error reason) override;

 private:
  // Why the stream must not go on although the server would.
  using Ending = std::optional<Error>;
  ReplicationStream(ReplicationConnection connection, std::shared_ptr<Ending> ending)
      : connection_(std::move(connection)), ending_(std::move(ending)) {}

  ReplicationConnection connection_;
  const std::shared_ptr<Ending> ending_;  // also set by the connection's notices
  std::atomic<bool> interrupted_ = false;
};

// Says what a person should do about an error of the stream, where that is known.
Error with_stream_hint(Error error);

}  // namespace tailrace::postgres
