#include "extractors/postgres/array_text.h"

#include "core/utf8.h"

namespace tailrace::postgres {
namespace {

constexpr int kMostDimensions = 6;  // MAXDIM

bool is_space(char character) {
  return character == ' ' || (character >= '\t' && character <= '\r');
}

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

void put_escaped(char character, ByteWriter& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(character);
  switch (character) {
    case '"':
      return out.text("\\\"");
    case '\\':
      return out.text("\\\\");
    case '\n':
      return out.text("\\n");
    case '\r':
      return out.text("\\r");
    case '\t':
      return out.text("\\t");
    default:
      if (byte >= 0x20) return out.character(character);
      out.text("\\u00");
      out.character(kDigits[byte >> 4U]);
      out.character(kDigits[byte & 15U]);
  }
}

// A JSON string of what array_out escaped.
bool put_unescaped(std::string_view wire, ByteWriter& out) {
  out.character('"');
  for (std::size_t i = 0; i < wire.size(); ++i) {
    if (wire[i] == '\\' && ++i == wire.size()) return false;
    put_escaped(wire[i], out);
  }
  out.character('"');
  return true;
}

// The offset behind "[0:1][-3:-2]="; 0 when the text does not start so.
std::size_t skip_bounds(std::string_view wire) {
  std::size_t at = 0;
  const auto skip_number = [&] {
    if (at < wire.size() && wire[at] == '-') ++at;
    const std::size_t start = at;
    while (at < wire.size() && is_digit(wire[at])) ++at;
    return at > start;
  };
  const auto skip = [&](char wanted) { return at < wire.size() && wire[at] == wanted && ++at > 0; };
  while (skip('[')) {
    if (!skip_number() || !skip(':') || !skip_number() || !skip(']')) return 0;
  }
  return at > 0 && skip('=') ? at : 0;
}

// Walks through one array from left to right.
class ArrayReader {
 public:
  ArrayReader(std::string_view wire, const ValueDecoder& element, ElementForm form, char delimiter,
              ByteWriter& out)
      : wire_(wire), element_(element), form_(form), delimiter_(delimiter), out_(out) {}

  bool read() {
    if (wire_ == "{}") {
      out_.text("[]");
      return true;
    }
    return read_level(1) && at_ == wire_.size();
  }

 private:
  bool next_is(char wanted) const { return at_ < wire_.size() && wire_[at_] == wanted; }
  bool take(char wanted) {
    if (!next_is(wanted)) return false;
    ++at_;
    return true;
  }

  // All elements of an array lie equally deep.
  bool read_level(int depth) {
    if (!take('{') || depth > kMostDimensions) return false;
    out_.character('[');
    do {
      const bool nested = next_is('{');
      if (!nested && element_depth_ == 0) element_depth_ = depth;
      if (nested ? element_depth_ != 0 && depth >= element_depth_ : depth != element_depth_) {
        return false;
      }
      if (nested ? !read_level(depth + 1) : !read_element()) return false;
      if (next_is(delimiter_)) out_.character(',');
    } while (take(delimiter_));
    out_.character(']');
    return take('}');
  }

  bool read_element() {
    if (take('"')) return read_quoted();
    const std::size_t start = at_;
    while (at_ < wire_.size() && wire_[at_] != delimiter_ && wire_[at_] != '}') {
      const char character = wire_[at_++];
      if (character == '{' || character == '"' || character == '\\' || is_space(character)) {
        return false;
      }
    }
    const std::string_view element = wire_.substr(start, at_ - start);
    if (element.empty()) return false;
    if (element != "NULL") return put_element(element);
    out_.text("null");
    return true;
  }

  bool read_quoted() {
    const std::size_t start = at_;
    for (; at_ < wire_.size(); ++at_) {
      if (wire_[at_] == '"') return put_element(wire_.substr(start, at_++ - start));
      if (wire_[at_] == '\\') ++at_;
    }
    return false;
  }

  // Elements that are decoded are never escaped: nothing in them needs it.
  bool put_element(std::string_view wire) {
    switch (form_) {
      case ElementForm::number_as_sent:
        return put_number_as_sent(wire);
      case ElementForm::number:
        return element_.text(wire, out_);
      case ElementForm::boolean:
        if (wire != "t" && wire != "f") return false;
        out_.text(wire == "t" ? "true" : "false");
        return true;
      case ElementForm::canonical_text: {
        out_.character('"');
        const bool good = element_.text(wire, out_);
        out_.character('"');
        return good;
      }
      case ElementForm::text_as_sent:
        return put_unescaped(wire, out_);
      case ElementForm::padded_text:
        return put_unescaped(wire.substr(0, wire.find_last_not_of(' ') + 1), out_);
    }
    return false;
  }

  bool put_number_as_sent(std::string_view wire) {
    const std::size_t start = out_.size();
    if (!element_.text(wire, out_)) return false;
    out_.truncate(start);
    const bool finite = is_digit(wire.back());
    if (!finite) out_.character('"');
    out_.text(wire);
    if (!finite) out_.character('"');
    return true;
  }

  std::string_view wire_;
  const ValueDecoder& element_;
  ElementForm form_;
  char delimiter_;
  ByteWriter& out_;
  std::size_t at_ = 0;
  int element_depth_ = 0;  // of the first element; 0: none was met yet
};

}  // namespace

bool ArrayDecoder::text(std::string_view wire, ByteWriter& out) const {
  if (valid_utf8_bytes(as_bytes(wire)) != wire.size()) return false;
  const std::size_t start = out.size();
  const std::size_t bounds = skip_bounds(wire);
  if (!ArrayReader(wire.substr(bounds), *element_, form_, delimiter_, out).read()) return false;
  if (bounds > 0) {
    out.truncate(start);
    out.text(wire);
  }
  return true;
}

}  // namespace tailrace::postgres
