#pragma once

// Character sets of MySQL and MariaDB and their conversion to UTF-8. Ids as in
// information_schema.COLLATIONS; mbmaxlen as in information_schema.CHARACTER_SETS.

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "core/utf8.h"

namespace tailrace::mysql {

constexpr std::uint32_t kBinaryCollation = 63;

enum class TextEncoding : std::uint8_t {
  binary,  // octets, not text
  utf8,    // utf8mb3 and utf8mb4: checked, then copied
  ascii,   //   "
  table,   // single bytes, by the servers' own table (charset_tables.h)
  iconv,   // by the C library, but for the codes that the servers read otherwise
};

struct CharsetException;

struct Charset {
  std::string_view name;  // "utf8mb4"
  TextEncoding encoding = TextEncoding::binary;
  std::uint8_t max_bytes = 1;            // per character (mbmaxlen)
  const char* iconv_name = nullptr;      // TextEncoding::iconv
  const char16_t* upper_half = nullptr;  // TextEncoding::table
  const CharsetException* exceptions = nullptr;
  std::size_t exception_count = 0;

  bool is_text() const { return encoding != TextEncoding::binary; }
};

// Which character set a collation belongs to. Built in: every id that MySQL up to 9.x and MariaDB
// up to 11.x give; more can be learnt from the server.
class CharsetTable {
 public:
  CharsetTable();  // the built-in collations

  // nullptr for an id that nobody told us.
  const Charset* find(std::uint32_t collation) const;
  static const Charset* find_by_name(std::string_view charset);
  // One row of information_schema.COLLATIONS. False when the character set itself is unknown.
  bool add(std::uint32_t collation, std::string_view charset);

 private:
  std::unordered_map<std::uint32_t, const Charset*> added_;
};

// Converts text to UTF-8. Holds one iconv converter per character set used; one thread owns it.
class TextConverter {
 public:
  TextConverter() = default;
  ~TextConverter();
  TextConverter(TextConverter&& other) noexcept;
  TextConverter& operator=(TextConverter&& other) noexcept;

  // Appends text in UTF-8. Answers nothing when all was well, else the offset of the first byte
  // that is no character of the set (out may then hold a part).
  std::optional<std::size_t> append_utf8(const Charset& charset, Bytes text, ByteWriter& out);

 private:
  struct Open {
    const Charset* charset = nullptr;
    void* handle = nullptr;  // iconv_t
  };
  void* handle_of(const Charset& charset);
  std::optional<std::size_t> append_by_iconv(const Charset& charset, Bytes text, ByteWriter& out);
  std::optional<std::size_t> append_with_exceptions(const Charset& charset, Bytes text,
                                                    ByteWriter& out);
  void close();

  std::vector<Open> open_;
};

}  // namespace tailrace::mysql
