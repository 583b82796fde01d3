#include "sinks/sql/column_versions.h"

#include <algorithm>
#include <string_view>

#include "core/utf8.h"
#include "sinks/sql/value_checks.h"

namespace tailrace::sql {
namespace {

using L = LogicalType;
using Text = std::optional<std::string>;

struct Integer {
  int bits;
  bool is_signed;
};

Integer integer_of(L type) {
  switch (type) {
    case L::int8:
      return {8, true};
    case L::int16:
      return {16, true};
    case L::int32:
      return {32, true};
    case L::uint8:
      return {8, false};
    case L::uint16:
      return {16, false};
    case L::uint32:
      return {32, false};
    case L::uint64:
      return {64, false};
    default:
      return {64, true};
  }
}

bool holds_integers(Integer before, Integer after) {
  if (before.is_signed && !after.is_signed) return false;
  return before.is_signed == after.is_signed ? after.bits >= before.bits : after.bits > before.bits;
}

// "YEAR" and other types that are stored as integers but convert by rules of their own.
bool is_plain_integer(const Column& column) {
  return is_integer(column.type) && !column.native_type.starts_with("year");
}

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "-12.50" of "-012.5" with two digits behind the point.
Text decimal_text(std::string_view text, int precision, int scale) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  std::string whole(text.substr(0, point));
  std::string fraction(point == std::string_view::npos ? "" : text.substr(point + 1));
  if (!is_digits(whole) || (point != std::string_view::npos && !is_digits(fraction))) return {};
  if (scale < 0 || fraction.size() > static_cast<std::size_t>(scale)) return {};
  fraction.resize(static_cast<std::size_t>(scale), '0');
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  const bool is_zero = whole == "0" && fraction.find_first_not_of('0') == std::string::npos;
  std::string out = (negative && !is_zero ? "-" : "") + whole;
  if (scale > 0) out += "." + fraction;
  if (precision > 0 && !decimal_fits(out, precision, scale)) return {};
  return out;
}

bool matches(std::string_view text, std::string_view shape) {
  return text.size() == shape.size() &&
         std::equal(text.begin(), text.end(), shape.begin(), [](char c, char wanted) {
           return wanted == '0' ? c >= '0' && c <= '9' : c == wanted;
         });
}

// The fraction is filled up with zeros; more digits than the column has would be rounded.
Text with_fraction(std::string_view text, std::string_view shape, int scale) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string fraction(point == std::string_view::npos ? "" : text.substr(point + 1));
  if (!matches(whole, shape) || fraction.size() > static_cast<std::size_t>(scale)) return {};
  if (!fraction.empty() && !is_digits(fraction)) return {};
  fraction.resize(static_cast<std::size_t>(scale), '0');
  return std::string(whole) + (scale > 0 ? "." + fraction : "");
}

Text text_value(const Column& column, std::string_view text) {
  const bool utf8 = valid_utf8_bytes(as_bytes(text)) == text.size();
  if (!utf8 || (column.length > 0 && count_characters(text) > column.length)) return {};
  std::string value(text);
  if (column.fixed_length) value.erase(value.find_last_not_of(' ') + 1);
  return value;
}

Text constant(const Column& column, const std::string& text) {
  switch (column.type) {
    case L::boolean:
      return text == "0" || text == "1" ? Text(text) : Text();
    case L::int8:
    case L::int16:
    case L::int32:
    case L::int64:
    case L::uint8:
    case L::uint16:
    case L::uint32:
    case L::uint64:
      return is_plain_integer(column) ? decimal_text(text, 0, 0) : Text();
    case L::decimal:
      return column.precision > 0 ? decimal_text(text, column.precision, column.scale) : Text();
    case L::string:
      return text_value(column, text);
    case L::enumeration: {
      const auto& labels = column.labels;
      const bool known = std::find(labels.begin(), labels.end(), text) != labels.end();
      return known ? Text(text) : Text();
    }
    case L::date:
      return date_kind(text) == DateKind::valid ? with_fraction(text, "0000-00-00", 0) : Text();
    case L::timestamp:
      return date_kind(text) == DateKind::valid
                 ? with_fraction(text, "0000-00-00 00:00:00", column.scale)
                 : Text();
    case L::time:
      return with_fraction(text, "00:00:00", column.scale);
    default:
      return {};
  }
}

Text nothing_of(const Column& column) {
  if (is_plain_integer(column)) return "0";
  if (column.type == L::decimal && column.precision > 0) return constant(column, "0");
  if (column.type == L::string) return "";
  if (column.type == L::enumeration && !column.labels.empty()) return column.labels.front();
  return {};
}

bool is_prefix(const std::vector<std::string>& shorter, const std::vector<std::string>& longer) {
  return shorter.size() <= longer.size() &&
         std::equal(shorter.begin(), shorter.end(), longer.begin());
}

bool has_labels(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  return std::all_of(before.begin(), before.end(), [&](const std::string& label) {
    return std::find(after.begin(), after.end(), label) != after.end();
  });
}

// 0: no limit of its own.
bool has_room(std::uint32_t before, std::uint32_t after) {
  return after == 0 || (before != 0 && after >= before);
}

// Every character of one set is in the other.
bool has_characters(const std::string& before, const std::string& after) {
  return before == after || after == "utf8mb4" || before == "ascii";
}

// Not NaN and infinities, which not every engine has.
bool is_finite_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("-+0123456789.e") == std::string_view::npos;
}

// Of a year that every engine has.
bool is_common_date(std::string_view text) {
  return date_kind(text) == DateKind::valid && text.size() >= 10 &&
         matches(text.substr(0, 10), "0000-00-00") && text.substr(0, 4) > "1000";
}

// The canonical form, between quotes, is a literal of the type in every engine.
bool has_plain_literal(L type, std::string_view text) {
  switch (type) {
    case L::boolean:
    case L::int8:
    case L::int16:
    case L::int32:
    case L::int64:
    case L::uint8:
    case L::uint16:
    case L::uint32:
    case L::uint64:
    case L::decimal:
    case L::float32:
    case L::float64:
      return is_finite_number(text);
    case L::string:
    case L::enumeration:
    case L::json:
    case L::uuid:
    case L::time:
      return true;
    case L::date:
    case L::timestamp:
    case L::timestamptz:
      return is_common_date(text);
    default:
      return false;
  }
}

}  // namespace

std::optional<std::optional<std::string>> filled_value(const Column& column,
                                                       const ColumnFill& fill) {
  using Kind = ColumnFill::Kind;
  if (column.generated || fill.kind == Kind::unknown) return std::nullopt;
  if (fill.kind == Kind::null) return std::optional(Text());
  if (fill.kind == Kind::canonical) {
    if (!has_plain_literal(column.type, fill.text)) return std::nullopt;
    return std::optional(Text(fill.text));
  }
  const Text value = fill.kind == Kind::zero ? nothing_of(column) : constant(column, fill.text);
  if (!value) return std::nullopt;
  return std::optional(value);
}

bool same_type(const Column& before, const Column& after) {
  Column left = before;
  left.name = after.name;
  left.nullable = after.nullable;
  left.identity = after.identity;
  left.edition = after.edition;
  left.fill = after.fill;
  return left == after;
}

bool keeps_values(const Column& before, const Column& after) {
  if (same_type(before, after)) return true;
  if (before.generated != after.generated) return false;
  if (is_plain_integer(before) && is_plain_integer(after)) {
    return holds_integers(integer_of(before.type), integer_of(after.type));
  }
  if (before.type != after.type || before.fixed_length != after.fixed_length) return false;
  switch (after.type) {
    case L::decimal:
      if (after.precision == 0 || before.precision == 0) return false;
      return after.scale >= before.scale &&
             after.precision - after.scale >= before.precision - before.scale;
    case L::string:
      return has_room(before.length, after.length) && has_characters(before.charset, after.charset);
    case L::bytes:  // BINARY(n) pads
      return !after.fixed_length && has_room(before.length, after.length);
    case L::time:
    case L::timestamp:
    case L::timestamptz:
      return after.scale >= before.scale;
    case L::enumeration:  // kept by its label, wherever that stands
      return has_labels(before.labels, after.labels);
    case L::set:
      return is_prefix(before.labels, after.labels);
    default:
      return false;
  }
}

}  // namespace tailrace::sql
