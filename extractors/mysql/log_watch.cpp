#include "extractors/mysql/log_watch.h"

#include <algorithm>
#include <utility>

namespace tailrace::mysql {

namespace {

bool only_frames_a_transaction(std::string_view sql) {
  return sql == "BEGIN" || sql == "COMMIT" || sql == "ROLLBACK" || sql.starts_with("SAVEPOINT ");
}

std::string gtid_text(const MysqlGtid& gtid) {
  return gtid.anonymous ? std::string()
                        : gtid.source.to_string() + ":" + std::to_string(gtid.number);
}

// Names differ only in case where the server stores them in lower case, or compares them so: one
// transaction too many does no harm.
bool equal_names(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [&](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace

bool LogWatch::reached(const FilePosition& place) const {
  if (cursor_.file().empty()) return false;
  const auto order = compare_binlog_files(cursor_.file(), place.file);
  return order > 0 || (order == 0 && cursor_.offset() >= place.offset);
}

Status LogWatch::read_to(const FilePosition& place) {
  while (!reached(place)) {
    auto bytes = events_->next();
    if (!bytes) return std::move(bytes).error();
    if (!*bytes) return Error(ErrorKind::unreachable, "the server ended the stream");
    if (auto done = consume(**bytes); !done) return done;
  }
  return {};
}

bool LogWatch::touched_beyond(const GtidSet& known) const {
  return touched_unnamed_ ||
         std::any_of(touching_.begin(), touching_.end(),
                     [&](const std::string& gtid) { return !known.contains(gtid); });
}

Status LogWatch::consume(Bytes bytes) {
  const auto event = parse_event(bytes, has_checksum_);
  if (!event) return event.error();
  const EventHeader& header = event->header;
  const bool is_heartbeat =
      header.type == EventType::heartbeat || header.type == EventType::heartbeat_v2;
  if (!is_heartbeat) cursor_.advance(header);
  return look_at(*event);
}

void LogWatch::touch() {
  if (gtid_.empty()) {
    touched_unnamed_ = true;
  } else if (touching_.empty() || touching_.back() != gtid_) {
    touching_.push_back(gtid_);
  }
}

Status LogWatch::look_at(const EventView& event) {
  switch (event.header.type) {
    case EventType::format_description: {
      const auto description = decode_format_description(event);
      if (!description) return description.error();
      has_checksum_ = description->has_checksum;
      return {};
    }
    case EventType::rotate: {
      if (event.header.timestamp != 0 || !event.header.has(kEventArtificial)) return {};
      const auto rotate = decode_rotate(event);
      if (!rotate) return rotate.error();
      cursor_.start_file(rotate->file, rotate->position);
      return {};
    }
    case EventType::heartbeat:
    case EventType::heartbeat_v2: {
      const auto heartbeat = decode_heartbeat(event);
      if (!heartbeat) return heartbeat.error();
      cursor_.heartbeat(*heartbeat, event.header.type == EventType::heartbeat_v2);
      return {};
    }
    case EventType::gtid:
    case EventType::anonymous_gtid: {
      const auto gtid = decode_gtid(event);
      if (!gtid) return gtid.error();
      gtid_ = gtid_text(*gtid);
      return {};
    }
    case EventType::gtid_tagged:
      gtid_.clear();
      return {};
    case EventType::table_map: {
      const auto map = peek_table_map(event);
      if (!map) return map.error();
      if (equal_names(map->schema, table_.schema) && equal_names(map->table, table_.table)) touch();
      return {};
    }
    case EventType::query: {
      const auto query = decode_query(event);
      if (!query) return query.error();
      if (!only_frames_a_transaction(query->sql_text())) touch();
      return {};
    }
    // Their tables were named before, or they touch none.
    case EventType::write_rows:
    case EventType::update_rows:
    case EventType::delete_rows:
    case EventType::partial_update_rows:
    case EventType::xid:
    case EventType::rows_query:
    case EventType::intvar:
    case EventType::rand:
    case EventType::user_var:
    case EventType::stop:
    case EventType::previous_gtids:
    case EventType::transaction_context:
    case EventType::view_change:
    case EventType::ignorable:
      return {};
    default:
      touch();
      return {};
  }
}

}  // namespace tailrace::mysql
