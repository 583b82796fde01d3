#pragma once

// Splits SQL text into tokens, as far as classifying a statement needs it. Executable comments
// (/*!80023 ... */, and for MariaDB /*M!100601 ... */) are read as code, other comments are blanks.
// Both servers log an executable comment that they did not execute without its mark.

#include <cstdint>
#include <string>
#include <string_view>

namespace tailrace::mysql {

struct SqlToken {
  enum class Kind : std::uint8_t { end, word, quoted_name, string, symbol };
  Kind kind = Kind::end;
  std::string_view text;  // word, symbol: as written; quoted: between the quotes, still escaped
  char quote = '\0';

  bool is(std::string_view keyword) const;  // an unquoted word, in any case
  bool is_symbol(char symbol) const { return kind == Kind::symbol && text[0] == symbol; }
  bool is_name() const { return kind == Kind::word || kind == Kind::quoted_name; }
  std::string name() const;  // with doubled quotes undone
};

class SqlLexer {
 public:
  SqlLexer(std::string_view sql, bool ansi_quotes, bool backslash_escapes, bool mariadb = true)
      : sql_(sql),
        ansi_quotes_(ansi_quotes),
        backslash_escapes_(backslash_escapes),
        mariadb_(mariadb) {
    advance();
  }

  const SqlToken& token() const { return token_; }
  bool at_end() const { return token_.kind == SqlToken::Kind::end; }
  void advance();
  // Steps over the word, if it is the one at hand.
  bool take(std::string_view keyword);
  bool take_symbol(char symbol);

 private:
  void skip_blanks();
  bool skip_comment();
  void skip_line();
  void read_quoted(char quote);
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
  }

  std::string_view sql_;
  std::size_t at_ = 0;
  bool ansi_quotes_;
  bool backslash_escapes_;
  bool mariadb_;
  bool in_executable_comment_ = false;
  SqlToken token_;
};

}  // namespace tailrace::mysql
