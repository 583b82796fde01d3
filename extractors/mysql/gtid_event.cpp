#include "extractors/mysql/event.h"

namespace tailrace::mysql {

namespace {

constexpr std::uint8_t kLogicalClock = 2;
constexpr std::uint64_t kHasOriginalTimestamp = std::uint64_t{1} << 55;
constexpr std::uint32_t kHasOriginalVersion = std::uint32_t{1} << 31;

Uuid read_uuid(ByteReader& in) {
  Uuid uuid;
  const Bytes bytes = in.bytes(uuid.bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    uuid.bytes[i] = std::to_integer<std::uint8_t>(bytes[i]);
  }
  return uuid;
}

void read_commit_times(ByteReader& in, MysqlGtid& gtid) {
  gtid.immediate_commit_us = in.u56_le();
  const bool has_original = (gtid.immediate_commit_us & kHasOriginalTimestamp) != 0;
  gtid.immediate_commit_us &= ~kHasOriginalTimestamp;
  gtid.original_commit_us = has_original ? in.u56_le() : gtid.immediate_commit_us;
}

void read_server_versions(ByteReader& in, MysqlGtid& gtid) {
  gtid.immediate_server_version = in.u32_le();
  const bool has_original = (gtid.immediate_server_version & kHasOriginalVersion) != 0;
  gtid.immediate_server_version &= ~kHasOriginalVersion;
  gtid.original_server_version = has_original ? in.u32_le() : gtid.immediate_server_version;
}

}  // namespace

// GTID (33, 34), mysql-server libs/mysql/binlog/event/control_events.h (class Gtid_event):
//   u8 flags | 16 bytes uuid | i64 number | u8 2 | i64 last_committed | i64 sequence_number |
//   from 8.0: 7 bytes immediate_commit_us (bit 55: 7 bytes original_commit_us) |
//   lenenc transaction bytes | u32 immediate_version (bit 31: u32 original_version) | more
Result<MysqlGtid> decode_gtid(const EventView& event) {
  ByteReader in(event.body);
  MysqlGtid gtid;
  gtid.anonymous = event.header.type == EventType::anonymous_gtid;
  gtid.may_have_statements = (in.u8() & 1) != 0;
  gtid.source = read_uuid(in);
  gtid.number = in.u64_le();
  if (!in.ok()) return malformed_event(event, "event cut off", in.offset());
  if (!gtid.anonymous && (gtid.number == 0 || gtid.number > GtidSet::kMaxNumber)) {
    return malformed_event(event, "transaction number out of range", 17);
  }
  if (in.at_end()) return gtid;
  if (in.u8() != kLogicalClock) return gtid;
  gtid.last_committed = static_cast<std::int64_t>(in.u64_le());
  gtid.sequence_number = static_cast<std::int64_t>(in.u64_le());
  if (in.ok() && !in.at_end()) read_commit_times(in, gtid);
  if (in.ok() && !in.at_end()) gtid.transaction_bytes = read_lenenc(in);
  if (in.ok() && !in.at_end()) read_server_versions(in, gtid);
  if (!in.ok()) return malformed_event(event, "event cut off", in.offset());
  return gtid;
}

Result<GtidSet> decode_previous_gtids(const EventView& event) {
  auto set = GtidSet::decode(event.body);
  if (!set) return malformed_event(event, set.error().message());
  return set;
}

// GTID (162), MariaDB sql/log_event.h (class Gtid_log_event):
//   u64 sequence | u32 domain | u8 flags | [u64 commit id] | [u32 format, u8 gtrid length,
//   u8 bqual length, both] | [u8 extra flags | [u8 engines] | [u64 start alter sequence]] | padding
Result<MariadbGtidEvent> decode_mariadb_gtid(const EventView& event) {
  ByteReader in(event.body);
  MariadbGtidEvent result;
  result.gtid.server = event.header.server_id;
  result.gtid.sequence = in.u64_le();
  result.gtid.domain = in.u32_le();
  result.flags = in.u8();
  if (result.has(MariadbGtidEvent::kGroupCommitId)) result.group_commit_id = in.u64_le();
  if (result.has(MariadbGtidEvent::kPreparedXa | MariadbGtidEvent::kCompletedXa)) {
    const std::size_t start = in.offset();
    in.skip(4);
    const std::size_t gtrid_bytes = in.u8();
    in.skip(gtrid_bytes + in.u8());
    if (in.ok()) result.xid = event.body.subspan(start, in.offset() - start);
  }
  if (in.ok() && !in.at_end()) result.extra_flags = in.u8();
  if ((result.extra_flags & MariadbGtidEvent::kExtraMultiEngine) != 0) in.skip(1);
  const unsigned ends_alter =
      MariadbGtidEvent::kExtraCommitAlter | MariadbGtidEvent::kExtraRollbackAlter;
  if ((result.extra_flags & ends_alter) != 0) result.start_alter_sequence = in.u64_le();
  if (!in.ok()) return malformed_event(event, "event cut off", in.offset());
  return result;
}

// GTID_LIST (163), MariaDB sql/log_event.h (class Gtid_list_log_event):
//   u32 count, flags in its four highest bits | count x (u32 domain | u32 server | u64 sequence)
Result<MariadbGtidList> decode_mariadb_gtid_list(const EventView& event) {
  constexpr std::uint32_t kCountMask = (std::uint32_t{1} << 28) - 1;
  constexpr std::size_t kEntryBytes = 16;
  ByteReader in(event.body);
  const std::uint32_t head = in.u32_le();
  MariadbGtidList list;
  list.until_reached = (head & std::uint32_t{1} << 28) != 0;
  list.ignore_gtids = (head & std::uint32_t{1} << 29) != 0;
  const std::size_t count = head & kCountMask;
  if (!in.ok() || count > in.remaining() / kEntryBytes) {
    return malformed_event(event, "list cut off", in.offset());
  }
  list.gtids.resize(count);
  for (MariadbGtid& gtid : list.gtids) {
    gtid.domain = in.u32_le();
    gtid.server = in.u32_le();
    gtid.sequence = in.u64_le();
  }
  return list;
}

}  // namespace tailrace::mysql
