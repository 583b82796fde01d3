#pragma once

// Column values as a SELECT answers them (text protocol), turned into the canonical bytes that the
// log's decoder makes of the same value. Decided once per column: what to select, and how to read
// it. The session must have time_zone '+00:00', an empty sql_mode, and character_set_results NULL:
// text then comes in its column's own character set and goes through the same converter as that of
// the log, with the same verdict on bytes that are no text.

#include <optional>
#include <string>
#include <string_view>

#include "extractors/mysql/column_plan.h"

namespace tailrace::mysql {

enum class TextForm : std::uint8_t {
  number,   // integers, years and decimals; ZEROFILL pads them
  float32,  // as text of a double: that of a FLOAT is rounded to six digits
  float64,
  as_is,    // dates, times, JSON of MySQL
  instant,  // TIMESTAMP: without zone
  bits,     // BIT: octets, big endian
  label_index,
  label_mask,
  label_text,  // labels that the catalogue cannot show; checked against those that it shows
  text,
  octets,
  vector,
  uuid,
  inet4,
  inet6,
};

struct TextColumn {
  TextForm form{};
  std::string expression;  // what to select
  std::uint8_t digits = 0;
  const Charset* charset = nullptr;
  const std::vector<std::string>* labels = nullptr;  // lives in the schema
  bool is_set = false;                               // label_text
  bool error_is_nul = false;  // label_text of an ENUM: the expression says so of index 0
};

TextColumn plan_text_column(const ColumnPlan& plan, const Column& column);
// The same of another value of the column's type than the column itself: "DEFAULT(`c`)".
std::string select_expression(TextForm form, const std::string& value);

// Appends canonical bytes. One per reader of rows: holds what is reused.
class TextValueReader {
 public:
  ReadOutcome read(const TextColumn& column, std::string_view cell, ByteWriter& out);

  // Of the value that was not good, as with ValueReader.
  std::size_t bad_offset() const { return bad_offset_; }
  std::string_view bad_reason() const { return bad_reason_; }

 private:
  ReadOutcome read_label(const TextColumn& column, std::string_view cell, ByteWriter& out);
  ReadOutcome read_label_text(const TextColumn& column, std::string_view cell, ByteWriter& out);
  ReadOutcome read_text(const Charset& charset, std::string_view cell, ByteWriter& out);
  ReadOutcome good_or(bool good, std::string_view reason);

  TextConverter converter_;
  std::size_t bad_offset_ = 0;
  std::string_view bad_reason_;
};

}  // namespace tailrace::mysql
