#include "core/json_writer.h"

#include <algorithm>
#include <array>

namespace tailrace {
namespace {

void append_escaped(std::string_view text, std::string& out) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    switch (byte) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (byte < 0x20) {
          out += "\\u00";
          out += kDigits[byte >> 4U];
          out += kDigits[byte & 15U];
        } else {
          out += character;
        }
    }
  }
}

}  // namespace

void JsonWriter::line_break() {
  if (!indented_) return;
  *out_ += '\n';
  out_->append(2 * depth_, ' ');
}

void JsonWriter::start_value() {
  if (behind_key_) {
    behind_key_ = false;
    return;
  }
  if (!first_) *out_ += ',';
  if (depth_ > 0) line_break();
  first_ = false;
}

void JsonWriter::open(char bracket) {
  start_value();
  *out_ += bracket;
  ++depth_;
  first_ = true;
}

void JsonWriter::close(char bracket) {
  --depth_;
  if (!first_) line_break();
  *out_ += bracket;
  first_ = false;
}

void JsonWriter::key(std::string_view name) {
  start_value();
  *out_ += '"';
  append_escaped(name, *out_);
  *out_ += indented_ ? "\": " : "\":";
  behind_key_ = true;
}

void JsonWriter::text(std::string_view value) {
  start_value();
  *out_ += '"';
  append_escaped(value, *out_);
  *out_ += '"';
}

void JsonWriter::raw(std::string_view json) {
  start_value();
  *out_ += json;
}

void JsonWriter::base64(std::string_view octets) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  start_value();
  *out_ += '"';
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    std::array<unsigned, 3> byte{};
    const std::size_t count = std::min<std::size_t>(3, octets.size() - i);
    for (std::size_t j = 0; j < count; ++j) byte[j] = static_cast<unsigned char>(octets[i + j]);
    *out_ += kDigits[byte[0] >> 2U];
    *out_ += kDigits[(byte[0] & 3U) << 4U | byte[1] >> 4U];
    *out_ += count > 1 ? kDigits[(byte[1] & 15U) << 2U | byte[2] >> 6U] : '=';
    *out_ += count > 2 ? kDigits[byte[2] & 63U] : '=';
  }
  *out_ += '"';
}

}  // namespace tailrace
