#include "tests/support/compare/canonical_array.h"

#include <cctype>

#include <nlohmann/json.hpp>

namespace tailrace::testing {
namespace {

using Text = std::optional<std::string>;

// An element as a part of the result: its length in front makes every two arrays differ.
std::string leaf(Family family, std::string_view text) {
  if (family == Family::integer && (text == "t" || text == "true")) text = "1";
  if (family == Family::integer && (text == "f" || text == "false")) text = "0";
  const std::string value = canonical(family, text);
  return std::to_string(value.size()) + ":" + value;
}

// PostgreSQL's own form, of any dimension; box, whose elements are divided by ";", is not compared.
class LiteralReader {
 public:
  LiteralReader(Family family, std::string_view text) : family_(family), left_(text) {}

  Text whole() {
    const Text result = array();
    return left_.empty() ? result : std::nullopt;
  }

 private:
  bool take(char c) {
    if (!left_.starts_with(c)) return false;
    left_.remove_prefix(1);
    return true;
  }

  Text array() {
    if (!take('{')) return std::nullopt;
    std::string result = "{";
    if (take('}')) return result + "}";
    do {
      const Text next = left_.starts_with('{') ? array() : element();
      if (!next) return std::nullopt;
      result += (result.size() > 1 ? "," : "") + *next;
    } while (take(','));
    if (!take('}')) return std::nullopt;
    return result + "}";
  }

  Text element() {
    std::string text;
    const bool quoted = take('"');
    while (!left_.empty()) {
      const char c = left_.front();
      if (quoted ? c == '"' : c == ',' || c == '}') break;
      left_.remove_prefix(c == '\\' ? 2 : 1);
      text.push_back(c == '\\' ? *(left_.data() - 1) : c);
    }
    if (quoted && !take('"')) return std::nullopt;
    if (!quoted && text == "NULL") return "NULL";
    return leaf(family_, text);
  }

  Family family_;
  std::string_view left_;
};

// The parser's events, because only they still have the digits of a number.
class JsonReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit JsonReader(Family family) : family_(family) {}
  std::string result;

  bool null() override { return put("NULL"); }
  bool boolean(bool value) override { return put(leaf(family_, value ? "1" : "0")); }
  bool number_integer(number_integer_t n) override { return put(leaf(family_, std::to_string(n))); }
  bool number_unsigned(number_unsigned_t n) override {
    return put(leaf(family_, std::to_string(n)));
  }
  bool number_float(number_float_t, const string_t& digits) override {
    return put(leaf(family_, digits));
  }
  bool string(string_t& value) override { return put(leaf(family_, value)); }
  bool start_array(std::size_t) override {
    put("{");
    first_ = true;
    return true;
  }
  bool end_array() override {
    first_ = false;
    result += "}";
    return true;
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return false; }
  bool end_object() override { return false; }
  bool key(string_t&) override { return false; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  bool put(const std::string& text) {
    if (!first_) result += ",";
    first_ = false;
    result += text;
    return true;
  }

  Family family_;
  bool first_ = true;
};

}  // namespace

std::optional<std::string> canonical_array(Family element, std::string_view text) {
  if (text.starts_with('{')) return LiteralReader(element, text).whole();
  if (const auto equals = text.find("={");
      text.starts_with('[') && equals != std::string_view::npos &&
      text.substr(0, equals).find_first_not_of("[]:-0123456789") == std::string_view::npos) {
    const auto rest = LiteralReader(element, text.substr(equals + 1)).whole();
    if (!rest) return std::nullopt;
    return std::string(text.substr(0, equals + 1)) + *rest;
  }
  if (!text.starts_with('[')) return std::nullopt;
  JsonReader reader(element);
  if (!nlohmann::json::sax_parse(text, &reader)) return std::nullopt;
  return std::move(reader.result);
}

}  // namespace tailrace::testing
