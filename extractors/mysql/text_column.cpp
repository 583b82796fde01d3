#include "extractors/mysql/text_column.h"

#include <algorithm>
#include <charconv>
#include <string>

#include <fmt/core.h>

#include "extractors/mysql/octet_types.h"
#include "extractors/mysql/quoted_name.h"

namespace tailrace::mysql {

namespace {

TextForm form_of(HowToRead how) {
  switch (how) {
    case HowToRead::int8:
    case HowToRead::uint8:
    case HowToRead::int16:
    case HowToRead::uint16:
    case HowToRead::int24:
    case HowToRead::uint24:
    case HowToRead::int32:
    case HowToRead::uint32:
    case HowToRead::int64:
    case HowToRead::uint64:
    case HowToRead::decimal:
    case HowToRead::year:
      return TextForm::number;
    case HowToRead::float32:
      return TextForm::float32;
    case HowToRead::float64:
      return TextForm::float64;
    case HowToRead::date:
    case HowToRead::old_time:
    case HowToRead::old_datetime:
    case HowToRead::time2:
    case HowToRead::datetime2:
    case HowToRead::json:
      return TextForm::as_is;
    case HowToRead::old_timestamp:
    case HowToRead::timestamp2:
      return TextForm::instant;
    case HowToRead::bit:
      return TextForm::bits;
    case HowToRead::enumeration:
      return TextForm::label_index;
    case HowToRead::set:
      return TextForm::label_mask;
    case HowToRead::utf8:
    case HowToRead::text:
    case HowToRead::compressed_text:
      return TextForm::text;
    case HowToRead::bytes:
    case HowToRead::padded_bytes:
    case HowToRead::compressed_bytes:
    case HowToRead::geometry:
      return TextForm::octets;
    case HowToRead::vector:
      return TextForm::vector;
    case HowToRead::uuid:
      return TextForm::uuid;
    case HowToRead::inet4:
      return TextForm::inet4;
    case HowToRead::inet6:
      return TextForm::inet6;
  }
  return TextForm::as_is;
}

// information_schema shows characters beyond the basic plane as question marks.
bool may_hide_characters(const std::vector<std::string>& labels) {
  return std::any_of(labels.begin(), labels.end(),
                     [](const std::string& label) { return label.find('?') != std::string::npos; });
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "00042" of a ZEROFILL column, "0000" of a YEAR, "0007.50".
std::string_view without_leading_zeros(std::string_view number) {
  while (number.size() > 1 && number[0] == '0' && is_digit(number[1])) number.remove_prefix(1);
  return number;
}

bool append_number(std::string_view cell, ByteWriter& out) {
  if (cell.empty()) return false;
  out.text(cell[0] == '0' ? without_leading_zeros(cell) : cell);
  return true;
}

bool append_double(std::string_view cell, bool narrow, ByteWriter& out) {
  double value = 0;
  const auto [end, code] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (code != std::errc() || end != cell.data() + cell.size()) return false;
  if (narrow) {
    append_float32(static_cast<float>(value), out);
  } else {
    append_float64(value, out);
  }
  return true;
}

bool parse_number(std::string_view cell, std::uint64_t& value) {
  const auto [end, code] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  return code == std::errc() && end == cell.data() + cell.size();
}

bool append_bit_octets(std::string_view cell, unsigned bits, ByteWriter& out) {
  if (cell.size() != (bits + 7) / 8) return false;
  ByteReader in(as_bytes(cell));
  append_bits(in.uint_be(cell.size()), bits, out);
  return true;
}

bool has_label(const std::vector<std::string>& labels, std::string_view text) {
  return std::find(labels.begin(), labels.end(), text) != labels.end();
}

}  // namespace

std::string select_expression(TextForm form, const std::string& value) {
  switch (form) {
    case TextForm::float32:
    case TextForm::float64:
      // Multiplied, because the text of FLOAT is rounded, that of DOUBLE(M,D) too, and "+ 0" would
      // lose the sign of zero. The factor has no declared scale, so neither has the product.
      return fmt::format("{} * 1e0", value);
    case TextForm::label_index:
    case TextForm::label_mask:
      return fmt::format("CAST({} AS UNSIGNED)", value);
    case TextForm::uuid:
    case TextForm::inet6:
      return fmt::format("CAST({} AS BINARY(16))", value);
    case TextForm::inet4:
      return fmt::format("CAST({} AS BINARY(4))", value);
    default:
      return value;
  }
}

TextColumn plan_text_column(const ColumnPlan& plan, const Column& column) {
  TextColumn text;
  text.form = form_of(plan.how);
  text.digits = plan.digits;
  text.charset = plan.charset;
  text.labels = plan.labels;
  if (plan.labels != nullptr && !column.charset.empty() && may_hide_characters(*plan.labels)) {
    text.charset = CharsetTable::find_by_name(column.charset);
    text.is_set = text.form == TextForm::label_mask;
    text.form = TextForm::label_text;
  }
  text.expression = select_expression(text.form, quoted_name(column.name));
  text.error_is_nul =
      text.form == TextForm::label_text && !text.is_set && !error_label(*plan.labels).empty();
  if (text.error_is_nul) {
    text.expression = fmt::format("IF({0} + 0 = 0, X'00', CAST({0} AS BINARY))", text.expression);
  }
  return text;
}

ReadOutcome TextValueReader::good_or(bool good, std::string_view reason) {
  bad_reason_ = reason;
  return good ? ReadOutcome::good : ReadOutcome::bad_value;
}

ReadOutcome TextValueReader::read(const TextColumn& column, std::string_view cell,
                                  ByteWriter& out) {
  switch (column.form) {
    case TextForm::number:
      return good_or(append_number(cell, out), "not a number");
    case TextForm::float32:
      return good_or(append_double(cell, true, out), "not a number");
    case TextForm::float64:
      return good_or(append_double(cell, false, out), "not a number");
    case TextForm::as_is:
    case TextForm::octets:
      out.text(cell);
      return ReadOutcome::good;
    case TextForm::instant:
      out.text(cell);
      out.character('Z');
      return ReadOutcome::good;
    case TextForm::bits:
      return good_or(append_bit_octets(cell, column.digits, out), "not as long as its column");
    case TextForm::label_index:
    case TextForm::label_mask:
      return read_label(column, cell, out);
    case TextForm::label_text:
      return read_label_text(column, cell, out);
    case TextForm::text:
      return read_text(*column.charset, cell, out);
    case TextForm::vector:
      return good_or(append_vector(as_bytes(cell), out), "not a vector");
    case TextForm::uuid:
      return good_or(append_uuid(as_bytes(cell), out), "not a uuid");
    case TextForm::inet4:
      return good_or(append_inet4(as_bytes(cell), out), "not an address");
    case TextForm::inet6:
      return good_or(append_inet6(as_bytes(cell), out), "not an address");
  }
  return good_or(false, "a form without a rule");
}

ReadOutcome TextValueReader::read_label(const TextColumn& column, std::string_view cell,
                                        ByteWriter& out) {
  std::uint64_t number = 0;
  if (!parse_number(cell, number)) return good_or(false, "not the number of a label");
  if (column.form == TextForm::label_mask) {
    return good_or(append_set(number, *column.labels, out), "a member that the SET does not have");
  }
  return good_or(append_enumeration(number, *column.labels, out),
                 "a label that the ENUM does not have");
}

ReadOutcome TextValueReader::read_label_text(const TextColumn& column, std::string_view cell,
                                             ByteWriter& out) {
  constexpr std::string_view kHidden =
      "its label has characters that information_schema does not show";
  if (column.error_is_nul && cell == std::string_view("\0", 1)) {
    return good_or(append_enumeration(0, *column.labels, out), kHidden);
  }
  const std::size_t start = out.size();
  const ReadOutcome outcome = read_text(*column.charset, cell, out);
  if (outcome != ReadOutcome::good) return outcome;
  std::string_view rest = out.text().substr(start);
  if (!column.is_set) return good_or(rest.empty() || has_label(*column.labels, rest), kHidden);
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    if (!has_label(*column.labels, rest.substr(0, comma))) return good_or(false, kHidden);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return ReadOutcome::good;
}

ReadOutcome TextValueReader::read_text(const Charset& charset, std::string_view cell,
                                       ByteWriter& out) {
  const auto bad = converter_.append_utf8(charset, as_bytes(cell), out);
  if (!bad) return ReadOutcome::good;
  bad_offset_ = *bad;
  return ReadOutcome::bad_text;
}

}  // namespace tailrace::mysql
