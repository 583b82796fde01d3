#pragma once

// Binlog events, format version 4: the common header, the checksum, and the events that carry no
// rows. Follows the MySQL manual "Replication Protocol / Binlog Event", mysql-server
// libs/mysql/binlog/event/control_events.h and statement_events.h, and MariaDB sql/log_event.h.
//
//   u32 timestamp | u8 type | u32 server_id | u32 event_size | u32 next_position | u16 flags
//   post-header | body | u32 crc32 of all before it (when the log has checksums)
//
// All integers are little endian. Everything here is a pure function over bytes; the views that it
// answers live as long as the bytes do.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/byte_reader.h"
#include "core/result.h"
#include "extractors/mysql/gtid_set.h"
#include "extractors/mysql/mariadb_gtid.h"

namespace tailrace::mysql {

enum class EventType : std::uint8_t {
  query = 2,
  stop = 3,
  rotate = 4,
  intvar = 5,
  append_block = 9,
  delete_file = 11,
  rand = 13,
  user_var = 14,
  format_description = 15,
  xid = 16,
  begin_load_query = 17,
  execute_load_query = 18,
  table_map = 19,
  pre_ga_write_rows = 20,
  pre_ga_update_rows = 21,
  pre_ga_delete_rows = 22,
  write_rows_v1 = 23,
  update_rows_v1 = 24,
  delete_rows_v1 = 25,
  incident = 26,
  heartbeat = 27,
  ignorable = 28,
  rows_query = 29,
  write_rows = 30,
  update_rows = 31,
  delete_rows = 32,
  gtid = 33,
  anonymous_gtid = 34,
  previous_gtids = 35,
  transaction_context = 36,
  view_change = 37,
  xa_prepare = 38,
  partial_update_rows = 39,
  transaction_payload = 40,
  heartbeat_v2 = 41,
  gtid_tagged = 42,
  mariadb_annotate_rows = 160,
  mariadb_binlog_checkpoint = 161,
  mariadb_gtid = 162,
  mariadb_gtid_list = 163,
  mariadb_start_encryption = 164,
  mariadb_query_compressed = 165,
  mariadb_write_rows_compressed_v1 = 166,
  mariadb_update_rows_compressed_v1 = 167,
  mariadb_delete_rows_compressed_v1 = 168,
  mariadb_write_rows_compressed = 169,
  mariadb_update_rows_compressed = 170,
  mariadb_delete_rows_compressed = 171,
};

// "TABLE_MAP"; empty for a type that is not in the list.
std::string_view name_of(EventType type);
// Every rows event, also those that row_decoder.h refuses.
bool is_rows(EventType type);

// Flags of the common header.
constexpr std::uint16_t kEventInUse = 0x0001;  // of a FORMAT_DESCRIPTION: the file is open
constexpr std::uint16_t kEventThreadSpecific = 0x0004;
constexpr std::uint16_t kEventSuppressUse = 0x0008;
constexpr std::uint16_t kEventArtificial = 0x0020;
constexpr std::uint16_t kEventRelayLog = 0x0040;
constexpr std::uint16_t kEventIgnorable = 0x0080;  // may be skipped by those who do not know it
constexpr std::uint16_t kEventSkipReplication = 0x8000;  // MariaDB

struct EventHeader {
  static constexpr std::size_t kBytes = 19;

  std::uint32_t timestamp = 0;  // seconds since 1970 UTC, start of the statement
  EventType type{};
  std::uint32_t server_id = 0;  // where the event was first logged
  std::uint32_t event_bytes = 0;
  std::uint32_t next_position = 0;  // low 32 bits; 0 where the server does not say
  std::uint16_t flags = 0;

  bool has(std::uint16_t flag) const { return (flags & flag) != 0; }
};

struct EventView {
  EventHeader header;
  Bytes body;  // behind the header, without the checksum
};

// One event as it came from the server or from a file: checks length and, when the log has
// checksums (FormatDescription::has_checksum), the CRC32. FORMAT_DESCRIPTION says itself whether it
// has one; a first artificial ROTATE has one when the session asked for checksums.
Result<EventView> parse_event(Bytes event, bool has_checksum);

// "TABLE_MAP event (type 19) is malformed at byte 12: what; first bytes 0a0b0c": for an event that
// cannot be (stream_corrupt) or is not (unsupported_protocol) decoded. offset counts in the body.
Error malformed_event(const EventView& event, std::string_view what, std::size_t offset = 0);
Error unsupported_event(const EventView& event, std::string_view what);

// FORMAT_DESCRIPTION (15): first event of each file; says how the others are laid out.
struct FormatDescription {
  std::uint16_t binlog_version = 4;
  std::string server_version;
  std::uint32_t created = 0;                    // 0 when it is repeated in the middle of a file
  std::vector<std::uint8_t> post_header_bytes;  // by event type - 1
  bool has_checksum = false;

  bool is_mariadb() const { return server_version.find("MariaDB") != std::string::npos; }
};
Result<FormatDescription> decode_format_description(const EventView& event);

// ROTATE (4). Artificial ones (timestamp 0 and kEventArtificial) name the file that follows.
struct Rotate {
  std::uint64_t position = 0;
  std::string_view file;
};
Result<Rotate> decode_rotate(const EventView& event);

// QUERY (2): a statement. Status variables are read up to the first unknown one.
struct Query {
  static constexpr std::uint64_t kAnsiQuotes = 0x4;
  static constexpr std::uint64_t kNoBackslashEscapes = 0x100000;
  static constexpr std::uint64_t kStrict = 0x600000;  // STRICT_TRANS_TABLES, STRICT_ALL_TABLES

  std::uint32_t thread_id = 0;
  std::uint32_t exec_seconds = 0;
  std::uint16_t error_code = 0;  // 0, or why the statement was left half executed
  std::string_view database;     // default database, UTF-8
  Bytes sql;                     // in client_collation's character set
  std::uint32_t flags2 = 0;
  std::uint64_t sql_mode = 0;
  std::uint16_t client_collation = 0;  // 0: not sent
  std::uint16_t connection_collation = 0;
  std::uint16_t server_collation = 0;
  std::uint16_t database_collation = 0;
  std::uint32_t microseconds = 0;            // of the header's timestamp
  std::optional<std::uint64_t> ddl_xid;      // MySQL: atomic DDL
  std::optional<std::uint64_t> mariadb_xid;  // MariaDB: DDL
  std::uint8_t mariadb_gtid_flags = 0;       // MariaDB: two-phase ALTER

  std::string_view sql_text() const { return as_text(sql); }
};
Result<Query> decode_query(const EventView& event);

// XID (16): commit of a transaction.
Result<std::uint64_t> decode_xid(const EventView& event);

// GTID (33), ANONYMOUS_GTID (34): begin of a MySQL transaction. GTID_TAGGED (42) is another layout.
// What follows the sequence number is there from MySQL 8.0.
struct MysqlGtid {
  bool anonymous = false;
  bool may_have_statements = false;  // flag bit 0
  Uuid source;
  std::uint64_t number = 0;               // 0 when anonymous
  std::int64_t last_committed = 0;        // logical clock
  std::int64_t sequence_number = 0;       //   "
  std::uint64_t immediate_commit_us = 0;  // 0: not sent
  std::uint64_t original_commit_us = 0;   //   "
  std::uint64_t transaction_bytes = 0;    //   "
  std::uint32_t immediate_server_version = 0;
  std::uint32_t original_server_version = 0;
};
Result<MysqlGtid> decode_gtid(const EventView& event);

// PREVIOUS_GTIDS (35): everything in the files before this one.
Result<GtidSet> decode_previous_gtids(const EventView& event);

// MariaDB GTID (162): begin of a transaction, or of a single statement (standalone).
struct MariadbGtidEvent {
  static constexpr std::uint8_t kStandalone = 0x01;  // the next QUERY is the whole group
  static constexpr std::uint8_t kGroupCommitId = 0x02;
  static constexpr std::uint8_t kTransactional = 0x04;
  static constexpr std::uint8_t kAllowParallel = 0x08;
  static constexpr std::uint8_t kWaited = 0x10;
  static constexpr std::uint8_t kDdl = 0x20;
  static constexpr std::uint8_t kPreparedXa = 0x40;
  static constexpr std::uint8_t kCompletedXa = 0x80;
  static constexpr std::uint8_t kExtraMultiEngine = 0x01;
  static constexpr std::uint8_t kExtraStartAlter = 0x02;
  static constexpr std::uint8_t kExtraCommitAlter = 0x04;
  static constexpr std::uint8_t kExtraRollbackAlter = 0x08;

  MariadbGtid gtid;
  std::uint8_t flags = 0;
  std::uint8_t extra_flags = 0;
  std::uint64_t group_commit_id = 0;  // 0: none
  std::uint64_t start_alter_sequence = 0;
  Bytes xid;  // XA: format id, gtrid and bqual lengths and bytes, as logged

  bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};
Result<MariadbGtidEvent> decode_mariadb_gtid(const EventView& event);

// MariaDB GTID_LIST (163): the state at the start of a file; the last entry of a domain is current.
struct MariadbGtidList {
  bool until_reached = false;
  bool ignore_gtids = false;
  std::vector<MariadbGtid> gtids;
};
Result<MariadbGtidList> decode_mariadb_gtid_list(const EventView& event);

// HEARTBEAT (27; position in the header) and HEARTBEAT_V2 (41).
struct Heartbeat {
  std::string_view file;
  std::uint64_t position = 0;
};
Result<Heartbeat> decode_heartbeat(const EventView& event);

// INCIDENT (26): the source lost events.
struct Incident {
  std::uint16_t kind = 0;  // 1: lost events
  std::string_view message;
};
Result<Incident> decode_incident(const EventView& event);

// A length-encoded integer as in the client protocol: one byte below 0xFB, or 0xFC, 0xFD, 0xFE and
// 2, 3 or 8 bytes. 0xFB and 0xFF fail the reader.
std::uint64_t read_lenenc(ByteReader& in);

}  // namespace tailrace::mysql
