#include "extractors/mysql/json_binary.h"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>

#include "extractors/mysql/charset.h"
#include "extractors/mysql/column_type.h"
#include "extractors/mysql/decimal.h"
#include "extractors/mysql/temporal.h"

namespace tailrace::mysql {

namespace {

enum JsonType : std::uint8_t {
  kSmallObject = 0,
  kLargeObject = 1,
  kSmallArray = 2,
  kLargeArray = 3,
  kLiteral = 4,
  kInt16 = 5,
  kUint16 = 6,
  kInt32 = 7,
  kUint32 = 8,
  kInt64 = 9,
  kUint64 = 10,
  kDouble = 11,
  kString = 12,
  kOpaque = 15,
};

constexpr unsigned kMaxDepth = 100;  // as deep as the server lets documents be
constexpr std::string_view kHexDigits = "0123456789abcdef";

void append_escape(unsigned char character, ByteWriter& out) {
  switch (character) {
    case '"':
      out.text("\\\"");
      break;
    case '\\':
      out.text("\\\\");
      break;
    case '\b':
      out.text("\\b");
      break;
    case '\f':
      out.text("\\f");
      break;
    case '\n':
      out.text("\\n");
      break;
    case '\r':
      out.text("\\r");
      break;
    case '\t':
      out.text("\\t");
      break;
    default:
      out.text("\\u00");
      out.character(kHexDigits[character >> 4]);
      out.character(kHexDigits[character & 15]);
  }
}

void append_quoted(std::string_view text, ByteWriter& out) {
  out.character('"');
  std::size_t run = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto character = static_cast<unsigned char>(text[i]);
    if (character >= 0x20 && character != '"' && character != '\\') continue;
    out.text(text.substr(run, i - run));
    append_escape(character, out);
    run = i + 1;
  }
  out.text(text.substr(run));
  out.character('"');
}

// The digits and the decimal point's place of the shortest text that reads back the same.
struct Shortest {
  std::array<char, 20> digits;
  int digit_count = 0;
  int point = 0;  // value = 0.DIGITS * 10^point
};

Shortest shortest(double value) {
  std::array<char, 32> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific)
          .ptr;
  Shortest result;
  const char* at = text.data();
  for (; *at != 'e'; ++at) {
    if (*at != '.') result.digits[static_cast<std::size_t>(result.digit_count++)] = *at;
  }
  ++at;
  if (*at == '+') ++at;
  std::from_chars(at, end, result.point);
  ++result.point;
  return result;
}

// mysql-server strings/dtoa.cc (my_gcvt): plain notation while the decimal point stays within 15
// digits, and ".0" so that it reads back as a double.
void append_double(double value, ByteWriter& out) {
  constexpr int kMaxPlaces = 15;
  if (std::signbit(value)) out.character('-');
  if (value == 0) {
    out.text("0.0");
    return;
  }
  const Shortest number = shortest(std::fabs(value));
  const std::string_view digits(number.digits.data(), static_cast<std::size_t>(number.digit_count));
  if (number.point < -kMaxPlaces + 1 || number.point > kMaxPlaces) {
    out.text(digits.substr(0, 1));
    if (digits.size() > 1) {
      out.character('.');
      out.text(digits.substr(1));
    }
    out.character('e');
    out.digits(number.point - 1);
  } else if (number.point <= 0) {
    out.text("0.");
    out.fill('0', static_cast<std::size_t>(-number.point));
    out.text(digits);
  } else if (number.point >= number.digit_count) {
    out.text(digits);
    out.fill('0', static_cast<std::size_t>(number.point - number.digit_count));
    out.text(".0");
  } else {
    const auto whole = static_cast<std::size_t>(number.point);
    out.text(digits.substr(0, whole));
    out.character('.');
    out.text(digits.substr(whole));
  }
}

// Lines of 76 characters, as the server's base64_encode writes them; the line end shows escaped.
void append_base64(Bytes bytes, ByteWriter& out) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::size_t kBytesPerLine = 57;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    if (i > 0 && i % kBytesPerLine == 0) out.text("\\n");
    ByteReader in(bytes.subspan(i, std::min<std::size_t>(3, bytes.size() - i)));
    const std::size_t count = in.remaining();
    const std::uint64_t three = in.uint_be(count) << (8 * (3 - count));
    for (std::size_t j = 0; j < 4; ++j) {
      out.character(j <= count ? kAlphabet[three >> (18 - 6 * j) & 63] : '=');
    }
  }
}

class JsonPrinter {
 public:
  JsonPrinter(Bytes document, ByteWriter& out) : budget_(document.size() + 1), out_(out) {}

  // value: from where the value starts to the end of what may hold it.
  bool print(std::uint8_t type, Bytes value, unsigned depth) {
    if (depth > kMaxDepth) return wrong("nested too deeply");
    if (!spend(1)) return false;
    ByteReader in(value);
    switch (type) {
      case kSmallObject:
        return print_container(value, 2, true, depth);
      case kLargeObject:
        return print_container(value, 4, true, depth);
      case kSmallArray:
        return print_container(value, 2, false, depth);
      case kLargeArray:
        return print_container(value, 4, false, depth);
      case kLiteral:
        return print_literal(in);
      case kInt16:
        return print_number(in, static_cast<std::int16_t>(in.u16_le()));
      case kUint16:
        return print_number(in, in.u16_le());
      case kInt32:
        return print_number(in, static_cast<std::int32_t>(in.u32_le()));
      case kUint32:
        return print_number(in, in.u32_le());
      case kInt64:
        return print_number(in, static_cast<std::int64_t>(in.u64_le()));
      case kUint64:
        return print_number(in, in.u64_le());
      case kDouble:
        return print_double(in);
      case kString:
        return print_string(in, read_length(in));
      case kOpaque:
        return print_opaque(in);
      default:
        return wrong("unknown type of value");
    }
  }

  std::string_view error() const { return error_; }

 private:
  bool wrong(std::string_view what) {
    error_ = what;
    return false;
  }

  // Each value and each text byte of a document is in it once: a document that refers to the same
  // bytes again and again would grow without bound.
  bool spend(std::size_t amount) {
    if (amount > budget_) return wrong("more values than bytes");
    budget_ -= amount;
    return true;
  }

  // 7 bits per byte, low ones first.
  static std::uint64_t read_length(ByteReader& in) {
    std::uint64_t length = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      const std::uint8_t byte = in.u8();
      length |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return length;
    }
    in.fail();
    return 0;
  }
  static Bytes read_sized(ByteReader& in) { return in.bytes(read_length(in)); }

  bool print_literal(ByteReader& in) {
    constexpr std::array<std::string_view, 3> kNames{"null", "true", "false"};
    const std::uint8_t literal = in.u8();
    if (!in.ok() || literal >= kNames.size()) return wrong("bad literal");
    out_.text(kNames[literal]);
    return true;
  }

  template <typename T>
  bool print_number(const ByteReader& in, T value) {
    if (!in.ok()) return wrong("number cut off");
    out_.digits(value);
    return true;
  }

  bool print_double(ByteReader& in) {
    const auto value = std::bit_cast<double>(in.u64_le());
    if (!in.ok() || !std::isfinite(value)) return wrong("bad number");
    append_double(value, out_);
    return true;
  }

  bool print_string(ByteReader& in, std::uint64_t length) {
    const Bytes text = in.bytes(length);
    if (!in.ok() || !spend(text.size())) return wrong("string cut off");
    if (valid_utf8_bytes(text) != text.size()) return wrong("string is not UTF-8");
    append_quoted(as_text(text), out_);
    return true;
  }

  bool print_opaque(ByteReader& in) {
    const auto type = static_cast<ColumnType>(in.u8());
    const Bytes value = read_sized(in);
    if (!in.ok() || !spend(value.size())) return wrong("opaque value cut off");
    switch (type) {
      case ColumnType::newdecimal:
        return print_decimal(value);
      case ColumnType::date:
        return print_temporal(value, append_packed_date);
      case ColumnType::time:
        return print_temporal(value, append_packed_time);
      case ColumnType::datetime:
      case ColumnType::timestamp:
        return print_temporal(value, append_packed_datetime);
      default:
        break;
    }
    out_.text("\"base64:type");
    out_.digits(static_cast<unsigned>(type));
    out_.character(':');
    append_base64(value, out_);
    out_.character('"');
    return true;
  }

  bool print_decimal(Bytes value) {
    ByteReader in(value);
    const std::uint8_t precision = in.u8();
    const std::uint8_t scale = in.u8();
    const bool good = in.ok() && append_decimal(in.rest(), precision, scale, out_);
    return good || wrong("bad decimal");
  }

  bool print_temporal(Bytes value, bool (*append)(std::int64_t, ByteWriter&)) {
    ByteReader in(value);
    const auto packed = static_cast<std::int64_t>(in.u64_le());
    out_.character('"');
    const bool good = in.expect_end() && append(packed, out_);
    out_.character('"');
    return good || wrong("bad date or time");
  }

  static bool is_inline(std::uint8_t type, std::size_t offset_bytes) {
    return type == kLiteral || type == kInt16 || type == kUint16 ||
           (offset_bytes == 4 && (type == kInt32 || type == kUint32));
  }

  bool print_container(Bytes value, std::size_t offset_bytes, bool is_object, unsigned depth) {
    ByteReader head(value);
    const std::uint64_t count = head.uint_le(offset_bytes);
    const std::uint64_t bytes = head.uint_le(offset_bytes);
    if (!head.ok() || bytes > value.size()) return wrong("container cut off");
    const Bytes container = value.first(bytes);
    const std::size_t key_entry = is_object ? offset_bytes + 2 : 0;
    const std::size_t value_entry = 1 + offset_bytes;
    if (bytes < 2 * offset_bytes ||
        count > (bytes - 2 * offset_bytes) / (key_entry + value_entry)) {
      return wrong("container cut off");
    }
    ByteReader keys(container.subspan(2 * offset_bytes, count * key_entry));
    ByteReader values(container.subspan(2 * offset_bytes + count * key_entry));
    out_.character(is_object ? '{' : '[');
    for (std::uint64_t i = 0; i < count; ++i) {
      if (i > 0) out_.text(", ");
      if (is_object && !print_key(keys, container, offset_bytes)) return false;
      if (!print_entry(values, container, offset_bytes, depth)) return false;
    }
    out_.character(is_object ? '}' : ']');
    return true;
  }

  bool print_key(ByteReader& keys, Bytes container, std::size_t offset_bytes) {
    ByteReader key(container);
    key.skip(keys.uint_le(offset_bytes));
    if (!print_string(key, keys.u16_le())) return false;
    out_.text(": ");
    return true;
  }

  bool print_entry(ByteReader& values, Bytes container, std::size_t offset_bytes, unsigned depth) {
    const std::uint8_t type = values.u8();
    const Bytes entry = values.bytes(offset_bytes);
    if (is_inline(type, offset_bytes)) return print(type, entry, depth + 1);
    const std::uint64_t offset = ByteReader(entry).uint_le(offset_bytes);
    if (offset > container.size()) return wrong("value lies outside its container");
    return print(type, container.subspan(offset), depth + 1);
  }

  std::size_t budget_;
  ByteWriter& out_;
  std::string_view error_;
};

}  // namespace

std::string_view append_json(Bytes document, ByteWriter& out) {
  if (document.empty()) {
    out.text("null");
    return {};
  }
  JsonPrinter printer(document, out);
  const auto type = std::to_integer<std::uint8_t>(document[0]);
  return printer.print(type, document.subspan(1), 1) ? std::string_view() : printer.error();
}

}  // namespace tailrace::mysql
