#include "extractors/mysql/default_text.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace tailrace::mysql {

namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

// 'it''s', with nothing behind it.
bool is_one_quoted_text(std::string_view text) {
  if (text.size() < 2 || text.front() != '\'') return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '\'') {
      if (i + 1 == text.size()) return true;
      if (text[i + 1] != '\'') return false;
      ++i;
    }
  }
  return false;
}

// What MariaDB writes for a value: quoted text, b'101', x'61', 42, -1.5e3.
bool is_literal(std::string_view text) {
  if (text.starts_with("b'") || text.starts_with("x'") || text.starts_with("X'")) {
    return is_one_quoted_text(text.substr(1));
  }
  return is_one_quoted_text(text) ||
         (!text.empty() && text.find_first_not_of("0123456789.-+eE") == std::string_view::npos);
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

// value: without quotes. Nothing: not known, or not of this type.
std::optional<std::string> canonical(std::string_view value, const TextColumn& reader,
                                     const Column& column, bool mariadb) {
  switch (reader.form) {
    case TextForm::number:
    case TextForm::float32:
    case TextForm::float64:
      return by_reader(reader, value);
    case TextForm::instant:
      // MySQL shows what was written, in the zone of whoever wrote it.
      if (!mariadb && !value.starts_with("0000-00-00 00:00:00")) return std::nullopt;
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

}  // namespace

DefaultWritten classify_default(const DefaultText& written, const Column& column) {
  if (!written.text || column.generated) return DefaultWritten::none;
  const std::string_view text = *written.text;
  if (written.mariadb && text == "NULL") return DefaultWritten::none;
  const bool temporal =
      column.type == LogicalType::timestamp || column.type == LogicalType::timestamptz;
  if (temporal && lower(text).starts_with("current_timestamp")) {
    return DefaultWritten::current_timestamp;
  }
  const bool literal =
      written.mariadb ? is_literal(text) : !has_word(written.extra, "default_generated");
  return literal ? DefaultWritten::literal : DefaultWritten::expression;
}

std::string default_expression(const DefaultText& written) {
  const std::string_view text = written.text.value_or("");
  if (written.mariadb) return std::string(text);
  // MySQL shows it escaped as if it were to be quoted.
  std::string expression;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    expression += text[i];
  }
  return expression;
}

std::optional<std::string> literal_in_catalogue(const DefaultText& written,
                                                const TextColumn& reader, const Column& column) {
  const std::string_view text = written.text.value_or("");
  if (reader.form == TextForm::bits) return bits_of(text, column.length);
  auto value = written.mariadb ? unquote(text) : std::nullopt;
  if (!value && reader.form == TextForm::octets) value = octets_of(text);
  return canonical(value ? std::string_view(*value) : text, reader, column, written.mariadb);
}

}  // namespace tailrace::mysql
