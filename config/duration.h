#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/result.h"

namespace tailrace {

// "500ms", "10s", "5m", "2h", "7d": a whole number and a unit.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
// For people, two digits or so: "85 ms", "1.5 s", "12 min", "3.4 h", "2.0 d".
std::string format_duration(std::chrono::microseconds duration);

}  // namespace tailrace
