#include "sinks/postgres/element_text.h"

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

}  // namespace

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
    put_quoted(text.substr(text.starts_with('+') ? 1 : 0), out);
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

}  // namespace tailrace::postgres
