#include "sinks/postgres/write_value.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace tailrace::postgres {
namespace {

using sql::DateKind;
using sql::TargetType;
using sql::ValueCheck;
using sql::ValueProblem;

ValueProblem nul_in_text() {
  return {"it contains the character NUL, which PostgreSQL cannot store",
          "remove the character at the source, or make the target column bytea"};
}

void put_quoted(std::string_view text, ByteWriter& out) {
  const std::size_t start = out.size();
  char* at = reinterpret_cast<char*>(out.extend(2 * text.size() + 2));
  char* const begin = at;
  *at++ = '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') *at++ = '\\';
    *at++ = c;
  }
  *at++ = '"';
  out.truncate(start + static_cast<std::size_t>(at - begin));
}

ValueCheck put_text(std::string_view text, ByteWriter& out) {
  if (!text.empty() && std::memchr(text.data(), '\0', text.size()) != nullptr) return nul_in_text();
  put_quoted(text, out);
  return {};
}

void put_hex(std::string_view octets, ByteWriter& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  char* at = reinterpret_cast<char*>(out.extend(2 * octets.size()));
  for (const char c : octets) {
    const auto octet = static_cast<unsigned char>(c);
    *at++ = kDigits[octet >> 4];
    *at++ = kDigits[octet & 15];
  }
}

void put_bytea(std::string_view octets, ByteWriter& out) {
  out.text("\"\\\\x");
  put_hex(octets, out);
  out.character('"');
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

ValueCheck put_date_or_timestamp(std::string_view text, ByteWriter& out) {
  switch (sql::date_kind(text)) {
    case DateKind::valid:
      break;
    case DateKind::infinite:
      out.text(text);
      return {};
    case DateKind::zero_or_partial:
      return ValueProblem{"it is a zero or partial date, which PostgreSQL does not have",
                          "correct the row at the source, or make the target column text"};
    case DateKind::impossible:
      return ValueProblem{"it is not a date of the calendar",
                          "correct the row at the source, or make the target column text"};
  }
  if (!text.starts_with('-') && sql::year_of(text) > 0) {
    put_quoted(text, out);
    return {};
  }
  // Astronomical year 0 is 1 BC.
  const bool instant = text.ends_with('Z');
  const std::string_view rest = text.substr(text.find('-', 1), text.size());
  std::string year = std::to_string(1 - sql::year_of(text));
  year.insert(0, year.size() < 4 ? 4 - year.size() : 0, '0');
  std::string moved = year + std::string(instant ? rest.substr(0, rest.size() - 1) : rest);
  put_quoted(moved + (instant ? "Z BC" : " BC"), out);
  return {};
}

// The labels of a set as a text[] literal, quoted once more as an element of an array of texts.
ValueCheck put_label_array(std::string_view labels, ByteWriter& out) {
  ByteWriter literal;
  literal.character('{');
  while (!labels.empty()) {
    const std::size_t end = std::min(labels.find(','), labels.size());
    if (literal.size() > 1) literal.character(',');
    if (auto problem = put_text(labels.substr(0, end), literal)) return problem;
    labels.remove_prefix(std::min(end + 1, labels.size()));
  }
  literal.character('}');
  put_quoted(literal.text(), out);
  return {};
}

// A JSON array of numbers, which only needs other brackets.
ValueCheck put_number_array(std::string_view json, ByteWriter& out) {
  const bool flat = json.size() >= 2 && json.front() == '[' && json.back() == ']' &&
                    json.find_first_of("[{\"", 1) == std::string_view::npos;
  if (!flat) return ValueProblem{"it is not a list of numbers", "make the target column jsonb"};
  put_quoted("{" + std::string(json.substr(1, json.size() - 2)) + "}", out);
  return {};
}

ValueCheck put_boolean(std::string_view text, ByteWriter& out) {
  out.character(text == "0" ? 'f' : 't');
  return {};
}

ValueCheck put_json(const sql::MappedColumn& column, std::string_view text, ByteWriter& out) {
  if (column.target->base_type_name == "jsonb" && sql::has_escaped_nul(text)) {
    return ValueProblem{"it contains \\u0000, which jsonb cannot store",
                        "remove it at the source, or make the target column json or text"};
  }
  return put_text(text, out);
}

ValueCheck put_integer(const sql::MappedColumn& column, std::string_view text, ByteWriter& out) {
  if (column.column->type == LogicalType::bit) {
    out.digits(sql::bits_to_integer(text));
  } else {
    out.text(text);
  }
  return {};
}

ValueCheck put_bytes(const sql::MappedColumn& column, std::string_view text, ByteWriter& out) {
  if (column.column->type != LogicalType::bit) {
    put_bytea(text, out);
    return {};
  }
  const std::size_t padding = (8 - text.size() % 8) % 8;
  const std::string bits = std::string(padding, '0') + std::string(text);
  std::string octets;
  for (std::size_t at = 0; at < bits.size(); at += 8) {
    octets += static_cast<char>(sql::bits_to_integer(std::string_view(bits).substr(at, 8)));
  }
  put_bytea(octets, out);
  return {};
}

}  // namespace

ValueCheck write_element(const sql::MappedColumn& column, std::string_view canonical,
                         ByteWriter& out) {
  if (column.narrowing) {
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
      out.text(canonical);
      return {};
    case TargetType::date:
    case TargetType::timestamp:
    case TargetType::timestamptz:
      return put_date_or_timestamp(canonical, out);
    case TargetType::bytes:
      return put_bytes(column, canonical, out);
    case TargetType::geometry:
      return put_ewkb(canonical, out);
    case TargetType::json:
      return put_json(column, canonical, out);
    case TargetType::text_array:
      if (column.column->type == LogicalType::set) return put_label_array(canonical, out);
      return ValueProblem{"arrays other than sets are not supported", "make the column jsonb"};
    case TargetType::number_array:
      return put_number_array(canonical, out);
    case TargetType::array:
      return ValueProblem{"arrays are not supported", "make the target column jsonb"};
    default:
      return put_text(canonical, out);
  }
}

}  // namespace tailrace::postgres
