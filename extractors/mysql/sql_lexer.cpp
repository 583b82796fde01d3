#include "extractors/mysql/sql_lexer.h"

#include <algorithm>

namespace tailrace::mysql {

namespace {

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

char to_upper(char character) {
  return character >= 'a' && character <= 'z' ? static_cast<char>(character - 'a' + 'A')
                                              : character;
}

// Letters, digits, '_', '$', and everything that is not ASCII.
bool is_word_character(char character) {
  const char upper = to_upper(character);
  return (upper >= 'A' && upper <= 'Z') || is_digit(character) || character == '_' ||
         character == '$' || static_cast<unsigned char>(character) >= 0x80;
}

bool is_blank(char character) {
  return character == ' ' || (character >= '\t' && character <= '\r');
}

}  // namespace

bool SqlToken::is(std::string_view keyword) const {
  return kind == Kind::word &&
         std::equal(text.begin(), text.end(), keyword.begin(), keyword.end(),
                    [](char left, char right) { return to_upper(left) == right; });
}

std::string SqlToken::name() const {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    name += text[i];
    if (kind == Kind::quoted_name && text[i] == quote) ++i;
  }
  return name;
}

void SqlLexer::skip_line() {
  at_ = std::min(sql_.find('\n', at_), sql_.size());
}

// True when there was one.
bool SqlLexer::skip_comment() {
  if (peek() == '#' ||
      (peek() == '-' && peek(1) == '-' && (at_ + 2 >= sql_.size() || is_blank(peek(2))))) {
    skip_line();
    return true;
  }
  if (in_executable_comment_ && peek() == '*' && peek(1) == '/') {
    in_executable_comment_ = false;
    at_ += 2;
    return true;
  }
  if (peek() != '/' || peek(1) != '*') return false;
  const std::size_t mark = mariadb_ && peek(2) == 'M' && peek(3) == '!' ? 3 : 2;
  if (peek(mark) == '!' && !in_executable_comment_) {
    in_executable_comment_ = true;
    at_ += mark + 1;
    while (is_digit(peek())) ++at_;
    return true;
  }
  const std::size_t end = sql_.find("*/", at_ + 2);
  at_ = end == std::string_view::npos ? sql_.size() : end + 2;
  return true;
}

void SqlLexer::skip_blanks() {
  while (at_ < sql_.size() && (is_blank(peek()) || skip_comment())) {
    if (at_ < sql_.size() && is_blank(peek())) ++at_;
  }
}

void SqlLexer::read_quoted(char quote) {
  const bool is_name = quote == '`' || (quote == '"' && ansi_quotes_);
  token_.kind = is_name ? SqlToken::Kind::quoted_name : SqlToken::Kind::string;
  token_.quote = quote;
  const std::size_t start = ++at_;
  for (; at_ < sql_.size(); ++at_) {
    if (peek() == '\\' && !is_name && backslash_escapes_) {
      ++at_;
    } else if (peek() == quote) {
      if (peek(1) != quote) break;
      ++at_;
    }
  }
  at_ = std::min(at_, sql_.size());
  token_.text = sql_.substr(start, at_ - start);
  if (at_ < sql_.size()) ++at_;
}

void SqlLexer::advance() {
  skip_blanks();
  token_ = {};
  if (at_ >= sql_.size()) return;
  const char first = peek();
  if (first == '`' || first == '"' || first == '\'') {
    read_quoted(first);
    return;
  }
  const std::size_t start = at_++;
  token_.kind = SqlToken::Kind::symbol;
  if (is_word_character(first)) {
    token_.kind = SqlToken::Kind::word;
    while (at_ < sql_.size() && is_word_character(peek())) ++at_;
  }
  token_.text = sql_.substr(start, at_ - start);
}

bool SqlLexer::take(std::string_view keyword) {
  if (!token_.is(keyword)) return false;
  advance();
  return true;
}

bool SqlLexer::take_symbol(char symbol) {
  if (!token_.is_symbol(symbol)) return false;
  advance();
  return true;
}

}  // namespace tailrace::mysql
