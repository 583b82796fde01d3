#include "extractors/mysql/column_plan.h"

#include <bit>

#include "extractors/mysql/column_resolver.h"
#include "extractors/mysql/decimal.h"
#include "extractors/mysql/json_binary.h"
#include "extractors/mysql/octet_types.h"
#include "extractors/mysql/temporal.h"
#include "extractors/mysql/zlib_inflate.h"

namespace tailrace::mysql {

namespace {

constexpr std::uint32_t kMaxByOneByte = 255;

HowToRead by_sign(LogicalType type, HowToRead with_sign, HowToRead without) {
  const bool is_unsigned = type >= LogicalType::uint8 && type <= LogicalType::uint64;
  return is_unsigned ? without : with_sign;
}

bool is_compressed(ColumnType type) {
  return type == ColumnType::varchar_compressed || type == ColumnType::blob_compressed;
}

HowToRead how_to_read_bytes(const TableMapColumn& wire, const Column& column) {
  switch (column.type) {
    case LogicalType::uuid:
      return HowToRead::uuid;
    case LogicalType::inet:
      return wire.size == 4 ? HowToRead::inet4 : HowToRead::inet6;
    case LogicalType::vector:
      return HowToRead::vector;
    default:
      break;
  }
  return wire.type == ColumnType::string ? HowToRead::padded_bytes : HowToRead::bytes;
}

// Text types, and those that the wire has as binary strings.
Result<ColumnPlan> plan_string(const TableMapColumn& wire, const Column& column) {
  ColumnPlan plan;
  const bool is_blob = wire.type == ColumnType::blob || wire.type == ColumnType::blob_compressed;
  plan.width = static_cast<std::uint8_t>(is_blob ? wire.size : wire.size > kMaxByOneByte ? 2 : 1);
  plan.length = wire.size;
  if (column.charset.empty()) {
    plan.how =
        is_compressed(wire.type) ? HowToRead::compressed_bytes : how_to_read_bytes(wire, column);
    return plan;
  }
  plan.charset = CharsetTable::find_by_name(column.charset);
  if (plan.charset == nullptr) {
    return Error(ErrorKind::unsupported_protocol,
                 "character set " + column.charset + " is not known");
  }
  plan.how = plan.charset->encoding == TextEncoding::utf8 ? HowToRead::utf8 : HowToRead::text;
  if (is_compressed(wire.type)) plan.how = HowToRead::compressed_text;
  return plan;
}

ColumnPlan plan_fixed(HowToRead how, std::size_t width, std::size_t digits = 0) {
  ColumnPlan plan;
  plan.how = how;
  plan.width = static_cast<std::uint8_t>(width);
  plan.digits = static_cast<std::uint8_t>(digits);
  return plan;
}

ColumnPlan plan_decimal(const TableMapColumn& wire) {
  ColumnPlan plan =
      plan_fixed(HowToRead::decimal, decimal_bytes(wire.precision, wire.scale), wire.scale);
  plan.precision = wire.precision;
  return plan;
}

ColumnPlan plan_labels(HowToRead how, const TableMapColumn& wire, const Column& column) {
  ColumnPlan plan = plan_fixed(how, wire.size);
  plan.labels = &column.labels;
  return plan;
}

}  // namespace

Result<ColumnPlan> plan_column(const TableMapColumn& wire, const Column& column) {
  const LogicalType type = column.type;
  switch (wire.type) {
    case ColumnType::tiny:
      return plan_fixed(by_sign(type, HowToRead::int8, HowToRead::uint8), 1);
    case ColumnType::short_:
      return plan_fixed(by_sign(type, HowToRead::int16, HowToRead::uint16), 2);
    case ColumnType::int24:
      return plan_fixed(by_sign(type, HowToRead::int24, HowToRead::uint24), 3);
    case ColumnType::long_:
      return plan_fixed(by_sign(type, HowToRead::int32, HowToRead::uint32), 4);
    case ColumnType::longlong:
      return plan_fixed(by_sign(type, HowToRead::int64, HowToRead::uint64), 8);
    case ColumnType::float_:
      return plan_fixed(HowToRead::float32, 4);
    case ColumnType::double_:
      return plan_fixed(HowToRead::float64, 8);
    case ColumnType::newdecimal:
      return plan_decimal(wire);
    case ColumnType::year:
      return plan_fixed(HowToRead::year, 1);
    case ColumnType::date:
      return plan_fixed(HowToRead::date, 3);
    case ColumnType::time:
      return plan_fixed(HowToRead::old_time, 3);
    case ColumnType::datetime:
      return plan_fixed(HowToRead::old_datetime, 8);
    case ColumnType::timestamp:
      return plan_fixed(HowToRead::old_timestamp, 4);
    case ColumnType::time2:
      return plan_fixed(HowToRead::time2, 0, wire.size);
    case ColumnType::datetime2:
      return plan_fixed(HowToRead::datetime2, 0, wire.size);
    case ColumnType::timestamp2:
      return plan_fixed(HowToRead::timestamp2, 0, wire.size);
    case ColumnType::bit:
      return plan_fixed(HowToRead::bit, (wire.size + 7) / 8, wire.size);
    case ColumnType::enumeration:
      return plan_labels(HowToRead::enumeration, wire, column);
    case ColumnType::set:
      return plan_labels(HowToRead::set, wire, column);
    case ColumnType::json:
      return plan_fixed(HowToRead::json, wire.size);
    case ColumnType::geometry:
      return plan_fixed(HowToRead::geometry, wire.size);
    case ColumnType::vector:
      return plan_fixed(HowToRead::vector, wire.size);
    default:
      return plan_string(wire, column);
  }
}

ReadOutcome ValueReader::good_or(bool good, std::string_view reason) {
  bad_reason_ = reason;
  return good ? ReadOutcome::good : ReadOutcome::bad_value;
}

ReadOutcome ValueReader::read(const ColumnPlan& plan, ByteReader& in, ByteWriter& out) {
  const ReadOutcome outcome = read_value(plan, in, out);
  return in.ok() ? outcome : ReadOutcome::cut_off;
}

ReadOutcome ValueReader::read_value(const ColumnPlan& plan, ByteReader& in, ByteWriter& out) {
  switch (plan.how) {
    case HowToRead::int8:
      out.digits(static_cast<std::int32_t>(static_cast<std::int8_t>(in.u8())));
      break;
    case HowToRead::uint8:
      out.digits(std::uint32_t{in.u8()});
      break;
    case HowToRead::int16:
      out.digits(static_cast<std::int32_t>(static_cast<std::int16_t>(in.u16_le())));
      break;
    case HowToRead::uint16:
      out.digits(std::uint32_t{in.u16_le()});
      break;
    case HowToRead::int24:
      // the sign is the 24th bit
      out.digits(static_cast<std::int32_t>(in.u24_le() << 8) >> 8);
      break;
    case HowToRead::uint24:
      out.digits(in.u24_le());
      break;
    case HowToRead::int32:
      out.digits(static_cast<std::int32_t>(in.u32_le()));
      break;
    case HowToRead::uint32:
      out.digits(in.u32_le());
      break;
    case HowToRead::int64:
      out.digits(static_cast<std::int64_t>(in.u64_le()));
      break;
    case HowToRead::uint64:
      out.digits(in.u64_le());
      break;
    case HowToRead::float32:
      append_float32(std::bit_cast<float>(in.u32_le()), out);
      break;
    case HowToRead::float64:
      append_float64(std::bit_cast<double>(in.u64_le()), out);
      break;
    case HowToRead::decimal: {
      const Bytes stored = in.bytes(plan.width);
      return good_or(append_decimal(stored, plan.precision, plan.digits, out), "not a decimal");
    }
    case HowToRead::year: {
      const std::uint32_t year = in.u8();
      out.digits(year == 0 ? 0 : year + 1900);
      break;
    }
    case HowToRead::date:
      return good_or(append_date(in.u24_le(), out), "not a date");
    case HowToRead::old_time:
      return good_or(append_old_time(in.u24_le(), out), "not a time");
    case HowToRead::old_datetime:
      return good_or(append_old_datetime(in.u64_le(), out), "not a date and time");
    case HowToRead::old_timestamp:
      return good_or(append_old_timestamp(in.u32_le(), out), "not a timestamp");
    case HowToRead::time2:
      return good_or(append_time2(in, plan.digits, out), "not a time");
    case HowToRead::datetime2:
      return good_or(append_datetime2(in, plan.digits, out), "not a date and time");
    case HowToRead::timestamp2:
      return good_or(append_timestamp2(in, plan.digits, out), "not a timestamp");
    case HowToRead::bit:
      append_bits(in.uint_be(plan.width), plan.digits, out);
      break;
    case HowToRead::enumeration:
      return good_or(append_enumeration(in.uint_le(plan.width), *plan.labels, out),
                     "a label that the ENUM does not have");
    case HowToRead::set:
      return good_or(append_set(in.uint_le(plan.width), *plan.labels, out),
                     "a member that the SET does not have");
    default: {
      const Bytes value = in.bytes(in.uint_le(plan.width));
      return in.ok() ? read_sized(plan, value, out) : ReadOutcome::cut_off;
    }
  }
  return ReadOutcome::good;
}

ReadOutcome ValueReader::read_sized(const ColumnPlan& plan, Bytes value, ByteWriter& out) {
  switch (plan.how) {
    case HowToRead::utf8:
    case HowToRead::text:
      return read_text(*plan.charset, value, out);
    case HowToRead::padded_bytes:
      if (value.size() > plan.length) return good_or(false, "longer than its column");
      out.bytes(value);
      out.fill('\0', plan.length - value.size());
      return ReadOutcome::good;
    case HowToRead::json:
      bad_reason_ = append_json(value, out);
      return bad_reason_.empty() ? ReadOutcome::good : ReadOutcome::bad_value;
    case HowToRead::vector:
      return good_or(append_vector(value, out), "not a vector");
    case HowToRead::uuid:
      return good_or(append_uuid(value, out), "not a uuid");
    case HowToRead::inet4:
      return good_or(append_inet4(value, out), "not an address");
    case HowToRead::inet6:
      return good_or(append_inet6(value, out), "not an address");
    case HowToRead::compressed_text:
    case HowToRead::compressed_bytes:
      return read_compressed(plan, value, out);
    default:
      out.bytes(value);
      return ReadOutcome::good;
  }
}

ReadOutcome ValueReader::read_text(const Charset& charset, Bytes value, ByteWriter& out) {
  const auto bad = converter_.append_utf8(charset, value, out);
  if (!bad) return ReadOutcome::good;
  bad_offset_ = *bad;
  return ReadOutcome::bad_text;
}

ReadOutcome ValueReader::read_compressed(const ColumnPlan& plan, Bytes value, ByteWriter& out) {
  inflated_.clear();
  if (!append_uncompressed_column(value, inflated_)) {
    return good_or(false, "compressed value does not inflate");
  }
  if (plan.how == HowToRead::compressed_text) {
    return read_text(*plan.charset, inflated_.view(), out);
  }
  out.bytes(inflated_.view());
  return ReadOutcome::good;
}

}  // namespace tailrace::mysql
