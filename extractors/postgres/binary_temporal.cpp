#include "extractors/postgres/binary_temporal.h"

#include <concepts>
#include <cstdint>
#include <limits>

#include "core/byte_reader.h"
#include "extractors/postgres/temporal_fields.h"

namespace tailrace::postgres {
namespace {

template <std::signed_integral Count>
bool append_infinity(Count count, ByteWriter& out) {
  const bool high = count == std::numeric_limits<Count>::max();
  if (!high && count != std::numeric_limits<Count>::min()) return false;
  out.text(high ? kInfinity : kMinusInfinity);
  return true;
}

bool append_instant(std::int64_t microseconds, int digits, ByteWriter& out) {
  std::int64_t days = microseconds / kMicrosecondsPerDay;
  std::int64_t clock = microseconds % kMicrosecondsPerDay;
  if (clock < 0) {
    clock += kMicrosecondsPerDay;
    --days;
  }
  append_date(date_of(days), out);
  out.character(' ');
  return append_clock(clock, digits, out);
}

}  // namespace

bool append_date_binary(std::string_view wire, ByteWriter& out) {
  if (wire.size() != 4) return false;
  const auto days = static_cast<std::int32_t>(ByteReader(as_bytes(wire)).u32_be());
  if (!append_infinity(days, out)) append_date(date_of(days), out);
  return true;
}

bool append_time_binary(std::string_view wire, int digits, ByteWriter& out) {
  if (wire.size() != 8) return false;
  const auto clock = static_cast<std::int64_t>(ByteReader(as_bytes(wire)).u64_be());
  return append_clock(clock, digits, out);
}

bool append_timestamp_binary(std::string_view wire, int digits, ByteWriter& out) {
  if (wire.size() != 8) return false;
  const auto instant = static_cast<std::int64_t>(ByteReader(as_bytes(wire)).u64_be());
  return append_infinity(instant, out) || append_instant(instant, digits, out);
}

bool append_timestamptz_binary(std::string_view wire, int digits, ByteWriter& out) {
  if (wire.size() != 8) return false;
  const auto instant = static_cast<std::int64_t>(ByteReader(as_bytes(wire)).u64_be());
  if (append_infinity(instant, out)) return true;
  if (!append_instant(instant, digits, out)) return false;
  out.character('Z');
  return true;
}

bool append_timetz_binary(std::string_view wire, int digits, ByteWriter& out) {
  if (wire.size() != 12) return false;
  ByteReader in(as_bytes(wire));
  const auto clock = static_cast<std::int64_t>(in.u64_be());
  const auto west = static_cast<std::int32_t>(in.u32_be());
  return append_clock(clock, digits, out) && append_offset(-std::int64_t{west}, out);
}

}  // namespace tailrace::postgres
