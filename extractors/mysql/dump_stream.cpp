#include "extractors/mysql/dump_stream.h"

#include <utility>

#include <fmt/core.h>

namespace tailrace::mysql {
namespace {

constexpr std::uint16_t kSendAnnotateRows = 2;     // MariaDB: its bytes count in our offsets
constexpr std::uint16_t kHeartbeatWithOffset = 2;  // MySQL 8.0.26: heartbeats with 64-bit offsets

// One round trip. User variables that a server does not know do no harm, so both spellings of the
// same setting are sent.
std::string session_settings(const Connection& connection, const DumpStart& start) {
  const auto nanoseconds = std::chrono::nanoseconds(start.heartbeat).count();
  std::string sql = fmt::format(
      "SET time_zone='+00:00', "
      // We may be busy (back-pressure) for longer than the minute a server gives its replicas.
      "SESSION net_write_timeout=3600, "
      // "I can read checksums"; the first artificial event then has none.
      "@master_binlog_checksum='NONE', @source_binlog_checksum='NONE', "
      "@master_heartbeat_period={0}, @source_heartbeat_period={0}, "
      "@slave_uuid='{1}', @replica_uuid='{1}'",
      nanoseconds, start.replica_uuid);
  if (!connection.version().is_mariadb()) return sql;
  // Without this capability MariaDB replaces GTID events by what an old MySQL would understand.
  sql += ", @mariadb_slave_capability=4";
  if (std::holds_alternative<FilePosition>(start.position)) return sql;
  const auto* mariadb = std::get_if<MariadbPosition>(&start.position);
  sql += fmt::format(
      ", @slave_connect_state='{}', @slave_gtid_strict_mode=1, "
      "@slave_gtid_ignore_duplicates=0",
      mariadb ? mariadb->to_string() : std::string());
  return sql;
}

DumpRequest dump_request(const ServerVersion& version, const DumpStart& start) {
  DumpRequest request;
  request.server_id = start.server_id;
  if (version.is_mariadb()) {
    request.flags = kSendAnnotateRows;
  } else if (version.at_least(8, 0, 26)) {
    request.flags = kHeartbeatWithOffset;
  }
  if (const auto* file = std::get_if<FilePosition>(&start.position)) {
    request.file = file->file;
    request.offset = file->offset;
    return request;
  }
  if (version.is_mariadb()) return request;  // the session's @slave_connect_state counts
  const auto* set = std::get_if<GtidSet>(&start.position);
  ByteWriter encoded;
  (set ? *set : GtidSet()).encode(encoded);
  request.by_gtid = true;
  request.gtid_set.assign(encoded.view().begin(), encoded.view().end());
  return request;
}

}  // namespace

Result<std::unique_ptr<DumpStream>> DumpStream::open(Connection connection,
                                                     const DumpStart& start) {
  if (auto set = connection.query(session_settings(connection, start)); !set) {
    return std::move(set).error();
  }
  if (auto sent = connection.start_dump(dump_request(connection.version(), start)); !sent) {
    return std::move(sent).error();
  }
  return std::unique_ptr<DumpStream>(new DumpStream(std::move(connection)));
}

Result<std::optional<Bytes>> DumpStream::next() {
  Bytes event;
  switch (connection_.next_event(event)) {
    case Connection::Fetched::event:
      return std::optional<Bytes>(event);
    case Connection::Fetched::end:
      return std::optional<Bytes>();
    case Connection::Fetched::error:
      break;
  }
  if (interrupted_.load()) return Error(ErrorKind::cancelled, "interrupted");
  return with_dump_hint(connection_.last_error());
}

void DumpStream::interrupt() {
  interrupted_.store(true);
  connection_.interrupt();
}

namespace {

std::string hint_for(const Error& error) {
  const auto says = [&](std::string_view part) {
    return error.message().find(part) != std::string::npos;
  };
  if (error.native().starts_with("1227/") || error.native().starts_with("1045/")) {
    return "GRANT REPLICATION SLAVE ON *.* TO the account that tailrace uses";
  }
  if (says("same server_uuid/server_id")) {
    return "another client streams with our server_id: give every pipeline and replica its own";
  }
  if (says("exceeded max_allowed_packet")) {
    return "raise max_allowed_packet on the source, or check that the position was not made up";
  }
  if (says("GTID_MODE")) return "set gtid_mode=ON on the source";
  if (error.kind() == ErrorKind::position_lost) {
    return "the log between our position and the oldest file is gone: copy the tables anew";
  }
  if (error.kind() == ErrorKind::source_changed) {
    return "this server does not continue our history: check the URL, or copy the tables anew";
  }
  return {};
}

}  // namespace

Error with_dump_hint(Error error) {
  std::string hint = hint_for(error);
  if (hint.empty()) return error;
  return std::move(error).hint(std::move(hint));
}

}  // namespace tailrace::mysql
