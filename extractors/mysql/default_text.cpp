#include "extractors/mysql/default_text.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string>

namespace tailrace::mysql {

namespace {

using Kind = ColumnDefault::Kind;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool is_now(std::string_view text) {
  return lower(text).starts_with("current_timestamp");
}

bool has_word(std::string_view extra, std::string_view word) {
  return lower(extra).find(word) != std::string::npos;
}

char unescape(char character) {
  switch (character) {
    case '0':
      return '\0';
    case 'b':
      return '\b';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'Z':
      return '\x1A';
    default:
      return character;
  }
}

// 'it''s' as a whole, or nothing.
std::optional<std::string> unquote(std::string_view text) {
  if (text.size() < 2 || text.front() != '\'' || text.back() != '\'') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '\\' || text[i] == '\'';
    if (escaped && i + 1 == text.size()) return std::nullopt;
    if (text[i] == '\'' && text[i + 1] != '\'') return std::nullopt;  // ends inside
    value += text[i] == '\\' ? unescape(text[i + 1]) : text[i];
    if (escaped) ++i;
  }
  return value;
}

std::optional<std::string> unhex(std::string_view digits) {
  std::string octets;
  if (digits.size() % 2 != 0) return std::nullopt;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    unsigned value = 0;
    const char* const end = digits.data() + i + 2;
    if (std::from_chars(digits.data() + i, end, value, 16).ptr != end) return std::nullopt;
    octets += static_cast<char>(value);
  }
  return octets;
}

// 0x6162, x'6162', or quoted text. MySQL shows the defaults of octets in the first form.
std::optional<std::string> octets_of(std::string_view text) {
  if (text.starts_with("0x")) return unhex(text.substr(2));
  if (lower(text.substr(0, 2)) == "x'" && text.ends_with('\'')) {
    return unhex(text.substr(2, text.size() - 3));
  }
  return std::nullopt;
}

// b'101', as long as the column
std::optional<std::string> bits_of(std::string_view text, std::size_t length) {
  if (!text.starts_with("b'") || !text.ends_with('\'')) return std::nullopt;
  const std::string_view digits = text.substr(2, text.size() - 3);
  if (digits.size() > length || digits.find_first_not_of("01") != std::string_view::npos) {
    return std::nullopt;
  }
  return std::string(length - digits.size(), '0').append(digits);
}

std::optional<std::string> by_reader(const TextColumn& reader, std::string_view value) {
  TextValueReader values;
  ByteWriter out;
  if (values.read(reader, value, out) != ReadOutcome::good) return std::nullopt;
  return std::string(out.text());
}

bool is_zero_timestamp(std::string_view value) {
  return value.starts_with("0000-00-00 00:00:00");
}

// The value that the literal stands for, in canonical form. value: without quotes.
std::optional<std::string> canonical(std::string_view value, const TextColumn& reader,
                                     const Column& column, bool mariadb) {
  switch (reader.form) {
    case TextForm::number:
    case TextForm::float32:
    case TextForm::float64:
      return by_reader(reader, value);
    case TextForm::instant:
      if (!mariadb && !is_zero_timestamp(value)) return std::nullopt;
      return by_reader(reader, value);
    case TextForm::as_is:
    case TextForm::text:  // the catalogue is in UTF-8, whatever the column is
    case TextForm::label_index:
    case TextForm::label_mask:
    case TextForm::label_text:
      return std::string(value);
    case TextForm::uuid:
    case TextForm::inet4:
    case TextForm::inet6:
      return lower(value);
    case TextForm::octets: {
      std::string octets(value);
      if (column.fixed_length && octets.size() < column.length) octets.resize(column.length, '\0');
      return octets;
    }
    case TextForm::bits:
    case TextForm::vector:
      return std::nullopt;
  }
  return std::nullopt;
}

ColumnDefault expression(std::string_view text) {
  return {Kind::expression, std::string(text)};
}

std::string quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') result += c;
    result += c;
  }
  return result + '\'';
}

ColumnDefault read_literal(std::string_view text, const TextColumn& reader, const Column& column,
                           bool mariadb) {
  if (reader.form == TextForm::bits) {
    auto bits = bits_of(text, column.length);
    return bits ? ColumnDefault{Kind::literal, std::move(*bits)} : expression(text);
  }
  std::optional<std::string> value = mariadb ? unquote(text) : std::nullopt;
  if (!value && reader.form == TextForm::octets) value = octets_of(text);
  const bool bare_number = mariadb && !text.empty() &&
                           text.find_first_not_of("0123456789.-+eE") == std::string_view::npos;
  if (!value && (!mariadb || bare_number)) value = std::string(text);
  if (!value) return expression(text);  // MariaDB: not a literal at all
  auto stored = canonical(*value, reader, column, mariadb);
  if (stored) return {Kind::literal, std::move(*stored)};
  return expression(mariadb ? std::string(text) : quoted(text));
}

}  // namespace

std::optional<ColumnDefault> read_default(const DefaultText& written, const TextColumn& reader,
                                          const Column& column) {
  if (!written.text || column.generated) return std::nullopt;
  if (written.mariadb && *written.text == "NULL") return std::nullopt;
  const bool temporal =
      column.type == LogicalType::timestamp || column.type == LogicalType::timestamptz;
  if (temporal && is_now(*written.text)) return ColumnDefault{Kind::current_timestamp, {}};
  if (!written.mariadb && has_word(written.extra, "default_generated")) {
    return expression(*written.text);
  }
  return read_literal(*written.text, reader, column, written.mariadb);
}

}  // namespace tailrace::mysql
