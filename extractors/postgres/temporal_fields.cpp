#include "extractors/postgres/temporal_fields.h"

namespace tailrace::postgres {
namespace {

constexpr std::int64_t kPowerOfTen[] = {1, 10, 100, 1000, 10000, 100000, 1000000};

bool is_leap(std::int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

void put_two_digits(char* at, std::int64_t value) {
  at[0] = static_cast<char>('0' + value / 10);
  at[1] = static_cast<char>('0' + value % 10);
}

}  // namespace

bool is_valid(const CalendarDate& date) {
  constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (date.month < 1 || date.month > 12 || date.day < 1) return false;
  const unsigned leap_day = date.month == 2 && is_leap(date.year) ? 1 : 0;
  return date.day <= kDays[date.month - 1] + leap_day;
}

// std::chrono's calendar ends with the year 32767. Years begin in March here, so that the leap day
// is the last one; an era has 400 years.
CalendarDate date_of(std::int64_t days_since_2000) {
  constexpr std::int64_t kDaysPerEra = 146097;
  constexpr std::int64_t kFirstOfMarch2000 = 60;
  const std::int64_t days = days_since_2000 - kFirstOfMarch2000;
  const std::int64_t era = (days >= 0 ? days : days - (kDaysPerEra - 1)) / kDaysPerEra;
  const std::int64_t day_of_era = days - era * kDaysPerEra;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t march_month = (5 * day_of_year + 2) / 153;
  const std::int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
  return {.year = 2000 + 400 * era + year_of_era + (month <= 2 ? 1 : 0),
          .month = static_cast<unsigned>(month),
          .day = static_cast<unsigned>(day_of_year - (153 * march_month + 2) / 5 + 1)};
}

void append_date(const CalendarDate& date, ByteWriter& out) {
  const bool negative = date.year < 0;
  const auto year = static_cast<std::uint64_t>(negative ? -date.year : date.year);
  if (negative) out.character('-');
  if (year > 9999) {
    out.digits(year);
  } else {
    out.digits_padded(year, 4);
  }
  char* const at = reinterpret_cast<char*>(out.extend(6));
  at[0] = '-';
  put_two_digits(at + 1, date.month);
  at[3] = '-';
  put_two_digits(at + 4, date.day);
}

bool append_clock(std::int64_t microseconds, int digits, ByteWriter& out) {
  if (microseconds < 0 || microseconds > kMicrosecondsPerDay) return false;
  const std::int64_t seconds = microseconds / kMicrosecondsPerSecond;
  char* const at = reinterpret_cast<char*>(out.extend(8));
  put_two_digits(at, seconds / 3600);
  at[2] = ':';
  put_two_digits(at + 3, seconds / 60 % 60);
  at[5] = ':';
  put_two_digits(at + 6, seconds % 60);
  const std::int64_t fraction = microseconds % kMicrosecondsPerSecond;
  const std::int64_t cut = kPowerOfTen[kMicrosecondDigits - digits];
  if (fraction % cut != 0) return false;
  if (digits == 0) return true;
  out.character('.');
  out.digits_padded(static_cast<std::uint64_t>(fraction / cut), static_cast<unsigned>(digits));
  return true;
}

bool append_offset(std::int64_t seconds, ByteWriter& out) {
  constexpr std::int64_t kDay = 86400;
  if (seconds <= -kDay || seconds >= kDay) return false;
  out.character(seconds < 0 ? '-' : '+');
  const auto distance = static_cast<std::uint64_t>(seconds < 0 ? -seconds : seconds);
  out.digits_padded(distance / 3600, 2);
  out.character(':');
  out.digits_padded(distance / 60 % 60, 2);
  if (distance % 60 == 0) return true;
  out.character(':');
  out.digits_padded(distance % 60, 2);
  return true;
}

}  // namespace tailrace::postgres
