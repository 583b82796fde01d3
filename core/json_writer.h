#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tailrace {

// Appends JSON to a string: commas, quotes and escapes in the right places, nothing kept in
// memory. Text must be UTF-8. The caller closes what it opens and gives every member a key.
//
//   JsonWriter json(out);
//   json.begin_object();
//   json.key("lag");
//   json.number(5);
//   json.end_object();
class JsonWriter {
 public:
  enum class Style { line, indented };

  explicit JsonWriter(std::string& out, Style style = Style::line)
      : out_(&out), indented_(style == Style::indented) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);

  void text(std::string_view value);
  void number(std::int64_t value) { raw(std::to_string(value)); }
  void number(std::uint64_t value) { raw(std::to_string(value)); }
  void boolean(bool value) { raw(value ? "true" : "false"); }
  void null() { raw("null"); }
  // A value that is JSON already.
  void raw(std::string_view json);
  void base64(std::string_view octets);

  void member(std::string_view name, std::string_view value) { key(name), text(value); }
  void member(std::string_view name, const char* value) { key(name), text(value); }
  void member(std::string_view name, std::int64_t value) { key(name), number(value); }
  void member(std::string_view name, std::uint64_t value) { key(name), number(value); }
  void member(std::string_view name, bool value) { key(name), boolean(value); }

 private:
  void open(char bracket);
  void close(char bracket);
  void start_value();
  void line_break();

  std::string* out_;
  bool indented_;
  bool first_ = true;  // nothing stands yet in the innermost object or array
  bool behind_key_ = false;
  std::size_t depth_ = 0;
};

}  // namespace tailrace
