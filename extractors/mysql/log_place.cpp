#include "extractors/mysql/log_place.h"

#include <iterator>
#include <utility>

#include <fmt/core.h>

namespace tailrace::mysql {

LogPlace::LogPlace(LogPosition position) : position_(std::move(position)) {
  if (const auto* file = std::get_if<FilePosition>(&position_)) {
    cursor_.start_file(file->file, file->offset);
    event_start_ = *file;
  }
}

void LogPlace::start_file(const Rotate& rotate) {
  cursor_.start_file(rotate.file, rotate.position);
  event_start_ = cursor_.place();
}

void LogPlace::heartbeat(const Heartbeat& heartbeat, bool has_full_offset) {
  cursor_.heartbeat(heartbeat, has_full_offset);
  event_start_.file = cursor_.file();
}

void LogPlace::finish_group(const GroupGtid& gtid) {
  if (by_file()) return;
  if (const auto* mysql = std::get_if<MysqlGtid>(&gtid)) {
    if (!std::holds_alternative<GtidSet>(position_)) position_ = GtidSet();
    std::get<GtidSet>(position_).add(mysql->source, {}, mysql->number);
  } else if (const auto* mariadb = std::get_if<MariadbGtid>(&gtid)) {
    if (!std::holds_alternative<MariadbPosition>(position_)) position_ = MariadbPosition();
    std::get<MariadbPosition>(position_).advance(*mariadb);
  }
}

std::string_view LogPlace::print_position() {
  position_text_.clear();
  if (const auto* set = std::get_if<GtidSet>(&position_)) {
    set->print(position_text_);
  } else if (const auto* mariadb = std::get_if<MariadbPosition>(&position_)) {
    mariadb->print(position_text_);
  } else if (by_file()) {
    fmt::format_to(std::back_inserter(position_text_), "{}:{}", cursor_.file(), cursor_.offset());
  }
  if (position_text_.empty()) position_text_ = to_position(Beginning()).text;
  return position_text_;
}

std::string_view LogPlace::print(const GroupGtid& gtid) {
  gtid_text_.clear();
  if (const auto* mysql = std::get_if<MysqlGtid>(&gtid)) {
    if (printed_uuid_ != mysql->source) {
      printed_uuid_ = mysql->source;
      uuid_text_ = mysql->source.to_string();
    }
    fmt::format_to(std::back_inserter(gtid_text_), "{}:{}", uuid_text_, mysql->number);
  } else if (const auto* mariadb = std::get_if<MariadbGtid>(&gtid)) {
    fmt::format_to(std::back_inserter(gtid_text_), "{}-{}-{}", mariadb->domain, mariadb->server,
                   mariadb->sequence);
  }
  return gtid_text_;
}

}  // namespace tailrace::mysql
