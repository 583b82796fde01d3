#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "extractors/mysql/event.h"
#include "extractors/mysql/position.h"

namespace tailrace::mysql {

// Where the stream stands in the source's files. Events carry the low 32 bits of the offset behind
// them at best (files grow beyond 4 GiB, and MariaDB 11.4 writes 0 inside transactions), so we add
// up sizes, and use what the events say to stay right where the server left some out.
class LogCursor {
 public:
  const std::string& file() const { return place_.file; }
  std::uint64_t offset() const { return place_.offset; }
  const FilePosition& place() const { return place_; }

  void start_file(std::string_view file, std::uint64_t offset) {
    place_.file = file;
    place_.offset = offset;
  }

  // Behind this event. Those that the server made up for us take no room in the file.
  void advance(const EventHeader& header) {
    if (header.has(kEventArtificial)) return;
    // Repeated when a stream starts in the middle of a file.
    if (header.type == EventType::format_description && header.next_position == 0) return;
    place_.offset += header.event_bytes;
    if (header.next_position != 0) align(header.next_position);
  }

  // A heartbeat outside of transactions: the server has nothing more before this place.
  void heartbeat(const Heartbeat& heartbeat, bool has_full_offset) {
    if (heartbeat.file != place_.file) {
      start_file(heartbeat.file, heartbeat.position);
    } else if (has_full_offset) {
      place_.offset = heartbeat.position;
    } else {
      align(static_cast<std::uint32_t>(heartbeat.position));
    }
  }

 private:
  // The nearest offset with these low 32 bits.
  void align(std::uint32_t low_bits) {
    const auto difference =
        static_cast<std::int32_t>(low_bits - static_cast<std::uint32_t>(place_.offset));
    if (difference == 0) return;
    const bool before_start =
        difference < 0 && static_cast<std::uint64_t>(-std::int64_t{difference}) > place_.offset;
    place_.offset = before_start
                        ? low_bits
                        : place_.offset + static_cast<std::uint64_t>(std::int64_t{difference});
  }

  FilePosition place_;
};

}  // namespace tailrace::mysql
