// Dates, times and intervals in one spelling.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tailrace::testing {

// "0044-03-15 BC" and "-0043-03-15" are one day; infinity stays what it is.
std::string canonical_date(std::string_view text);
// A day and a time of day; zeros at the end of the fraction do not count.
std::string canonical_datetime(std::string_view text);
// The same in UTC: with "+00", "+00:00", "Z" or nothing behind it.
std::string canonical_instant(std::string_view text);

// Microseconds of "[-]HHH:MM:SS[.ffffff]", or of a number of them.
std::optional<std::string> canonical_time(std::string_view text);
// "HH:MM:SS[.ffffff]" and a zone of "+HH[:MM[:SS]]": microseconds, and seconds east of UTC.
std::optional<std::string> canonical_time_with_zone(std::string_view text);
// ISO 8601, every part with a sign of its own: months, days and microseconds, which have no fixed
// relation to each other.
std::optional<std::string> canonical_interval(std::string_view text);

}  // namespace tailrace::testing
