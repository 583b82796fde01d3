#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "extractors/mysql/event.h"
#include "extractors/mysql/log_cursor.h"
#include "extractors/mysql/position.h"

namespace tailrace::mysql {

// The GTID that covers a group; monostate: none was sent.
using GroupGtid = std::variant<std::monostate, MysqlGtid, MariadbGtid>;

// Where the stream is, in both senses: the position behind the last finished group, from which it
// can be resumed, and the place of the event at hand, for messages. Prints into buffers of its own,
// so that a transaction allocates nothing; what it answers lives until the same is asked again.
class LogPlace {
 public:
  explicit LogPlace(LogPosition position);

  bool by_file() const { return std::holds_alternative<FilePosition>(position_); }
  const FilePosition& event_start() const { return event_start_; }

  // For every event, first.
  void start_event() { event_start_.offset = cursor_.offset(); }
  void pass(const EventHeader& header) { cursor_.advance(header); }
  void start_file(const Rotate& rotate);
  void heartbeat(const Heartbeat& heartbeat, bool has_full_offset);

  void finish_group(const GroupGtid& gtid);
  // Only between groups: inside one, nothing can be resumed.
  std::string_view print_position();
  std::string_view print(const GroupGtid& gtid);

 private:
  LogPosition position_;  // FilePosition: the cursor has it
  LogCursor cursor_;
  FilePosition event_start_;

  std::string position_text_;
  std::string gtid_text_;
  std::optional<Uuid> printed_uuid_;
  std::string uuid_text_;
};

}  // namespace tailrace::mysql
