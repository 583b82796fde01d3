#include "extractors/mysql/temporal.h"

#include <chrono>

namespace tailrace::mysql {

namespace {

constexpr unsigned kMaxHours = 838;
constexpr unsigned kMicrosecondDigits = 6;
constexpr std::uint32_t kPowerOfTen[] = {1, 10, 100, 1000, 10000, 100000, 1000000};

void put_two_digits(char* at, unsigned value) {
  at[0] = static_cast<char>('0' + value / 10);
  at[1] = static_cast<char>('0' + value % 10);
}

bool put_date(unsigned year, unsigned month, unsigned day, ByteWriter& out) {
  if (year > 9999 || month > 12 || day > 31) return false;
  char* const at = reinterpret_cast<char*>(out.extend(10));
  put_two_digits(at, year / 100);
  put_two_digits(at + 2, year % 100);
  at[4] = '-';
  put_two_digits(at + 5, month);
  at[7] = '-';
  put_two_digits(at + 8, day);
  return true;
}

bool put_clock(unsigned hour, unsigned minute, unsigned second, ByteWriter& out) {
  if (hour > kMaxHours || minute > 59 || second > 59) return false;
  if (hour >= 100) {
    out.character(static_cast<char>('0' + hour / 100));
    hour %= 100;
  }
  char* const at = reinterpret_cast<char*>(out.extend(8));
  put_two_digits(at, hour);
  at[2] = ':';
  put_two_digits(at + 3, minute);
  at[5] = ':';
  put_two_digits(at + 6, second);
  return true;
}

bool put_fraction(std::uint64_t microseconds, unsigned digits, ByteWriter& out) {
  if (digits > kMicrosecondDigits || microseconds >= kPowerOfTen[kMicrosecondDigits]) return false;
  if (digits == 0) return true;
  out.character('.');
  out.digits_padded(microseconds / kPowerOfTen[kMicrosecondDigits - digits], digits);
  return true;
}

// hours << 12 | minutes << 6 | seconds
bool put_packed_clock(std::uint64_t packed, ByteWriter& out) {
  return put_clock(static_cast<unsigned>(packed >> 12), packed >> 6 & 63, packed & 63, out);
}

// (year * 13 + month) << 22 | day << 17 | clock
bool put_packed_fields(std::uint64_t fields, ByteWriter& out) {
  const auto date = static_cast<unsigned>(fields >> 17);
  const unsigned months = date >> 5;
  if (!put_date(months / 13, months % 13, date & 31, out)) return false;
  out.character(' ');
  const std::uint64_t clock = fields & 0x1FFFF;
  return clock >> 12 < 24 && put_packed_clock(clock, out);
}

// The fraction is stored in hundredths, ten-thousandths or millionths.
std::uint64_t to_microseconds(std::uint64_t stored, unsigned digits) {
  return stored * kPowerOfTen[kMicrosecondDigits - 2 * fraction_bytes(digits)];
}

bool put_instant(std::uint32_t seconds, ByteWriter& out) {
  if (seconds == 0) {
    out.text("0000-00-00 00:00:00");
    return true;
  }
  const auto days = std::chrono::sys_days(std::chrono::days(seconds / 86400));
  const std::chrono::year_month_day date(days);
  const unsigned clock = seconds % 86400;
  if (!put_date(static_cast<unsigned>(static_cast<int>(date.year())),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), out)) {
    return false;
  }
  out.character(' ');
  return put_clock(clock / 3600, clock / 60 % 60, clock % 60, out);
}

}  // namespace

bool append_date(std::uint32_t stored, ByteWriter& out) {
  return put_date(stored >> 9, stored >> 5 & 15, stored & 31, out);
}

bool append_old_time(std::uint32_t stored, ByteWriter& out) {
  constexpr std::uint32_t kSign = 0x800000;
  const bool negative = (stored & kSign) != 0;
  const std::uint32_t value = negative ? 2 * kSign - stored : stored;
  if (negative) out.character('-');
  return put_clock(value / 10000, value / 100 % 100, value % 100, out);
}

bool append_old_datetime(std::uint64_t stored, ByteWriter& out) {
  if (stored > 99991231235959) return false;
  const auto date = static_cast<unsigned>(stored / 1000000);
  const auto clock = static_cast<unsigned>(stored % 1000000);
  if (!put_date(date / 10000, date / 100 % 100, date % 100, out)) return false;
  out.character(' ');
  return clock / 10000 < 24 && put_clock(clock / 10000, clock / 100 % 100, clock % 100, out);
}

bool append_old_timestamp(std::uint32_t seconds, ByteWriter& out) {
  const bool good = put_instant(seconds, out);
  out.character('Z');
  return good;
}

bool append_time2(ByteReader& in, unsigned digits, ByteWriter& out) {
  const auto fraction_bits = static_cast<unsigned>(8 * fraction_bytes(digits));
  const std::uint64_t stored = in.uint_be(3 + fraction_bytes(digits));
  const std::uint64_t zero = std::uint64_t{0x800000} << fraction_bits;
  const bool negative = stored < zero;
  const std::uint64_t value = negative ? zero - stored : stored - zero;
  const std::uint64_t fraction = value & ((std::uint64_t{1} << fraction_bits) - 1);
  if (!in.ok()) return false;
  if (negative) out.character('-');
  return put_packed_clock(value >> fraction_bits, out) &&
         put_fraction(to_microseconds(fraction, digits), digits, out);
}

bool append_datetime2(ByteReader& in, unsigned digits, ByteWriter& out) {
  constexpr std::uint64_t kZero = 0x8000000000;
  const std::uint64_t stored = in.uint_be(5);
  const std::uint64_t fraction = in.uint_be(fraction_bytes(digits));
  return in.ok() && stored >= kZero && put_packed_fields(stored - kZero, out) &&
         put_fraction(to_microseconds(fraction, digits), digits, out);
}

bool append_timestamp2(ByteReader& in, unsigned digits, ByteWriter& out) {
  const std::uint32_t seconds = in.u32_be();
  const std::uint64_t fraction = in.uint_be(fraction_bytes(digits));
  const bool good = in.ok() && put_instant(seconds, out) &&
                    put_fraction(to_microseconds(fraction, digits), digits, out);
  out.character('Z');
  return good;
}

bool append_packed_date(std::int64_t packed, ByteWriter& out) {
  if (packed < 0) return false;
  const auto date = static_cast<std::uint64_t>(packed) >> 41;
  const auto months = static_cast<unsigned>(date >> 5);
  return put_date(months / 13, months % 13, date & 31, out);
}

bool append_packed_time(std::int64_t packed, ByteWriter& out) {
  const std::uint64_t value =
      packed < 0 ? 0 - static_cast<std::uint64_t>(packed) : static_cast<std::uint64_t>(packed);
  if (packed < 0) out.character('-');
  return put_packed_clock(value >> 24, out) &&
         put_fraction(value & 0xFFFFFF, kMicrosecondDigits, out);
}

bool append_packed_datetime(std::int64_t packed, ByteWriter& out) {
  if (packed < 0) return false;
  const auto value = static_cast<std::uint64_t>(packed);
  return put_packed_fields(value >> 24, out) &&
         put_fraction(value & 0xFFFFFF, kMicrosecondDigits, out);
}

}  // namespace tailrace::mysql
