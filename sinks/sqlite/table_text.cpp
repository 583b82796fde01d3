#include "sinks/sqlite/table_text.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "sinks/sql/identifier.h"

namespace tailrace::sqlite {
namespace {

// Where a word, a quoted name, a string, or another character stands in the text. Comments and
// blanks are between tokens.
struct Token {
  std::size_t begin = 0;
  std::size_t end = 0;
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || c == '.' || (c & 0x80) != 0;
}

std::size_t end_of_quoted(std::string_view sql, std::size_t at) {
  const char close = sql[at] == '[' ? ']' : sql[at];
  for (++at; at < sql.size(); ++at) {
    if (sql[at] != close) continue;
    if (close == ']' || at + 1 >= sql.size() || sql[at + 1] != close) return at + 1;
    ++at;
  }
  return sql.size();
}

std::size_t end_of_token(std::string_view sql, std::size_t at) {
  if (std::string_view("'\"`[").find(sql[at]) != std::string_view::npos) {
    return end_of_quoted(sql, at);
  }
  if (!is_word(sql[at])) return at + 1;
  while (at < sql.size() && is_word(sql[at])) ++at;
  return at;
}

std::size_t skip_blanks(std::string_view sql, std::size_t at) {
  while (at < sql.size()) {
    if (sql.substr(at).starts_with("--")) {
      at = std::min(sql.find('\n', at), sql.size());
    } else if (sql.substr(at).starts_with("/*")) {
      const std::size_t end = sql.find("*/", at + 2);
      at = end == std::string_view::npos ? sql.size() : end + 2;
    } else if (std::string_view(" \t\r\n\f").find(sql[at]) != std::string_view::npos) {
      ++at;
    } else {
      return at;
    }
  }
  return at;
}

std::vector<Token> tokens_of(std::string_view sql) {
  std::vector<Token> tokens;
  for (std::size_t at = skip_blanks(sql, 0); at < sql.size(); at = skip_blanks(sql, at)) {
    const std::size_t end = end_of_token(sql, at);
    tokens.push_back({at, end});
    at = end;
  }
  return tokens;
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

bool same_name(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return upper(a) == upper(b); });
}

// Without its quotes.
std::string name_in(std::string_view token) {
  if (token.size() < 2 || std::string_view("'\"`[").find(token[0]) == std::string_view::npos) {
    return std::string(token);
  }
  std::string name;
  for (std::size_t i = 1; i + 1 < token.size(); ++i) {
    name += token[i];
    if (token[i] == token[0] && token[i + 1] == token[0]) ++i;
  }
  return name;
}

// One part of the list in parentheses.
class Part {
 public:
  explicit Part(const std::string& text) : text_(text), tokens_(tokens_of(text)) {}

  std::size_t size() const { return tokens_.size(); }
  std::string_view at(std::size_t i) const {
    if (i >= tokens_.size()) return {};
    return std::string_view(text_).substr(tokens_[i].begin, tokens_[i].end - tokens_[i].begin);
  }
  bool is(std::size_t i, std::string_view word) const { return same_name(at(i), word); }
  template <std::size_t N>
  bool is_one_of(std::size_t i, const std::array<std::string_view, N>& words) const {
    return std::any_of(words.begin(), words.end(), [&](auto word) { return is(i, word); });
  }
  // Behind the parenthesis that token i opens, else i.
  std::size_t behind_list(std::size_t i) const {
    if (at(i) != "(") return i;
    for (int depth = 0; i < size(); ++i) {
      if (at(i) == "(") ++depth;
      if (at(i) == ")" && --depth == 0) return i + 1;
    }
    return i;
  }
  std::string text(std::size_t first, std::size_t end) const {
    if (first >= std::min(end, size())) return {};
    return text_.substr(tokens_[first].begin, tokens_[end - 1].end - tokens_[first].begin);
  }
  // The text without these tokens, and with others in their place.
  std::string replaced(std::size_t first, std::size_t end, std::string_view with) const {
    const std::size_t from = first < size() ? tokens_[first].begin : text_.size();
    const std::size_t to = end < size() ? tokens_[end].begin : text_.size();
    std::string head = text_.substr(0, from);
    while (!head.empty() && head.back() == ' ') head.pop_back();
    std::string out = head;
    if (!with.empty()) out += (out.empty() ? "" : " ") + std::string(with);
    const std::string tail = text_.substr(to);
    return tail.empty() ? out : out + (out.empty() ? "" : " ") + tail;
  }

 private:
  const std::string& text_;
  std::vector<Token> tokens_;
};

constexpr std::array<std::string_view, 5> kTableConstraints = {"CONSTRAINT", "PRIMARY", "UNIQUE",
                                                               "CHECK", "FOREIGN"};
constexpr std::array<std::string_view, 11> kColumnConstraints = {
    "CONSTRAINT", "PRIMARY", "NOT",        "NULL",      "UNIQUE", "CHECK",
    "DEFAULT",    "COLLATE", "REFERENCES", "GENERATED", "AS"};

bool is_constraint(const Part& part) {
  return part.is_one_of(0, kTableConstraints);
}

bool defines(const Part& part, std::string_view column) {
  return !is_constraint(part) && same_name(name_in(part.at(0)), column);
}

// Where the constraints of a column begin: behind its name and type.
std::size_t behind_type(const Part& part) {
  std::size_t i = 1;
  while (i < part.size() && !part.is_one_of(i, kColumnConstraints)) {
    i = part.at(i) == "(" ? part.behind_list(i) : i + 1;
  }
  return i;
}

// Finds `first second` outside of parentheses, with the name before it and the conflict clause
// behind it.
struct Clause {
  std::size_t begin = 0;
  std::size_t end = 0;
};
std::optional<Clause> find_clause(const Part& part, std::size_t from, std::string_view first,
                                  std::string_view second) {
  for (std::size_t i = from; i < part.size();) {
    if (part.is(i, first) && (second.empty() || part.is(i + 1, second))) {
      Clause clause{i, i + (second.empty() ? 1U : 2U)};
      if (i >= 2 && part.is(i - 2, "CONSTRAINT")) clause.begin = i - 2;
      if (part.is(clause.end, "ASC") || part.is(clause.end, "DESC")) ++clause.end;
      if (part.is(clause.end, "ON") && part.is(clause.end + 1, "CONFLICT")) clause.end += 3;
      if (part.is(clause.end, "AUTOINCREMENT")) ++clause.end;
      return clause;
    }
    i = part.at(i) == "(" ? part.behind_list(i) : i + 1;
  }
  return std::nullopt;
}

// Among these tokens is the name of the column: no text, and no function's name.
bool names(const Part& part, std::size_t first, std::size_t end, std::string_view column) {
  for (std::size_t i = first; i < std::min(end, part.size()); ++i) {
    const std::string_view token = part.at(i);
    if (token.starts_with('\'') || part.at(i + 1) == "(") continue;
    if (same_name(name_in(token), column)) return true;
  }
  return false;
}

// A constraint of the table over a list with that column, or with a condition on it.
bool constrains(const Part& part, std::string_view column) {
  if (!is_constraint(part)) return false;
  std::size_t i = part.is(0, "CONSTRAINT") ? 2 : 0;
  while (i < part.size() && part.at(i) != "(") ++i;
  return names(part, i, part.behind_list(i), column);
}

// The text of a column without its conditions that name another one.
std::string without_checks_of(std::string text, std::string_view column) {
  std::size_t from = behind_type(Part(text));
  while (true) {
    const Part part(text);
    const auto check = find_clause(part, from, "CHECK", "");
    if (!check) return text;
    const std::size_t end = part.behind_list(check->end);
    from = end;
    if (!names(part, check->end, end, column)) continue;
    from = check->begin;
    text = part.replaced(check->begin, end, "");
  }
}

bool is_computed_from(const Part& part, std::string_view column) {
  const auto computed = find_clause(part, behind_type(part), "AS", "");
  return computed && names(part, computed->end, part.behind_list(computed->end), column);
}

bool is_primary_key(const Part& part) {
  return is_constraint(part) && part.is(part.is(0, "CONSTRAINT") ? 2 : 0, "PRIMARY");
}

std::string trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  return std::string(text.substr(begin, end == std::string_view::npos ? 0 : end + 1 - begin));
}

}  // namespace

std::optional<TableText> TableText::parse(std::string_view sql) {
  const std::string text(sql);
  const Part whole(text);
  std::size_t open = 0;
  while (open < whole.size() && whole.at(open) != "(") ++open;
  if (open >= whole.size() || !whole.is(0, "CREATE") || whole.is(1, "VIRTUAL")) return std::nullopt;
  const std::size_t end = whole.behind_list(open);
  TableText table;
  const char* part = whole.at(open).data() + 1;
  for (std::size_t i = open + 1; i < end;) {
    const bool ends = i + 1 == end || whole.at(i) == ",";
    if (ends) {
      const std::string_view separator = whole.at(i);
      std::string one = trimmed({part, static_cast<std::size_t>(separator.data() - part)});
      // A comment to the line's end would swallow what comes behind it.
      if (one.find("--") != std::string::npos) one += "\n";
      table.parts_.push_back(std::move(one));
      part = separator.data() + separator.size();
    }
    i = whole.at(i) == "(" ? whole.behind_list(i) : i + 1;
  }
  table.suffix_ =
      end < whole.size()
          ? " " + trimmed({part, static_cast<std::size_t>(text.data() + text.size() - part)})
          : "";
  return table;
}

bool TableText::set_type(std::string_view column, std::string_view type) {
  for (std::string& text : parts_) {
    const Part part(text);
    if (!defines(part, column)) continue;
    text = part.replaced(1, behind_type(part), type);
    return true;
  }
  return false;
}

bool TableText::set_not_null(std::string_view column, bool not_null) {
  for (std::string& text : parts_) {
    const Part part(text);
    if (!defines(part, column)) continue;
    const auto there = find_clause(part, behind_type(part), "NOT", "NULL");
    if (there && !not_null) text = part.replaced(there->begin, there->end, "");
    if (!there && not_null) {
      const std::size_t at = behind_type(part);
      text = part.replaced(at, at, "NOT NULL");
    }
    return true;
  }
  return false;
}

bool TableText::drop_column(std::string_view column) {
  const std::size_t count = parts_.size();
  std::erase_if(parts_, [&](const std::string& text) { return defines(Part(text), column); });
  if (parts_.size() == count) return false;
  std::erase_if(parts_, [&](const std::string& text) { return constrains(Part(text), column); });
  for (std::string& text : parts_) {
    if (!is_constraint(Part(text))) text = without_checks_of(std::move(text), column);
  }
  return true;
}

std::vector<std::string> TableText::computed_from(std::string_view column) const {
  std::vector<std::string> columns;
  for (const std::string& text : parts_) {
    const Part part(text);
    if (is_constraint(part) || defines(part, column)) continue;
    if (is_computed_from(part, column)) columns.push_back(name_in(part.at(0)));
  }
  return columns;
}

std::string TableText::type_of(std::string_view column) const {
  for (const std::string& text : parts_) {
    const Part part(text);
    if (defines(part, column)) return part.text(1, behind_type(part));
  }
  return {};
}

bool TableText::counts() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const std::string& text) {
    const Part part(text);
    if (is_constraint(part)) return false;
    const auto key = find_clause(part, behind_type(part), "PRIMARY", "KEY");
    return key && part.is(key->end - 1, "AUTOINCREMENT");
  });
}

bool TableText::index_names(std::string_view sql, std::string_view column) {
  const std::string text(sql);
  const Part part(text);
  if (!part.is(1, "INDEX") && !part.is(2, "INDEX")) return false;
  std::size_t open = 0;
  while (open < part.size() && part.at(open) != "(") ++open;
  return names(part, open, part.size(), column);
}

void TableText::set_key(std::span<const std::string> columns) {
  std::erase_if(parts_, [](const std::string& text) { return is_primary_key(Part(text)); });
  for (std::string& text : parts_) {
    const Part part(text);
    if (is_constraint(part)) continue;
    const auto key = find_clause(part, behind_type(part), "PRIMARY", "KEY");
    if (key) text = part.replaced(key->begin, key->end, "");
  }
  if (columns.empty()) {
    const Part suffix(suffix_);
    std::string kept;
    for (std::size_t i = 0; i < suffix.size(); ++i) {
      if (suffix.is(i, "STRICT")) kept = " STRICT";
    }
    suffix_ = kept;  // WITHOUT ROWID needs a key
    return;
  }
  std::string list;
  for (const std::string& column : columns) {
    static_cast<void>(set_not_null(column, true));
    list += (list.empty() ? "" : ", ") + sql::quote_identifier(column, '"');
  }
  const auto first = std::find_if(parts_.begin(), parts_.end(), [](const std::string& text) {
    return is_constraint(Part(text));
  });
  parts_.insert(first, "PRIMARY KEY (" + list + ")");
}

std::string TableText::statement(std::string_view quoted_name) const {
  std::string sql = "CREATE TABLE " + std::string(quoted_name) + " (";
  for (std::size_t i = 0; i < parts_.size(); ++i) sql += (i > 0 ? ", " : "") + parts_[i];
  return sql + ")" + suffix_;
}

}  // namespace tailrace::sqlite
