#include "extractors/mysql/type_text.h"

#include <charconv>

namespace tailrace::mysql {

namespace {

bool take(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

char unescape(char character) {
  switch (character) {
    case '0':
      return '\0';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    default:
      return character;
  }
}

// 'it''s': quotes are doubled; backslash, line ends and NUL are written with a backslash.
bool take_label(std::string_view& text, std::string& label) {
  if (!take(text, '\'')) return false;
  while (!text.empty()) {
    char character = text.front();
    text.remove_prefix(1);
    if (character == '\'' && !take(text, '\'')) return true;
    if (character == '\\' && !text.empty()) {
      character = unescape(text.front());
      text.remove_prefix(1);
    }
    label += character;
  }
  return false;
}

bool take_number(std::string_view& text, std::uint32_t& number) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return code == std::errc();
}

bool take_brackets(std::string_view& text, TypeText& type) {
  if (!take(text, '(')) return true;
  do {
    if (text.starts_with('\'')) {
      if (!take_label(text, type.labels.emplace_back())) return false;
    } else if (!take_number(text, type.numbers.emplace_back())) {
      return false;
    }
  } while (take(text, ','));
  return take(text, ')');
}

}  // namespace

std::optional<TypeText> parse_type_text(std::string_view text) {
  TypeText type;
  type.name = text.substr(0, text.find_first_of("( "));
  text.remove_prefix(type.name.size());
  if (type.name.empty() || !take_brackets(text, type)) return std::nullopt;
  type.is_unsigned = text.find("unsigned") != std::string_view::npos;
  return type;
}

}  // namespace tailrace::mysql
