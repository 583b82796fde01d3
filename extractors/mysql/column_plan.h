#pragma once

// How the values of one column are read, decided once per table version: the switch over `how` is
// all that is left to do per value.

#include <string>
#include <vector>

#include "core/byte_writer.h"
#include "core/table_schema.h"
#include "extractors/mysql/charset.h"
#include "extractors/mysql/table_map.h"

namespace tailrace::mysql {

enum class HowToRead : std::uint8_t {
  int8,
  uint8,
  int16,
  uint16,
  int24,
  uint24,
  int32,
  uint32,
  int64,
  uint64,
  float32,
  float64,
  decimal,
  year,
  date,
  old_time,
  old_datetime,
  old_timestamp,
  time2,
  datetime2,
  timestamp2,
  bit,
  enumeration,
  set,
  // these have a length prefix of `width` bytes
  utf8,
  text,  // of any other character set
  bytes,
  padded_bytes,  // BINARY(n): trailing zero bytes were cut off
  json,
  geometry,
  vector,
  uuid,
  inet4,
  inet6,
  compressed_text,
  compressed_bytes,
};

struct ColumnPlan {
  HowToRead how{};
  std::uint8_t width = 0;   // bytes of the value, or of its length prefix
  std::uint8_t digits = 0;  // fraction digits; decimal: scale; bit: bits
  std::uint8_t precision = 0;
  std::uint32_t length = 0;  // padded_bytes
  const Charset* charset = nullptr;
  const std::vector<std::string>* labels = nullptr;  // lives in the schema
};

// schema: what to_table_schema made of the same column.
Result<ColumnPlan> plan_column(const TableMapColumn& wire, const Column& column);

// What reading one value came to.
enum class ReadOutcome : std::uint8_t { good, cut_off, bad_text, bad_value };

// Appends the canonical bytes of one value. One per row decoder: holds what is reused.
class ValueReader {
 public:
  ReadOutcome read(const ColumnPlan& plan, ByteReader& in, ByteWriter& out);

  // Of the value that was not good.
  std::size_t bad_offset() const { return bad_offset_; }       // bad_text: of the first bad byte
  std::string_view bad_reason() const { return bad_reason_; }  // bad_value

 private:
  ReadOutcome read_value(const ColumnPlan& plan, ByteReader& in, ByteWriter& out);
  ReadOutcome read_sized(const ColumnPlan& plan, Bytes value, ByteWriter& out);
  ReadOutcome read_text(const Charset& charset, Bytes value, ByteWriter& out);
  ReadOutcome read_compressed(const ColumnPlan& plan, Bytes value, ByteWriter& out);
  ReadOutcome good_or(bool good, std::string_view reason);

  TextConverter converter_;
  ByteWriter inflated_;
  std::size_t bad_offset_ = 0;
  std::string_view bad_reason_;
};

}  // namespace tailrace::mysql
