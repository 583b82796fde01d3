#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "extractors/postgres/lsn.h"

namespace tailrace::postgres {

// A timeline that this server's history went through, and where it left it.
struct TimelineSwitch {
  std::uint32_t timeline = 0;
  Lsn end;  // the first byte that is not part of it any more
  friend bool operator==(const TimelineSwitch&, const TimelineSwitch&) = default;
};

// The file that TIMELINE_HISTORY answers: per line a timeline, a tab, the place where it ended, a
// tab, and the reason; "#" begins a comment (src/backend/access/transam/timeline.c). Oldest first.
Result<std::vector<TimelineSwitch>> parse_timeline_history(std::string_view file);

}  // namespace tailrace::postgres
