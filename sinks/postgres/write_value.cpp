#include "sinks/postgres/write_value.h"

#include <algorithm>
#include <string>

#include "sinks/postgres/write_array.h"

namespace tailrace::postgres {
namespace {

using sql::TargetType;
using sql::ValueCheck;
using sql::ValueProblem;

void put_hex(std::string_view octets, ByteWriter& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  char* at = reinterpret_cast<char*>(out.extend(2 * octets.size()));
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    *at++ = kDigits[octet >> 4];
    *at++ = kDigits[octet & 15];
  }
}

void put_bytea(std::string_view octets, ValueForm form, ByteWriter& out) {
  const bool element = form == ValueForm::array_element;
  if (element) out.character('"');
  out.text(form == ValueForm::plain ? "\\x" : "\\\\x");
  put_hex(octets, out);
  if (element) out.character('"');
}

// SRID (little endian) and WKB become PostGIS' EWKB.
ValueCheck put_ewkb(std::string_view octets, ByteWriter& out) {
  constexpr unsigned char kHasSrid = 0x20;
  if (octets.size() < 9 || octets[4] != 1) {
    return ValueProblem{"it is not little-endian WKB", "map the column to bytea"};
  }
  std::string ewkb(octets.substr(4));
  if (octets.substr(0, 4) != std::string_view("\0\0\0\0", 4)) {
    ewkb[4] = static_cast<char>(static_cast<unsigned char>(ewkb[4]) | kHasSrid);
    ewkb.insert(5, octets.substr(0, 4));
  }
  put_hex(ewkb, out);
  return {};
}

// The labels of a set as a text[] literal.
ValueCheck put_label_array(std::string_view labels, ValueForm form, ByteWriter& out) {
  const std::size_t start = out.size();
  out.character('{');
  while (!labels.empty()) {
    const std::size_t end = std::min(labels.find(','), labels.size());
    if (out.size() - start > 1) out.character(',');
    if (auto problem = put_text(labels.substr(0, end), ValueForm::array_element, out)) {
      return problem;
    }
    labels.remove_prefix(std::min(end + 1, labels.size()));
  }
  out.character('}');
  escape_from(start, form, out);
  return {};
}

ValueCheck put_boolean(std::string_view text, ByteWriter& out) {
  out.character(text == "0" ? 'f' : 't');
  return {};
}

ValueCheck put_json(const sql::MappedColumn& column, std::string_view text, ValueForm form,
                    ByteWriter& out) {
  if (column.target->base_type_name == "jsonb" && sql::has_escaped_nul(text)) {
    return ValueProblem{"it contains \\u0000, which jsonb cannot store",
                        "remove it at the source, or make the target column json or text"};
  }
  return put_text(text, form, out);
}

ValueCheck put_number(std::string_view text, ValueForm form, ByteWriter& out) {
  if (text.empty()) {
    put_escaped(text, form, out);  // bit varying without bits
  } else {
    out.text(text);
  }
  return {};
}

// The server would cut a longer one in silence.
ValueCheck put_name(std::string_view text, ValueForm form, ByteWriter& out) {
  if (text.size() < 64) return put_text(text, form, out);
  return ValueProblem{"it is longer than 63 octets", "make the target column text"};
}

ValueCheck put_json_array(const sql::MappedColumn& column, std::string_view text, ValueForm form,
                          ByteWriter& out) {
  if (!has_own_bounds(text)) return put_json(column, text, form, out);
  return ValueProblem{"it is an array whose first index is not 1, which JSON has no form for",
                      "give the target column the type of the source's, or text"};
}

ValueCheck put_integer(const sql::MappedColumn& column, std::string_view text, ByteWriter& out) {
  if (column.column->type == LogicalType::bit) {
    out.digits(sql::bits_to_integer(text));
  } else {
    out.text(text);
  }
  return {};
}

ValueCheck put_bytes(const sql::MappedColumn& column, std::string_view text, ValueForm form,
                     ByteWriter& out) {
  if (column.column->type != LogicalType::bit) {
    put_bytea(text, form, out);
    return {};
  }
  const std::size_t padding = (8 - text.size() % 8) % 8;
  const std::string bits = std::string(padding, '0') + std::string(text);
  std::string octets;
  for (std::size_t at = 0; at < bits.size(); at += 8) {
    octets += static_cast<char>(sql::bits_to_integer(std::string_view(bits).substr(at, 8)));
  }
  put_bytea(octets, form, out);
  return {};
}

// MySQL's index 0 beside the label that is empty (error_label()).
bool is_error_label(const sql::MappedColumn& column, std::string_view canonical) {
  return column.column->type == LogicalType::enumeration &&
         canonical == std::string_view("\0", 1) && column.target->type != TargetType::bytes;
}

}  // namespace

ValueCheck write_value(const sql::MappedColumn& column, std::string_view canonical, ValueForm form,
                       ByteWriter& out) {
  if (is_error_label(column, canonical)) {
    return ValueProblem{"it is the value that MySQL stores for an invalid label, not the empty one",
                        "correct the row at the source, or make the target column bytea"};
  }
  // NaN needs no room: numeric(p,s) takes it.
  const bool is_nan = column.target->type == TargetType::decimal && sql::is_nan(canonical);
  if (column.narrowing && !is_nan) {
    if (auto problem = sql::check_room(column, canonical)) return problem;
  }
  switch (column.target->type) {
    case TargetType::boolean:
      return put_boolean(canonical, out);
    case TargetType::integer:
      return put_integer(column, canonical, out);
    case TargetType::decimal:
    case TargetType::float32:
    case TargetType::float64:
    case TargetType::bit:
    case TargetType::varbit:
      return put_number(canonical, form, out);
    case TargetType::text:
      return column.target->native_base == "name" ? put_name(canonical, form, out)
                                                  : put_text(canonical, form, out);
    case TargetType::date:
    case TargetType::timestamp:
    case TargetType::timestamptz:
      return put_date_or_timestamp(canonical, form, out);
    case TargetType::bytes:
      return put_bytes(column, canonical, form, out);
    case TargetType::geometry:
      if (column.column->type != LogicalType::geometry) return put_text(canonical, form, out);
      return put_ewkb(canonical, out);
    case TargetType::json:
      if (column.column->type == LogicalType::array)
        return put_json_array(column, canonical, form, out);
      return put_json(column, canonical, form, out);
    case TargetType::text_array:
      if (column.column->type == LogicalType::set) return put_label_array(canonical, form, out);
      return write_array(*column.target, canonical, form, out);
    case TargetType::number_array:
    case TargetType::array:
      return write_array(*column.target, canonical, form, out);
    default:
      return put_text(canonical, form, out);
  }
}

}  // namespace tailrace::postgres
