#pragma once

// What the text and the binary readers of temporal types have in common: calendar, clock, and the
// canonical text (core/logical_type.h).

#include <cstdint>
#include <string_view>

#include "core/byte_writer.h"

namespace tailrace::postgres {

constexpr int kMicrosecondDigits = 6;
constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
constexpr std::int64_t kMicrosecondsPerDay = 86400 * kMicrosecondsPerSecond;

// Proleptic Gregorian; the year counts astronomically (0 is 1 BC).
struct CalendarDate {
  std::int64_t year = 0;
  unsigned month = 0;
  unsigned day = 0;
};
bool is_valid(const CalendarDate& date);
CalendarDate date_of(std::int64_t days_since_2000);

void append_date(const CalendarDate& date, ByteWriter& out);
// HH:MM:SS and as many fraction digits; false when the fraction has more than these, or the clock
// no such time (24:00:00 is the last one).
bool append_clock(std::int64_t microseconds, int digits, ByteWriter& out);
// +HH:MM, with :SS where there are seconds; seconds east of UTC, less than a day either way.
bool append_offset(std::int64_t seconds, ByteWriter& out);

constexpr std::string_view kInfinity = "infinity";
constexpr std::string_view kMinusInfinity = "-infinity";

}  // namespace tailrace::postgres
