#include "extractors/postgres/text_temporal.h"

#include <charconv>
#include <cstdint>

#include "extractors/postgres/temporal_fields.h"

namespace tailrace::postgres {
namespace {

// Reads from left to right; what does not fit makes it fail for good.
class TextCursor {
 public:
  explicit TextCursor(std::string_view text) : text_(text) {}

  bool ok() const { return ok_; }
  bool at_end() const { return at_ == text_.size(); }
  bool next_is(char wanted) const { return at_ < text_.size() && text_[at_] == wanted; }
  bool take(char wanted) {
    if (!next_is(wanted)) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view wanted) {
    if (!text_.substr(at_).starts_with(wanted)) return false;
    at_ += wanted.size();
    return true;
  }
  void expect(char wanted) {
    if (!take(wanted)) ok_ = false;
  }
  // The number in the next at least `fewest` and at most `most` digits.
  std::int64_t number(unsigned fewest, unsigned most) {
    std::int64_t value = 0;
    unsigned count = 0;
    for (; count < most && at_ < text_.size() && is_digit(text_[at_]); ++count, ++at_) {
      value = value * 10 + (text_[at_] - '0');
    }
    digits_read_ = count;
    if (count < fewest) ok_ = false;
    return value;
  }
  unsigned digits_read() const { return digits_read_; }
  // With its sign, as far as 64 bits go.
  std::int64_t signed_number() {
    std::int64_t value = 0;
    const auto [end, failure] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (failure != std::errc()) ok_ = false;
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }
  char character() { return at_ < text_.size() ? text_[at_++] : '\0'; }

 private:
  static bool is_digit(char character) { return character >= '0' && character <= '9'; }

  std::string_view text_;
  std::size_t at_ = 0;
  unsigned digits_read_ = 0;
  bool ok_ = true;
};

// Of digits behind a point; the server leaves trailing zeros away.
std::int64_t read_fraction(TextCursor& in) {
  std::int64_t fraction = in.number(1, kMicrosecondDigits);
  for (unsigned i = in.digits_read(); i < kMicrosecondDigits; ++i) fraction *= 10;
  return fraction;
}

// The year as it is printed, still without the era that stands at the end of the whole value.
CalendarDate read_date(TextCursor& in) {
  CalendarDate date;
  date.year = in.number(4, 7);
  in.expect('-');
  date.month = static_cast<unsigned>(in.number(2, 2));
  in.expect('-');
  date.day = static_cast<unsigned>(in.number(2, 2));
  return date;
}

// " BC", or nothing. There is no year 0 in print.
bool finish_date(TextCursor& in, CalendarDate& date) {
  if (date.year == 0) return false;
  if (in.take(" BC")) date.year = 1 - date.year;
  return in.ok() && in.at_end() && is_valid(date);
}

std::int64_t read_clock(TextCursor& in) {
  const std::int64_t hours = in.number(2, 2);
  in.expect(':');
  const std::int64_t minutes = in.number(2, 2);
  in.expect(':');
  const std::int64_t seconds = in.number(2, 2);
  const std::int64_t fraction = in.take('.') ? read_fraction(in) : 0;
  if (minutes > 59 || seconds > 59) return -1;
  return ((hours * 60 + minutes) * 60 + seconds) * kMicrosecondsPerSecond + fraction;
}

// +02, +05:30, -00:25:21
std::int64_t read_offset(TextCursor& in) {
  const bool west = in.take('-');
  if (!west) in.expect('+');
  std::int64_t seconds = in.number(2, 2) * 3600;
  if (in.take(':')) seconds += in.number(2, 2) * 60;
  if (in.take(':')) seconds += in.number(2, 2);
  return west ? -seconds : seconds;
}

bool append_infinity(std::string_view wire, ByteWriter& out) {
  if (wire != kInfinity && wire != kMinusInfinity) return false;
  out.text(wire);
  return true;
}

// suffix: what follows the clock, before the era.
bool append_date_and_clock(std::string_view wire, int digits, std::string_view suffix,
                           ByteWriter& out) {
  if (append_infinity(wire, out)) return true;
  TextCursor in(wire);
  CalendarDate date = read_date(in);
  in.expect(' ');
  const std::int64_t clock = read_clock(in);
  if (!in.take(suffix) || !finish_date(in, date) || clock >= kMicrosecondsPerDay) return false;
  append_date(date, out);
  out.character(' ');
  return append_clock(clock, digits, out);
}

struct IntervalParts {
  std::int64_t months = 0;
  std::int64_t days = 0;
  std::int64_t microseconds = 0;

  bool add(std::int64_t& to, std::int64_t count, std::int64_t unit) {
    std::int64_t amount = 0;
    return !__builtin_mul_overflow(count, unit, &amount) &&
           !__builtin_add_overflow(to, amount, &to);
  }
  bool add_date_part(char unit, std::int64_t count) {
    if (unit == 'Y') return add(months, count, 12);
    if (unit == 'M') return add(months, count, 1);
    return unit == 'D' && add(days, count, 1);
  }
  bool add_clock_part(char unit, std::int64_t count) {
    if (unit == 'H') return add(microseconds, count, 3600 * kMicrosecondsPerSecond);
    if (unit == 'M') return add(microseconds, count, 60 * kMicrosecondsPerSecond);
    return unit == 'S' && add(microseconds, count, kMicrosecondsPerSecond);
  }
};

// Each part has a sign of its own; a fraction belongs to the seconds, and has theirs.
bool read_interval(TextCursor& in, IntervalParts& parts) {
  in.expect('P');
  if (in.at_end()) return false;
  bool clock = false;
  while (in.ok() && !in.at_end()) {
    if (!clock && in.take('T')) {
      clock = true;
      if (in.at_end()) return false;
    }
    const bool negative = in.next_is('-');
    const std::int64_t count = in.signed_number();
    const bool with_fraction = clock && in.take('.');
    const std::int64_t fraction = with_fraction ? read_fraction(in) : 0;
    const char unit = in.character();
    if (with_fraction && unit != 'S') return false;
    const bool good = clock ? parts.add_clock_part(unit, count) &&
                                  parts.add(parts.microseconds, negative ? -fraction : fraction, 1)
                            : parts.add_date_part(unit, count);
    if (!good) return false;
  }
  return in.ok();
}

// PostgreSQL reads the seconds of ISO 8601 as a double, which holds microseconds exactly up to
// 2^33: longer ones are split, so that what we write is read back as it was.
constexpr std::int64_t kMostSeconds = 1'000'000'000;

void append_seconds(std::int64_t microseconds, ByteWriter& out) {
  const bool negative = microseconds < 0;
  std::uint64_t left = negative ? 0 - static_cast<std::uint64_t>(microseconds)
                                : static_cast<std::uint64_t>(microseconds);
  const auto unit = static_cast<std::uint64_t>(kMicrosecondsPerSecond);
  if (left / unit >= static_cast<std::uint64_t>(kMostSeconds)) {
    if (negative) out.character('-');
    out.digits(left / (3600 * unit));
    out.character('H');
    left %= 3600 * unit;
    if (left == 0) return;
  }
  if (negative) out.character('-');
  out.digits(left / unit);
  if (std::uint64_t fraction = left % unit; fraction != 0) {
    unsigned digits = kMicrosecondDigits;
    for (; fraction % 10 == 0; fraction /= 10) --digits;
    out.character('.');
    out.digits_padded(fraction, digits);
  }
  out.character('S');
}

}  // namespace

bool append_date_text(std::string_view wire, ByteWriter& out) {
  if (append_infinity(wire, out)) return true;
  TextCursor in(wire);
  CalendarDate date = read_date(in);
  if (!finish_date(in, date)) return false;
  append_date(date, out);
  return true;
}

bool append_time_text(std::string_view wire, int digits, ByteWriter& out) {
  TextCursor in(wire);
  const std::int64_t clock = read_clock(in);
  return in.ok() && in.at_end() && append_clock(clock, digits, out);
}

bool append_timetz_text(std::string_view wire, int digits, ByteWriter& out) {
  TextCursor in(wire);
  const std::int64_t clock = read_clock(in);
  const std::int64_t offset = read_offset(in);
  return in.ok() && in.at_end() && append_clock(clock, digits, out) && append_offset(offset, out);
}

bool append_timestamp_text(std::string_view wire, int digits, ByteWriter& out) {
  return append_date_and_clock(wire, digits, "", out);
}

bool append_timestamptz_text(std::string_view wire, int digits, ByteWriter& out) {
  if (append_infinity(wire, out)) return true;
  if (!append_date_and_clock(wire, digits, "+00", out)) return false;
  out.character('Z');
  return true;
}

bool append_interval_text(std::string_view wire, ByteWriter& out) {
  if (append_infinity(wire, out)) return true;
  TextCursor in(wire);
  IntervalParts parts;
  if (!read_interval(in, parts)) return false;
  out.character('P');
  if (parts.months != 0) {
    out.digits(parts.months);
    out.character('M');
  }
  if (parts.days != 0) {
    out.digits(parts.days);
    out.character('D');
  }
  if (parts.microseconds != 0) {
    out.character('T');
    append_seconds(parts.microseconds, out);
  } else if (parts.months == 0 && parts.days == 0) {
    out.text("T0S");
  }
  return true;
}

}  // namespace tailrace::postgres
