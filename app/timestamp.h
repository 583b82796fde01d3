#pragma once

#include <cstdint>
#include <string>

namespace tailrace::app {

// Microseconds since 1970 UTC as "2026-01-31T12:00:00.123Z" and "2026-01-31T12:00:00.123456Z".
std::string utc_milliseconds(std::int64_t time_us);
std::string utc_microseconds(std::int64_t time_us);
std::int64_t now_us();

}  // namespace tailrace::app
