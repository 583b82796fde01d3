#include "extractors/mysql/event.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/crc32.h"

namespace tailrace::mysql {

namespace {

constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kFlagsOffset = 17;
constexpr std::uint8_t kChecksumOff = 0;
constexpr std::uint8_t kChecksumCrc32 = 1;

// Rows hold values, which must not get into messages: their first bytes are the post-header's.
std::size_t shown_bytes(EventType type) {
  return is_rows(type) ? 10 : 16;
}

std::string describe(const EventView& event) {
  const auto code = static_cast<unsigned>(event.header.type);
  const std::string_view name = name_of(event.header.type);
  return name.empty() ? fmt::format("event of type {}", code)
                      : fmt::format("{} event (type {})", name, code);
}

std::string first_bytes(const EventView& event) {
  std::string hex;
  const std::size_t count = std::min(event.body.size(), shown_bytes(event.header.type));
  for (const std::byte byte : event.body.first(count)) {
    hex += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  }
  return hex.empty() ? "none" : hex;
}

EventHeader read_header(ByteReader& in) {
  EventHeader header;
  header.timestamp = in.u32_le();
  header.type = static_cast<EventType>(in.u8());
  header.server_id = in.u32_le();
  header.event_bytes = in.u32_le();
  header.next_position = in.u32_le();
  header.flags = in.u16_le();
  return header;
}

// An open file's FORMAT_DESCRIPTION has the in-use flag set after its checksum was taken.
std::uint32_t checksum_of(Bytes covered, const EventHeader& header) {
  if (header.type != EventType::format_description || !header.has(kEventInUse)) {
    return crc32(covered);
  }
  std::array<std::byte, EventHeader::kBytes> copy;
  std::copy_n(covered.begin(), copy.size(), copy.begin());
  copy[kFlagsOffset] &= ~std::byte{kEventInUse};
  return crc32(covered.subspan(copy.size()), crc32(copy));
}

Status check_checksum(Bytes event, const EventView& view) {
  const Bytes covered = event.first(event.size() - kChecksumBytes);
  const std::uint32_t stored = ByteReader(event.last(kChecksumBytes)).u32_le();
  const std::uint32_t computed = checksum_of(covered, view.header);
  if (stored == computed) return {};
  return malformed_event(
      view, fmt::format("checksum is {:08x}, its bytes have {:08x}", stored, computed));
}

// FORMAT_DESCRIPTION always ends in `u8 algorithm | u32 checksum`; without checksums the latter is
// there, but need not be right.
Result<bool> described_checksum(const EventView& event) {
  if (event.body.empty()) return malformed_event(event, "event cut off");
  const auto algorithm = std::to_integer<std::uint8_t>(event.body.back());
  if (algorithm > kChecksumCrc32) {
    return unsupported_event(event, fmt::format("checksum algorithm {} is not known", algorithm));
  }
  return algorithm != kChecksumOff;
}

}  // namespace

std::string_view name_of(EventType type) {
  switch (type) {
    case EventType::query:
      return "QUERY";
    case EventType::stop:
      return "STOP";
    case EventType::rotate:
      return "ROTATE";
    case EventType::intvar:
      return "INTVAR";
    case EventType::append_block:
      return "APPEND_BLOCK";
    case EventType::delete_file:
      return "DELETE_FILE";
    case EventType::rand:
      return "RAND";
    case EventType::user_var:
      return "USER_VAR";
    case EventType::format_description:
      return "FORMAT_DESCRIPTION";
    case EventType::xid:
      return "XID";
    case EventType::begin_load_query:
      return "BEGIN_LOAD_QUERY";
    case EventType::execute_load_query:
      return "EXECUTE_LOAD_QUERY";
    case EventType::table_map:
      return "TABLE_MAP";
    case EventType::pre_ga_write_rows:
      return "PRE_GA_WRITE_ROWS";
    case EventType::pre_ga_update_rows:
      return "PRE_GA_UPDATE_ROWS";
    case EventType::pre_ga_delete_rows:
      return "PRE_GA_DELETE_ROWS";
    case EventType::write_rows_v1:
      return "WRITE_ROWS_V1";
    case EventType::update_rows_v1:
      return "UPDATE_ROWS_V1";
    case EventType::delete_rows_v1:
      return "DELETE_ROWS_V1";
    case EventType::incident:
      return "INCIDENT";
    case EventType::heartbeat:
      return "HEARTBEAT";
    case EventType::ignorable:
      return "IGNORABLE";
    case EventType::rows_query:
      return "ROWS_QUERY";
    case EventType::write_rows:
      return "WRITE_ROWS";
    case EventType::update_rows:
      return "UPDATE_ROWS";
    case EventType::delete_rows:
      return "DELETE_ROWS";
    case EventType::gtid:
      return "GTID";
    case EventType::anonymous_gtid:
      return "ANONYMOUS_GTID";
    case EventType::previous_gtids:
      return "PREVIOUS_GTIDS";
    case EventType::transaction_context:
      return "TRANSACTION_CONTEXT";
    case EventType::view_change:
      return "VIEW_CHANGE";
    case EventType::xa_prepare:
      return "XA_PREPARE";
    case EventType::partial_update_rows:
      return "PARTIAL_UPDATE_ROWS";
    case EventType::transaction_payload:
      return "TRANSACTION_PAYLOAD";
    case EventType::heartbeat_v2:
      return "HEARTBEAT_V2";
    case EventType::gtid_tagged:
      return "GTID_TAGGED";
    case EventType::mariadb_annotate_rows:
      return "ANNOTATE_ROWS";
    case EventType::mariadb_binlog_checkpoint:
      return "BINLOG_CHECKPOINT";
    case EventType::mariadb_gtid:
      return "MARIADB_GTID";
    case EventType::mariadb_gtid_list:
      return "GTID_LIST";
    case EventType::mariadb_start_encryption:
      return "START_ENCRYPTION";
    case EventType::mariadb_query_compressed:
      return "QUERY_COMPRESSED";
    case EventType::mariadb_write_rows_compressed_v1:
      return "WRITE_ROWS_COMPRESSED_V1";
    case EventType::mariadb_update_rows_compressed_v1:
      return "UPDATE_ROWS_COMPRESSED_V1";
    case EventType::mariadb_delete_rows_compressed_v1:
      return "DELETE_ROWS_COMPRESSED_V1";
    case EventType::mariadb_write_rows_compressed:
      return "WRITE_ROWS_COMPRESSED";
    case EventType::mariadb_update_rows_compressed:
      return "UPDATE_ROWS_COMPRESSED";
    case EventType::mariadb_delete_rows_compressed:
      return "DELETE_ROWS_COMPRESSED";
  }
  return {};
}

bool is_rows(EventType type) {
  return (type >= EventType::pre_ga_write_rows && type <= EventType::delete_rows_v1) ||
         (type >= EventType::write_rows && type <= EventType::delete_rows) ||
         type == EventType::partial_update_rows ||
         (type >= EventType::mariadb_write_rows_compressed_v1 &&
          type <= EventType::mariadb_delete_rows_compressed);
}

Error malformed_event(const EventView& event, std::string_view what, std::size_t offset) {
  return Error(ErrorKind::stream_corrupt,
               fmt::format("{} is malformed at byte {}: {}; first bytes {}", describe(event),
                           offset, what, first_bytes(event)));
}

Error unsupported_event(const EventView& event, std::string_view what) {
  return Error(ErrorKind::unsupported_protocol,
               fmt::format("{}: {}; first bytes {}", describe(event), what, first_bytes(event)));
}

Result<EventView> parse_event(Bytes event, bool has_checksum) {
  ByteReader in(event);
  EventView view;
  view.header = read_header(in);
  if (!in.ok()) {
    return Error(ErrorKind::stream_corrupt,
                 fmt::format("event of {} bytes is shorter than its header", event.size()));
  }
  view.body = in.rest();
  if (view.header.event_bytes != event.size()) {
    return malformed_event(view, fmt::format("{} bytes long, but its header says {}", event.size(),
                                             view.header.event_bytes));
  }
  const bool is_description = view.header.type == EventType::format_description;
  if (!is_description && !has_checksum) return view;
  if (view.body.size() < kChecksumBytes) return malformed_event(view, "no room for the checksum");
  view.body = view.body.first(view.body.size() - kChecksumBytes);
  if (is_description) {
    const auto described = described_checksum(view);
    if (!described) return described.error();
    if (!*described) return view;
  }
  if (auto checked = check_checksum(event, view); !checked) return std::move(checked).error();
  return view;
}

Result<FormatDescription> decode_format_description(const EventView& event) {
  constexpr std::size_t kVersionBytes = 50;
  ByteReader in(event.body);
  FormatDescription description;
  description.binlog_version = in.u16_le();
  const std::string_view version = in.text(kVersionBytes);
  description.server_version = version.substr(0, version.find('\0'));
  description.created = in.u32_le();
  const std::uint8_t header_bytes = in.u8();
  if (!in.ok() || in.remaining() < 1) return malformed_event(event, "event cut off", in.offset());
  if (description.binlog_version != 4 || header_bytes != EventHeader::kBytes) {
    return unsupported_event(event,
                             fmt::format("binlog version {} with {} header bytes is not known",
                                         description.binlog_version, header_bytes));
  }
  for (const std::byte bytes : in.bytes(in.remaining() - 1)) {
    description.post_header_bytes.push_back(std::to_integer<std::uint8_t>(bytes));
  }
  const auto checksum = described_checksum(event);
  if (!checksum) return checksum.error();
  description.has_checksum = *checksum;
  return description;
}

Result<Rotate> decode_rotate(const EventView& event) {
  ByteReader in(event.body);
  Rotate rotate;
  rotate.position = in.u64_le();
  rotate.file = as_text(in.rest());
  if (!in.ok() || rotate.file.empty()) return malformed_event(event, "no file name", in.offset());
  return rotate;
}

Result<std::uint64_t> decode_xid(const EventView& event) {
  ByteReader in(event.body);
  const std::uint64_t xid = in.u64_le();
  if (!in.expect_end()) return malformed_event(event, "not 8 bytes", in.offset());
  return xid;
}

Result<Heartbeat> decode_heartbeat(const EventView& event) {
  Heartbeat heartbeat;
  heartbeat.position = event.header.next_position;
  heartbeat.file = as_text(event.body);
  if (event.header.type == EventType::heartbeat) return heartbeat;
  if (event.header.type != EventType::heartbeat_v2) return malformed_event(event, "no heartbeat");
  // fields: lenenc type | lenenc length | value; type 0 ends them and has neither
  heartbeat.file = {};
  ByteReader in(event.body);
  while (in.ok() && !in.at_end()) {
    const std::uint64_t type = read_lenenc(in);
    if (type == 0) break;
    ByteReader value(in.bytes(read_lenenc(in)));
    if (type == 1) heartbeat.file = as_text(value.rest());
    if (type == 2) heartbeat.position = read_lenenc(value);
    if (!value.ok()) in.fail();
  }
  if (!in.ok()) return malformed_event(event, "field cut off", in.offset());
  return heartbeat;
}

Result<Incident> decode_incident(const EventView& event) {
  ByteReader in(event.body);
  Incident incident;
  incident.kind = in.u16_le();
  incident.message = in.text(in.u8());
  if (!in.ok()) return malformed_event(event, "event cut off", in.offset());
  return incident;
}

std::uint64_t read_lenenc(ByteReader& in) {
  const std::uint8_t first = in.u8();
  if (first < 0xFB) return first;
  switch (first) {
    case 0xFC:
      return in.u16_le();
    case 0xFD:
      return in.u24_le();
    case 0xFE:
      return in.u64_le();
    default:
      in.fail();
      return 0;
  }
}

}  // namespace tailrace::mysql
