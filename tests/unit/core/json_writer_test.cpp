#include "core/json_writer.h"

#include <limits>

#include <gtest/gtest.h>

namespace tailrace {
namespace {

TEST(JsonWriter, PutsCommasAndQuotes) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.member("a", std::int64_t{-1});
  json.key("b");
  json.begin_array();
  json.text("x");
  json.null();
  json.begin_object();
  json.end_object();
  json.end_array();
  json.member("c", true);
  json.member("d", std::numeric_limits<std::uint64_t>::max());
  json.member("e", "text");
  json.end_object();
  EXPECT_EQ(out, R"({"a":-1,"b":["x",null,{}],"c":true,"d":18446744073709551615,"e":"text"})");
}

TEST(JsonWriter, Escapes) {
  std::string out;
  JsonWriter json(out);
  json.text(std::string_view("\"\\\n\r\t\x01\x1f\0\xC3\xA4", 10));
  EXPECT_EQ(out, "\"\\\"\\\\\\n\\r\\t\\u0001\\u001f\\u0000\xC3\xA4\"");
}

TEST(JsonWriter, Base64) {
  const auto encoded = [](std::string_view octets) {
    std::string out;
    JsonWriter(out).base64(octets);
    return out;
  };
  EXPECT_EQ(encoded(""), "\"\"");
  EXPECT_EQ(encoded("f"), "\"Zg==\"");
  EXPECT_EQ(encoded("fo"), "\"Zm8=\"");
  EXPECT_EQ(encoded("foobar"), "\"Zm9vYmFy\"");
  EXPECT_EQ(encoded("\xFF\xFE\xFD"), "\"//79\"");
}

TEST(JsonWriter, Indents) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::indented);
  json.begin_object();
  json.key("a");
  json.begin_array();
  json.number(std::int64_t{1});
  json.number(std::int64_t{2});
  json.end_array();
  json.key("b");
  json.begin_object();
  json.end_object();
  json.end_object();
  EXPECT_EQ(out, "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
}

}  // namespace
}  // namespace tailrace
