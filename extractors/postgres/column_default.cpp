#include "extractors/postgres/column_default.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace tailrace::postgres {
namespace {

bool is_temporal(LogicalType type) {
  switch (type) {
    case LogicalType::date:
    case LogicalType::time:
    case LogicalType::timetz:
    case LogicalType::timestamp:
    case LogicalType::timestamptz:
    case LogicalType::interval:
      return true;
    default:
      return false;
  }
}

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

// Reads the tokens of which constants consist. Every take_ function answers whether it was there.
class DefaultReader {
 public:
  explicit DefaultReader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  int casts() const { return casts_; }
  bool string() const { return string_; }

  // constant := ( "(" constant ")" | number | string | true | false ) { "::" type }
  bool take_constant() {
    if (take('(')) {
      if (!take_constant() || !take(')')) return false;
    } else if (!take_string() && !take_number() && !take_word("true") && !take_word("false")) {
      return false;
    }
    while (take("::")) {
      if (!take_type()) return false;
      ++casts_;
    }
    return true;
  }

 private:
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  bool take_word(std::string_view word) {
    const bool whole = rest_.size() == word.size() ||
                       (rest_.size() > word.size() && !is_letter(rest_[word.size()]));
    return whole && take(word);
  }
  void take_digits() {
    while (!rest_.empty() && is_digit(rest_.front())) rest_.remove_prefix(1);
  }

  bool take_number() {
    std::string_view after_sign = rest_;
    if (after_sign.starts_with('-')) after_sign.remove_prefix(1);
    if (after_sign.empty() || !(is_digit(after_sign.front()) || after_sign.front() == '.')) {
      return false;
    }
    rest_ = after_sign;
    take_digits();
    if (take('.')) take_digits();
    if (take('e') || take('E')) {
      if (!take('-')) take('+');
      take_digits();
    }
    return true;
  }

  // '...', E'...' with backslashes, B'...': a quote within is doubled.
  bool take_string() {
    const bool escapes = rest_.starts_with("E'");
    if (escapes || rest_.starts_with("B'")) rest_.remove_prefix(1);
    if (!take('\'')) return false;
    string_ = true;
    while (!rest_.empty()) {
      if (escapes && take('\\')) {
        if (rest_.empty()) return false;
        rest_.remove_prefix(1);
      } else if (take('\'')) {
        if (!take('\'')) return true;
      } else {
        rest_.remove_prefix(1);
      }
    }
    return false;
  }

  bool take_quoted_name() {
    if (!take('"')) return false;
    while (!rest_.empty()) {
      if (take('"')) {
        if (!take('"')) return true;
      } else {
        rest_.remove_prefix(1);
      }
    }
    return false;
  }

  // "timestamp(3) without time zone", "shop.\"Mood\"[]", "interval day to second(3)"
  bool take_type() {
    bool any = false;
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '"') {
        if (!take_quoted_name()) return false;
      } else if (c == '(') {
        rest_.remove_prefix(1);
        while (!rest_.empty() &&
               (is_digit(rest_.front()) || rest_.front() == ',' || rest_.front() == '-')) {
          rest_.remove_prefix(1);
        }
        if (!any || !take(')')) return false;
      } else if (is_letter(c) || (any && (is_digit(c) || c == '.' || c == ' ' || c == '$')) ||
                 static_cast<unsigned char>(c) >= 0x80) {
        rest_.remove_prefix(1);
      } else if (!any || !take("[]")) {
        break;
      }
      any = true;
    }
    return any;
  }

  std::string_view rest_;
  int casts_ = 0;
  bool string_ = false;
};

bool is_now(std::string_view text) {
  constexpr std::array<std::string_view, 6> kNow = {"now()",
                                                    "CURRENT_TIMESTAMP",
                                                    "LOCALTIMESTAMP",
                                                    "transaction_timestamp()",
                                                    "statement_timestamp()",
                                                    "clock_timestamp()"};
  for (const std::string_view name : kNow) {
    if (text == name) return true;
    // With a count of digits: CURRENT_TIMESTAMP(3)
    if (text.size() == name.size() + 3 && text.starts_with(name) && text.ends_with(')') &&
        is_digit(text[name.size() + 1])) {
      return true;
    }
  }
  return false;
}

}  // namespace

DefaultForm form_of_default(std::string_view expression, LogicalType type) {
  if (expression.empty() || expression == "NULL" || expression.starts_with("NULL::")) {
    return DefaultForm::null;
  }
  const bool holds_moment = type == LogicalType::timestamp || type == LogicalType::timestamptz;
  if (holds_moment && is_now(expression)) return DefaultForm::current_timestamp;
  DefaultReader reader(expression);
  if (!reader.take_constant() || !reader.at_end()) return DefaultForm::expression;
  const bool may_see_clock =
      is_temporal(type) || type == LogicalType::other || type == LogicalType::array;
  if (reader.string() && reader.casts() > 1 && may_see_clock) return DefaultForm::expression;
  return DefaultForm::constant;
}

}  // namespace tailrace::postgres
