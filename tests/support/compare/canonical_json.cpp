#include "tests/support/compare/canonical_json.h"

#include <map>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/compare/decimal_text.h"

namespace tailrace::testing {
namespace {

using Members = std::map<std::string, std::string>;
using Elements = std::vector<std::string>;

std::string json_string(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string written(const Elements& elements) {
  std::string text = "[";
  for (const std::string& element : elements)
    text.append(text.size() > 1 ? "," : "").append(element);
  return text + "]";
}

std::string written(const Members& members) {
  std::string text = "{";
  for (const auto& [name, value] : members) {
    text.append(text.size() > 1 ? "," : "").append(json_string(name)).append(":").append(value);
  }
  return text + "}";
}

// Receives the parser's events, because only they still have the digits of a number.
class Writer final : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::string result;

  bool null() override { return put("null"); }
  bool boolean(bool value) override { return put(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return number(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return number(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& digits) override { return number(digits); }
  bool string(string_t& value) override { return put(json_string(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(true); }
  bool start_array(std::size_t) override { return open(false); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    open_.back().name = name;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  // An object or an array that has begun and not ended.
  struct Open {
    bool is_object = false;
    Members members = {};
    Elements elements = {};
    std::string name = {};  // of the member whose value comes next
  };

  bool number(std::string_view digits) { return put(normal_decimal(digits).value_or("?")); }

  bool put(std::string text) {
    if (open_.empty()) {
      result = std::move(text);
    } else if (Open& last = open_.back(); last.is_object) {
      last.members[last.name] = std::move(text);
    } else {
      last.elements.push_back(std::move(text));
    }
    return true;
  }

  bool open(bool is_object) {
    open_.push_back({.is_object = is_object});
    return true;
  }

  bool close() {
    const Open last = std::move(open_.back());
    open_.pop_back();
    return put(last.is_object ? written(last.members) : written(last.elements));
  }

  std::vector<Open> open_;
};

}  // namespace

std::optional<std::string> canonical_json(std::string_view text) {
  Writer writer;
  if (!nlohmann::json::sax_parse(text, &writer)) return std::nullopt;
  return std::move(writer.result);
}

}  // namespace tailrace::testing
