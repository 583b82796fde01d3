#include "sinks/postgres/write_array.h"

#include <cstdint>
#include <optional>
#include <string>

namespace tailrace::postgres {
namespace {

using sql::ValueCheck;
using sql::ValueProblem;

ValueProblem no_array() {
  return {"it is not a JSON array of plain values", "make the target column jsonb"};
}

bool has_dates(const sql::TargetColumn& target) {
  const std::string_view type = target.native_base;
  return type == "date[]" || type.starts_with("timestamp with");
}

// Walks once through the JSON text and appends the array literal.
class ArrayWriter {
 public:
  ArrayWriter(const sql::TargetColumn& target, std::string_view json)
      : json_(json), delimiter_(target.element_delimiter), dates_(has_dates(target)) {}

  ValueCheck write(ByteWriter& literal);

 private:
  ValueCheck value(ByteWriter& literal);
  ValueCheck text_value(ByteWriter& literal);
  bool bare_value(ByteWriter& literal);
  bool unescape(std::string& out);
  std::optional<std::uint32_t> hex4();
  void skip_space() {
    while (at_ < json_.size() && (json_[at_] == ' ' || json_[at_] == '\n')) ++at_;
  }
  bool take(char c) {
    if (at_ >= json_.size() || json_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::string_view json_;
  std::size_t at_ = 0;
  char delimiter_;
  bool dates_;
  int depth_ = 0;
  bool after_value_ = false;  // a comma or an end must follow
  bool after_comma_ = false;  // a value must
};

void put_utf8(std::uint32_t code, std::string& out) {
  const auto octet = [&](std::uint32_t value) { out += static_cast<char>(value); };
  if (code < 0x80) {
    octet(code);
  } else if (code < 0x800) {
    octet(0xC0 | code >> 6), octet(0x80 | (code & 63));
  } else if (code < 0x10000) {
    octet(0xE0 | code >> 12), octet(0x80 | (code >> 6 & 63)), octet(0x80 | (code & 63));
  } else {
    octet(0xF0 | code >> 18), octet(0x80 | (code >> 12 & 63));
    octet(0x80 | (code >> 6 & 63)), octet(0x80 | (code & 63));
  }
}

std::optional<std::uint32_t> ArrayWriter::hex4() {
  if (json_.size() - at_ < 4) return std::nullopt;
  std::uint32_t code = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = json_[at_++];
    const char lower = static_cast<char>(c | 0x20);
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (lower < 'a' || lower > 'f')) return std::nullopt;
    code = code * 16 + static_cast<std::uint32_t>(digit ? c - '0' : lower - 'a' + 10);
  }
  return code;
}

// The string behind an opening quote; takes the closing one.
bool ArrayWriter::unescape(std::string& out) {
  while (at_ < json_.size()) {
    const char c = json_[at_++];
    if (c == '"') return true;
    if (c != '\\') {
      out += c;
      continue;
    }
    if (at_ >= json_.size()) return false;
    const char escaped = json_[at_++];
    constexpr std::string_view kFrom = "\"\\/bfnrt";
    constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
    if (const auto known = kFrom.find(escaped); known != std::string_view::npos) {
      out += kTo[known];
      continue;
    }
    if (escaped != 'u') return false;
    auto code = hex4();
    if (!code || (*code & 0xFC00) == 0xDC00) return false;
    if ((*code & 0xFC00) == 0xD800) {
      if (!take('\\') || !take('u')) return false;
      const auto low = hex4();
      if (!low || (*low & 0xFC00) != 0xDC00) return false;
      code = 0x10000 + ((*code & 0x3FF) << 10) + (*low & 0x3FF);
    }
    put_utf8(*code, out);
  }
  return false;
}

ValueCheck ArrayWriter::text_value(ByteWriter& literal) {
  std::string text;
  if (!unescape(text)) return no_array();
  constexpr ValueForm kElement = ValueForm::array_element;
  return dates_ ? put_date_or_timestamp(text, kElement, literal)
                : put_text(text, kElement, literal);
}

// A number, true, false or null.
bool ArrayWriter::bare_value(ByteWriter& literal) {
  constexpr std::string_view kLetters = "+-.0123456789Eaeflnrstu";
  const std::size_t end = std::min(json_.find_first_not_of(kLetters, at_), json_.size());
  const std::string_view word = json_.substr(at_, end - at_);
  const bool number = !word.empty() && (word[0] == '-' || (word[0] >= '0' && word[0] <= '9'));
  if (!number && word != "true" && word != "false" && word != "null") return false;
  literal.text(word == "null" ? "NULL" : word);
  at_ = end;
  return true;
}

ValueCheck ArrayWriter::value(ByteWriter& literal) {
  after_value_ = true;
  after_comma_ = false;
  if (take('"')) return text_value(literal);
  return bare_value(literal) ? ValueCheck() : no_array();
}

ValueCheck ArrayWriter::write(ByteWriter& literal) {
  do {
    skip_space();
    if (at_ >= json_.size()) return no_array();
    if (!after_comma_ && take(']')) {
      literal.character('}');
      after_value_ = true;
      if (--depth_ < 0) return no_array();
    } else if (after_value_) {
      if (!take(',')) return no_array();
      literal.character(delimiter_);
      after_value_ = false;
      after_comma_ = true;
    } else if (take('[')) {
      literal.character('{');
      after_comma_ = false;
      ++depth_;
    } else if (auto problem = depth_ == 0 ? no_array() : value(literal)) {
      return problem;
    }
  } while (depth_ > 0);
  skip_space();
  return at_ == json_.size() ? ValueCheck() : no_array();
}

}  // namespace

bool has_own_bounds(std::string_view canonical) {
  if (!canonical.starts_with('[')) return false;
  const auto end = canonical.find_first_not_of("-0123456789", 1);
  return end != std::string_view::npos && end > 1 && canonical[end] == ':';
}

ValueCheck write_array(const sql::TargetColumn& target, std::string_view canonical, ValueForm form,
                       ByteWriter& out) {
  if (has_own_bounds(canonical)) return put_text(canonical, form, out);
  const std::size_t start = out.size();
  if (auto problem = ArrayWriter(target, canonical).write(out)) return problem;
  escape_from(start, form, out);
  return {};
}

}  // namespace tailrace::postgres
