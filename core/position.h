#pragma once

#include <cstdint>
#include <string>

namespace tailrace {

// A place in a source's log, in the source's own notation: GTID set ("uuid:1-5"), MariaDB GTID
// position ("0-1-100"), binlog file and offset ("binlog.000003:4567"), LSN and timeline
// ("0/16B3748@1"). Only the source that made it can order it (Source::compare). Empty: no position.
struct Position {
  std::string text;

  bool empty() const { return text.empty(); }
  friend bool operator==(const Position&, const Position&) = default;
};

// The durable position of one sink, and the source it belongs to: server uuid, or system identifier
// and timeline. A position means nothing at another source.
struct Checkpoint {
  std::string source_id;
  Position position;
  std::int64_t commit_time_us = 0;  // of the last transaction, microseconds since 1970 UTC; 0: none
};

}  // namespace tailrace
