#include <fmt/format.h>

#include "extractors/mysql/gtid_set.h"

namespace tailrace::mysql {

namespace {

constexpr std::size_t kHexDigits = 32;

std::optional<unsigned> hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a' + 10);
  if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A' + 10);
  return std::nullopt;
}

// Dashes stand in front of the digits 8, 12, 16 and 20: all of them, or none.
constexpr bool is_dash_place(std::size_t digit) {
  return digit == 8 || digit == 12 || digit == 16 || digit == 20;
}

bool read_digits(std::string_view text, bool dashed, Uuid& uuid) {
  std::size_t digit = 0;
  bool after_dash = false;
  for (const char character : text) {
    if (dashed && is_dash_place(digit) && !after_dash) {
      if (character != '-') return false;
      after_dash = true;
      continue;
    }
    after_dash = false;
    const auto value = hex_value(character);
    if (!value || digit == kHexDigits) return false;
    std::uint8_t& byte = uuid.bytes[digit / 2];
    byte = static_cast<std::uint8_t>(static_cast<unsigned>(byte) << 4 | *value);
    ++digit;
  }
  return digit == kHexDigits;
}

}  // namespace

Result<Uuid> Uuid::parse(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('{') && digits.ends_with('}') && digits.size() > 1) {
    digits = digits.substr(1, digits.size() - 2);
  }
  Uuid uuid;
  if (read_digits(digits, digits.find('-') != std::string_view::npos, uuid)) return uuid;
  return Error(ErrorKind::invalid_config, fmt::format("\"{}\" is not a server uuid", text));
}

void Uuid::print(std::string& text) const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (is_dash_place(2 * i)) text += '-';
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
}

std::string Uuid::to_string() const {
  std::string text;
  print(text);
  return text;
}

}  // namespace tailrace::mysql
