#include "sinks/mysql/write_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "sinks/mysql/json_values.h"
#include "sinks/mysql/load_data.h"
#include "sinks/mysql/special_values.h"

namespace tailrace::mysql {
namespace {

using sql::TargetType;
using sql::ValueCheck;
using sql::ValueProblem;

bool is_field(const Literals& literals) {
  return literals.form == ValueForm::field;
}

// For text that consists of digits and punctuation.
void put_plain(std::string_view text, const Literals& literals, ByteWriter& out) {
  if (is_field(literals)) {
    out.text(text);
    return;
  }
  out.character('\'');
  out.text(text);
  out.character('\'');
}

void put_quoted(std::string_view text, const Literals& literals, ByteWriter& out) {
  if (is_field(literals)) {
    put_field_text(text, out);
    return;
  }
  out.character('\'');
  literals.escape(literals.connection, text, out);
  out.character('\'');
}

void put_hex(std::string_view octets, const Literals& literals, ByteWriter& out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  if (!is_field(literals)) out.text("X'");
  char* at = reinterpret_cast<char*>(out.extend(2 * octets.size()));
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    *at++ = kDigits[octet >> 4];
    *at++ = kDigits[octet & 15];
  }
  if (!is_field(literals)) out.character('\'');
}

void put_bits(std::string_view bits, const Literals& literals, ByteWriter& out) {
  if (is_field(literals)) {
    out.digits(sql::bits_to_integer(bits));
    return;
  }
  out.character('b');
  put_plain(bits, literals, out);
}

void put_vector(std::string_view text, const Literals& literals, ByteWriter& out) {
  if (is_field(literals)) {
    out.text(text);
    return;
  }
  out.text(literals.mariadb ? "VEC_FromText(" : "STRING_TO_VECTOR(");
  put_plain(text, literals, out);
  out.character(')');
}

// With an exponent, or it would be taken for a DECIMAL first, which has fewer digits. A FLOAT is
// compared as a double: it is only equal to the whole of its value, not to its shortest text.
void put_float(TargetType type, std::string_view text, ByteWriter& out) {
  std::array<char, 32> whole{};
  float value = 0;
  const char* end = text.data() + text.size();
  if (type == TargetType::float32 && std::from_chars(text.data(), end, value).ec == std::errc()) {
    const auto printed = std::to_chars(whole.data(), whole.data() + whole.size(), double{value});
    text = {whole.data(), static_cast<std::size_t>(printed.ptr - whole.data())};
  }
  out.text(text);
  if (text.find('e') == std::string_view::npos) out.text("e0");
}

void put_date_or_time_of_day(std::string_view text, const Literals& literals, ByteWriter& out) {
  put_plain(text.ends_with('Z') ? text.substr(0, text.size() - 1) : text, literals, out);
}

bool is_array_of_floats(const Column& column) {
  const std::string_view native = column.native_type;
  return native.starts_with("double precision[") || native.starts_with("real[");
}

// MySQL's JSON takes -0 for an integer, which has no sign then.
std::string with_signed_zeros(std::string_view array) {
  std::string out;
  for (std::size_t at = 0; at < array.size(); ++at) {
    out += array[at];
    const bool is_zero = array[at] == '0' && at > 0 && array[at - 1] == '-';
    if (is_zero && (array[at + 1] == ',' || array[at + 1] == ']')) out += ".0";
  }
  return out;
}

ValueCheck check_json(const sql::MappedColumn& column, std::string_view text) {
  constexpr const char* kWayOut = "make the target column LONGTEXT";
  if (column.column->type == LogicalType::array && has_lower_bounds(text)) {
    return ValueProblem{"it is an array whose lower bounds are not 1, which JSON does not have",
                        kWayOut};
  }
  // Their digits say which double it is, however many there are.
  if (is_array_of_floats(*column.column) || keeps_all_numbers(text)) return {};
  return ValueProblem{"it has a number with more digits than MySQL's JSON keeps", kWayOut};
}

void put_json(const sql::MappedColumn& column, std::string_view text, const Literals& literals,
              ByteWriter& out) {
  const bool has_minus_zero =
      is_array_of_floats(*column.column) &&
      (text.find("-0,") != std::string_view::npos || text.find("-0]") != std::string_view::npos);
  if (has_minus_zero) {
    put_quoted(with_signed_zeros(text), literals, out);
  } else {
    put_quoted(text, literals, out);
  }
}

ValueCheck put_integer(const sql::MappedColumn& column, std::string_view text, ByteWriter& out) {
  if (column.column->type == LogicalType::bit) {
    out.digits(sql::bits_to_integer(text));
  } else {
    out.text(text);
  }
  return {};
}

// MySQL's error value, index 0, reads as the empty label and cannot be written as such.
bool is_error_value(const Column& column, std::string_view label) {
  const auto& labels = column.labels;
  return column.type == LogicalType::enumeration && label == error_label(labels) &&
         std::find(labels.begin(), labels.end(), label) == labels.end();
}

ValueCheck put_label(const sql::MappedColumn& column, std::string_view label,
                     const Literals& literals, ByteWriter& out) {
  if (is_error_value(*column.column, label)) {
    return ValueProblem{"it is the empty value that MySQL stores for an invalid label",
                        "correct the row at the source, or make the target column VARCHAR"};
  }
  const auto& target = column.target->labels;
  if (!label.empty() && !target.empty() &&
      std::find(target.begin(), target.end(), label) == target.end()) {
    return ValueProblem{"its label is none of the target column's",
                        "add the label to the target column's ENUM, or make it VARCHAR"};
  }
  put_quoted(label, literals, out);
  return {};
}

// MariaDB stores a UUID in the order of its time, which it cannot tell of these.
bool is_stored_by_mariadb(std::string_view uuid) {
  constexpr std::size_t kVersion = 14;
  constexpr std::size_t kVariant = 19;
  return uuid.size() != 36 || uuid[kVersion] < '8' || uuid[kVariant] >= '8';
}

ValueCheck put_uuid(std::string_view uuid, const Literals& literals, ByteWriter& out) {
  if (!is_stored_by_mariadb(uuid)) {
    return ValueProblem{"MariaDB takes no UUID of a version from 8 on without the standard variant",
                        "make the target column CHAR(36)"};
  }
  put_quoted(uuid, literals, out);
  return {};
}

ValueCheck put_bytes(const sql::MappedColumn& column, std::string_view text,
                     const Literals& literals, ByteWriter& out) {
  if (column.column->type != LogicalType::bit) {
    put_hex(text, literals, out);
    return {};
  }
  const std::string bits = std::string((8 - text.size() % 8) % 8, '0') + std::string(text);
  std::string octets;
  for (std::size_t at = 0; at < bits.size(); at += 8) {
    octets += static_cast<char>(sql::bits_to_integer(std::string_view(bits).substr(at, 8)));
  }
  put_hex(octets, literals, out);
  return {};
}

}  // namespace

ValueCheck write_literal(const sql::MappedColumn& column, std::string_view canonical,
                         const Literals& literals, ByteWriter& out) {
  if (auto problem = check_special(column, canonical)) return problem;
  if (column.narrowing) {
    if (auto problem = sql::check_room(column, canonical)) return problem;
  }
  switch (column.target->type) {
    case TargetType::integer:
      return put_integer(column, canonical, out);
    case TargetType::decimal:
      out.text(canonical);
      return {};
    case TargetType::float32:
    case TargetType::float64:
      put_float(column.target->type, canonical, out);
      return {};
    case TargetType::bytes:
      return put_bytes(column, canonical, literals, out);
    // The server's own form of a geometry is what the canonical one is: SRID and WKB.
    case TargetType::geometry:
      put_hex(canonical, literals, out);
      return {};
    case TargetType::date:
    case TargetType::timestamp:
    case TargetType::timestamptz:
      put_date_or_time_of_day(canonical, literals, out);
      return {};
    case TargetType::time:
      put_plain(canonical, literals, out);
      return {};
    case TargetType::bit:
    case TargetType::varbit:
      put_bits(canonical, literals, out);
      return {};
    case TargetType::enumeration:
      return put_label(column, canonical, literals, out);
    case TargetType::vector:
      put_vector(canonical, literals, out);
      return {};
    case TargetType::uuid:
      return put_uuid(canonical, literals, out);
    case TargetType::json:
      if (auto problem = check_json(column, canonical)) return problem;
      put_json(column, canonical, literals, out);
      return {};
    default:
      put_quoted(canonical, literals, out);
      return {};
  }
}

}  // namespace tailrace::mysql
