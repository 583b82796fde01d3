#include "sinks/postgres/value_text.h"

#include <array>
#include <cstring>
#include <string>

namespace tailrace::postgres {

using sql::DateKind;
using sql::ValueCheck;
using sql::ValueProblem;

namespace {

ValueProblem nul_in_text() {
  return {"it contains the character NUL, which PostgreSQL cannot store",
          "remove the character at the source, or make the target column bytea"};
}

// What follows the backslash in COPY's text format; 0: the octet stands for itself.
constexpr std::array<char, 256> kCopyEscapes = [] {
  std::array<char, 256> escapes{};
  escapes['\\'] = '\\';
  escapes['\t'] = 't';
  escapes['\n'] = 'n';
  escapes['\r'] = 'r';
  return escapes;
}();

char* write_quoted(std::string_view text, char* at) {
  *at++ = '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') *at++ = '\\';
    *at++ = c;
  }
  *at++ = '"';
  return at;
}

char* write_copy_field(std::string_view text, char* at) {
  for (const char c : text) {
    const char escape = kCopyEscapes[static_cast<unsigned char>(c)];
    if (escape != 0) *at++ = '\\';
    *at++ = escape != 0 ? escape : c;
  }
  return at;
}

std::size_t most_octets(std::size_t size) {
  return 2 * size + 2;
}

char* write_escaped(std::string_view text, ValueForm form, char* at) {
  switch (form) {
    case ValueForm::array_element:
      return write_quoted(text, at);
    case ValueForm::copy_field:
      return write_copy_field(text, at);
    case ValueForm::plain:
      break;
  }
  if (!text.empty()) std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

}  // namespace

void put_escaped(std::string_view text, ValueForm form, ByteWriter& out) {
  const std::size_t start = out.size();
  char* const begin = reinterpret_cast<char*>(out.extend(most_octets(text.size())));
  out.truncate(start + static_cast<std::size_t>(write_escaped(text, form, begin) - begin));
}

void escape_from(std::size_t start, ValueForm form, ByteWriter& out) {
  const std::size_t size = out.size() - start;
  char* const begin = reinterpret_cast<char*>(out.extend(most_octets(size)));
  const char* const text = begin - size;
  const auto escaped = static_cast<std::size_t>(write_escaped({text, size}, form, begin) - begin);
  std::memmove(out.at(start), begin, escaped);
  out.truncate(start + escaped);
}

ValueCheck put_text(std::string_view text, ValueForm form, ByteWriter& out) {
  if (!text.empty() && std::memchr(text.data(), '\0', text.size()) != nullptr) return nul_in_text();
  put_escaped(text, form, out);
  return {};
}

ValueCheck put_date_or_timestamp(std::string_view text, ValueForm form, ByteWriter& out) {
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
    put_escaped(text.substr(text.starts_with('+') ? 1 : 0), form, out);
    return {};
  }
  // Astronomical year 0 is 1 BC.
  const bool instant = text.ends_with('Z');
  const std::string_view rest = text.substr(text.find('-', 1), text.size());
  std::string year = std::to_string(1 - sql::year_of(text));
  year.insert(0, year.size() < 4 ? 4 - year.size() : 0, '0');
  std::string moved = year + std::string(instant ? rest.substr(0, rest.size() - 1) : rest);
  put_escaped(moved + (instant ? "Z BC" : " BC"), form, out);
  return {};
}

}  // namespace tailrace::postgres
