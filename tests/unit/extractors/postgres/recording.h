#pragma once

// The recorded messages of tests/fixtures/postgres.

#include <charconv>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace tailrace::postgres::recorded {

inline std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned char byte = 0;
    const auto [end, error] = std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    EXPECT_TRUE(error == std::errc() && end == hex.data() + i + 2) << hex;
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

inline std::vector<std::string> read_lines(const std::string& name) {
  std::ifstream in(std::string(TAILRACE_FIXTURES) + "/postgres/" + name);
  EXPECT_TRUE(in) << name;
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// "rows-15"
inline std::vector<std::string> messages_of(const std::string& recording) {
  std::vector<std::string> messages;
  for (const std::string& line : read_lines(recording + ".pgoutput")) {
    messages.push_back(from_hex(line));
  }
  EXPECT_FALSE(messages.empty()) << recording;
  return messages;
}

// Makes a message by hand.
class MessageBytes {
 public:
  explicit MessageBytes(char type) : bytes_(1, type) {}
  MessageBytes& u8(unsigned value) { return number(value, 1); }
  MessageBytes& u16(unsigned value) { return number(value, 2); }
  MessageBytes& u32(std::uint32_t value) { return number(value, 4); }
  MessageBytes& u64(std::uint64_t value) { return number(value, 8); }
  MessageBytes& letter(char value) { return raw(std::string_view(&value, 1)); }
  MessageBytes& string(std::string_view value) { return raw(value).u8(0); }
  MessageBytes& raw(std::string_view value) {
    bytes_ += value;
    return *this;
  }
  // One letter per field: "n" and "u" stand for themselves, everything else is text.
  MessageBytes& tuple(const std::vector<std::string>& fields) {
    u16(static_cast<unsigned>(fields.size()));
    for (const std::string& field : fields) {
      if (field == "n" || field == "u") {
        raw(field);
      } else {
        letter('t').u32(static_cast<std::uint32_t>(field.size())).raw(field);
      }
    }
    return *this;
  }
  const std::string& bytes() const { return bytes_; }
  operator std::string() const { return bytes_; }

 private:
  MessageBytes& number(std::uint64_t value, int width) {
    for (int i = width - 1; i >= 0; --i) bytes_ += static_cast<char>(value >> (8 * i) & 0xFF);
    return *this;
  }
  std::string bytes_;
};

}  // namespace tailrace::postgres::recorded
