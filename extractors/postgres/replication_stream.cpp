#include "extractors/postgres/replication_stream.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "extractors/postgres/continuity.h"
#include "extractors/postgres/publication.h"

namespace tailrace::postgres {
namespace {

constexpr std::int64_t kEpochUs = 946'684'800'000'000;  // 2000-01-01 after 1970-01-01

void append_u64(std::uint64_t value, ByteWriter& out) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.u8(static_cast<std::uint8_t>(value >> shift & 0xFF));
  }
}

Error not_a_stream_message(Bytes payload) {
  std::string hex;
  for (const std::byte byte : payload.first(std::min<std::size_t>(payload.size(), 8))) {
    hex += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  }
  return Error(ErrorKind::stream_corrupt,
               fmt::format("{} bytes that are no message of the replication protocol: {}",
                           payload.size(), hex));
}

int protocol_version(int server_version) {
  if (server_version >= 160000) return 4;
  if (server_version >= 150000) return 3;
  return server_version >= 140000 ? 2 : 1;
}

// 'text' with its quotes doubled.
std::string quoted_value(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted.push_back('\'');
    quoted.push_back(c);
  }
  return quoted + "'";
}

// PostgreSQL 18 only warns when a publication did not exist at a place of the log, and then sends
// nothing of its tables: what it skips would be lost without a word.
Error skipped_publication(std::string_view message) {
  return Error(ErrorKind::position_lost,
               fmt::format("the server left changes out of the stream: {}", message))
      .hint(
          "a publication was dropped, or made after the replication slot; make it again, and then "
          "start anew: " +
          start_anew_hint());
}

}  // namespace

Result<StreamMessage> parse_stream_message(Bytes payload) {
  constexpr std::size_t kWalHeader = 25;
  constexpr std::size_t kKeepaliveSize = 18;
  if (!payload.empty() && payload.front() == std::byte{'w'} && payload.size() > kWalHeader) {
    return StreamMessage(WalData{payload.subspan(kWalHeader)});
  }
  ByteReader in(payload);
  if (in.u8() != 'k' || payload.size() != kKeepaliveSize) return not_a_stream_message(payload);
  Keepalive keepalive;
  keepalive.position = Lsn{in.u64_be()};
  keepalive.server_time_us = static_cast<std::int64_t>(in.u64_be()) + kEpochUs;
  keepalive.reply_requested = in.u8() != 0;
  return StreamMessage(keepalive);
}

void encode(const StatusUpdate& status, ByteWriter& out) {
  out.u8('r');
  append_u64(status.written.value, out);
  append_u64(status.flushed.value, out);
  append_u64(status.applied.value, out);
  append_u64(static_cast<std::uint64_t>(status.client_time_us - kEpochUs), out);
  out.u8(status.reply_requested ? 1 : 0);
}

std::string start_command(const StreamStart& start, int server_version) {
  std::vector<std::string> names;
  for (const std::string& name : start.publications) names.push_back(quoted_identifier(name));
  std::string command = fmt::format(
      "START_REPLICATION SLOT {} LOGICAL {} (proto_version '{}', publication_names {}",
      quoted_identifier(start.slot), start.position.to_string(), protocol_version(server_version),
      quoted_value(fmt::format("{}", fmt::join(names, ","))));
  if (server_version >= 140000) {
    command += ", messages 'true'";
    if (start.streaming) command += ", streaming 'on'";
    if (start.binary) command += ", binary 'true'";
  }
  if (server_version >= 160000) command += ", origin 'any'";
  return command + ")";
}

Result<std::unique_ptr<ReplicationStream>> ReplicationStream::connect(
    const ConnectionOptions& options) {
  auto ending = std::make_shared<Ending>();
  const auto on_notice = [ending](const ReplicationConnection::Notice& notice) {
    // 55000, object not in prerequisite state. Its only warning of this kind to a stream.
    if (notice.sqlstate == "55000") *ending = skipped_publication(notice.message);
  };
  auto connection = ReplicationConnection::connect(options, on_notice);
  if (!connection) return std::move(connection).error();
  return std::unique_ptr<ReplicationStream>(
      new ReplicationStream(*std::move(connection), std::move(ending)));
}

Status ReplicationStream::start(const StreamStart& start) {
  auto started = connection_.start(start_command(start, connection_.server_version()));
  if (!started) return with_stream_hint(std::move(started).error());
  return {};
}

Result<std::optional<Bytes>> ReplicationStream::receive(std::chrono::milliseconds longest) {
  auto payload = connection_.receive(longest);
  // A warning comes before the keepalives that pass over what it speaks of.
  if (*ending_) return **ending_;
  if (payload) return payload;
  if (interrupted_.load()) return Error(ErrorKind::cancelled, "interrupted");
  return with_stream_hint(std::move(payload).error());
}

// The slot is free at once for the next session then. Without an answer, the server notices when
// the socket closes.
void ReplicationStream::leave() {
  if (interrupted_.load() || *ending_) return;
  static_cast<void>(connection_.end(std::chrono::milliseconds(500)));
}

void ReplicationStream::interrupt() {
  interrupted_.store(true);
  connection_.interrupt();
}

void ReplicationStream::cut(Error reason) {
  *ending_ = std::move(reason);
  connection_.interrupt();
}

Error with_stream_hint(Error error) {
  if (error.native() == "42704") {
    // Up to PostgreSQL 17. The server looks at its catalogue as it was at that place of the log.
    return std::move(error)
        .as(ErrorKind::position_lost)
        .hint(
            "a publication (or the slot) was dropped, or a publication was made after the slot; "
            "what was written meanwhile cannot be decoded any more. Make it, and then start "
            "anew: " +
            start_anew_hint());
  }
  if (error.native() == "55006") {
    return std::move(error).hint(
        "another client uses the replication slot, or the server has not given up an older session "
        "yet; this is tried again");
  }
  if (error.native() == "58P01") {
    return std::move(error).hint(
        "a file of the log is missing at the source; if this stays, the slot is lost");
  }
  return error;
}

}  // namespace tailrace::postgres
