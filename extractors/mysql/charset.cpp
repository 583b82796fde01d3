#include "extractors/mysql/charset.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <iconv.h>

#include "extractors/mysql/charset_tables.h"

namespace tailrace::mysql {

namespace {

constexpr Charset plain(std::string_view name, TextEncoding encoding, std::uint8_t max_bytes) {
  return {name, encoding, max_bytes, nullptr, nullptr, nullptr, 0};
}
constexpr Charset by_table(std::string_view name, const char16_t* upper_half) {
  return {name, TextEncoding::table, 1, nullptr, upper_half, nullptr, 0};
}
constexpr Charset by_iconv(std::string_view name, std::uint8_t max_bytes, const char* iconv_name) {
  return {name, TextEncoding::iconv, max_bytes, iconv_name, nullptr, nullptr, 0};
}

// Compared over all codes with MariaDB 10.11: what differs is in the exceptions.
constexpr std::array kCharsets{
    plain("binary", TextEncoding::binary, 1),
    plain("utf8mb4", TextEncoding::utf8, 4),
    plain("utf8mb3", TextEncoding::utf8, 3),
    plain("ascii", TextEncoding::ascii, 1),
    by_table("latin1", kLatin1),
    by_table("latin2", kLatin2),
    by_table("latin5", kLatin5),
    by_table("latin7", kLatin7),
    by_table("cp850", kCp850),
    by_table("cp852", kCp852),
    by_table("cp866", kCp866),
    by_table("cp1250", kCp1250),
    by_table("cp1251", kCp1251),
    by_table("cp1256", kCp1256),
    by_table("cp1257", kCp1257),
    by_table("koi8r", kKoi8r),
    by_table("koi8u", kKoi8u),
    by_table("greek", kGreek),
    by_table("hebrew", kHebrew),
    by_table("dec8", kDec8),
    by_table("hp8", kHp8),
    by_table("tis620", kTis620),
    by_table("armscii8", kArmscii8),
    by_table("keybcs2", kKeybcs2),
    by_table("macce", kMacce),
    by_table("macroman", kMacroman),
    by_table("geostd8", kGeostd8),
    Charset{"swe7", TextEncoding::iconv, 1, "ASCII", nullptr, kSwe7Exceptions, kSwe7ExceptionCount},
    Charset{"big5", TextEncoding::iconv, 2, "BIG5", nullptr, kBig5Exceptions, kBig5ExceptionCount},
    Charset{"sjis", TextEncoding::iconv, 2, "SJIS", nullptr, kSjisExceptions, kSjisExceptionCount},
    Charset{"ujis", TextEncoding::iconv, 3, "EUC-JP-MS", nullptr, kUjisExceptions,
            kUjisExceptionCount},
    by_iconv("cp932", 2, "CP932"),
    by_iconv("eucjpms", 3, "EUC-JP-MS"),
    by_iconv("euckr", 2, "CP949"),
    by_iconv("gb2312", 2, "GB2312"),
    by_iconv("gbk", 2, "CP936"),
    by_iconv("gb18030", 4, "GB18030"),
    by_iconv("ucs2", 2, "UCS-2BE"),
    by_iconv("utf16", 4, "UTF-16BE"),
    by_iconv("utf16le", 4, "UTF-16LE"),
    by_iconv("utf32", 4, "UTF-32BE"),
};

struct CollationRange {
  std::uint16_t first;
  std::uint16_t last;
  std::string_view charset;
};

// Ascending. MariaDB has each collation below 1024 a second time, 1024 higher, without padding.
constexpr CollationRange kCollations[] = {
    {1, 1, "big5"},        {2, 2, "latin2"},      {3, 3, "dec8"},        {4, 4, "cp850"},
    {5, 5, "latin1"},      {6, 6, "hp8"},         {7, 7, "koi8r"},       {8, 8, "latin1"},
    {9, 9, "latin2"},      {10, 10, "swe7"},      {11, 11, "ascii"},     {12, 12, "ujis"},
    {13, 13, "sjis"},      {14, 14, "cp1251"},    {15, 15, "latin1"},    {16, 16, "hebrew"},
    {18, 18, "tis620"},    {19, 19, "euckr"},     {20, 20, "latin7"},    {21, 21, "latin2"},
    {22, 22, "koi8u"},     {23, 23, "cp1251"},    {24, 24, "gb2312"},    {25, 25, "greek"},
    {26, 26, "cp1250"},    {27, 27, "latin2"},    {28, 28, "gbk"},       {29, 29, "cp1257"},
    {30, 30, "latin5"},    {31, 31, "latin1"},    {32, 32, "armscii8"},  {33, 33, "utf8mb3"},
    {34, 34, "cp1250"},    {35, 35, "ucs2"},      {36, 36, "cp866"},     {37, 37, "keybcs2"},
    {38, 38, "macce"},     {39, 39, "macroman"},  {40, 40, "cp852"},     {41, 42, "latin7"},
    {43, 43, "macce"},     {44, 44, "cp1250"},    {45, 46, "utf8mb4"},   {47, 49, "latin1"},
    {50, 52, "cp1251"},    {53, 53, "macroman"},  {54, 55, "utf16"},     {56, 56, "utf16le"},
    {57, 57, "cp1256"},    {58, 59, "cp1257"},    {60, 61, "utf32"},     {62, 62, "utf16le"},
    {63, 63, "binary"},    {64, 64, "armscii8"},  {65, 65, "ascii"},     {66, 66, "cp1250"},
    {67, 67, "cp1256"},    {68, 68, "cp866"},     {69, 69, "dec8"},      {70, 70, "greek"},
    {71, 71, "hebrew"},    {72, 72, "hp8"},       {73, 73, "keybcs2"},   {74, 74, "koi8r"},
    {75, 75, "koi8u"},     {76, 76, "utf8mb3"},   {77, 77, "latin2"},    {78, 78, "latin5"},
    {79, 79, "latin7"},    {80, 80, "cp850"},     {81, 81, "cp852"},     {82, 82, "swe7"},
    {83, 83, "utf8mb3"},   {84, 84, "big5"},      {85, 85, "euckr"},     {86, 86, "gb2312"},
    {87, 87, "gbk"},       {88, 88, "sjis"},      {89, 89, "tis620"},    {90, 90, "ucs2"},
    {91, 91, "ujis"},      {92, 93, "geostd8"},   {94, 94, "latin1"},    {95, 96, "cp932"},
    {97, 98, "eucjpms"},   {99, 99, "cp1250"},    {101, 124, "utf16"},   {128, 151, "ucs2"},
    {159, 159, "ucs2"},    {160, 183, "utf32"},   {192, 215, "utf8mb3"}, {223, 223, "utf8mb3"},
    {224, 247, "utf8mb4"}, {248, 250, "gb18030"}, {255, 323, "utf8mb4"}, {576, 578, "utf8mb3"},
    {608, 610, "utf8mb4"}, {640, 642, "ucs2"},    {672, 674, "utf16"},   {736, 738, "utf32"},
};

// MariaDB's Unicode collations, from 10.10: a block of 256 for each character set.
constexpr CollationRange kUca1400[] = {
    {2048, 2303, "utf8mb3"}, {2304, 2559, "utf8mb4"}, {2560, 2815, "ucs2"},
    {2816, 3071, "utf16"},   {3072, 3327, "utf32"},
};

constexpr std::uint32_t kMariadbNoPad = 1024;

const Charset* find_in(std::span<const CollationRange> ranges, std::uint32_t collation) {
  const auto at = std::lower_bound(
      ranges.begin(), ranges.end(), collation,
      [](const CollationRange& range, std::uint32_t wanted) { return range.last < wanted; });
  if (at == ranges.end() || at->first > collation) return nullptr;
  return CharsetTable::find_by_name(at->charset);
}

void append_character(char32_t character, ByteWriter& out) {
  const auto low_six = [&](unsigned shift) {
    return static_cast<std::uint8_t>(0x80 | (character >> shift & 0x3F));
  };
  if (character < 0x80) {
    out.u8(static_cast<std::uint8_t>(character));
  } else if (character < 0x800) {
    out.u8(static_cast<std::uint8_t>(0xC0 | character >> 6));
    out.u8(low_six(0));
  } else {
    out.u8(static_cast<std::uint8_t>(0xE0 | character >> 12));
    out.u8(low_six(6));
    out.u8(low_six(0));
  }
}

std::optional<std::size_t> append_utf8_checked(Bytes text, ByteWriter& out) {
  const std::size_t valid = valid_utf8_bytes(text);
  if (valid != text.size()) return valid;
  out.bytes(text);
  return std::nullopt;
}

std::optional<std::size_t> append_ascii(Bytes text, ByteWriter& out) {
  const std::size_t valid = ascii_bytes(text);
  if (valid != text.size()) return valid;
  out.bytes(text);
  return std::nullopt;
}

std::optional<std::size_t> append_by_table(const char16_t* upper_half, Bytes text,
                                           ByteWriter& out) {
  std::size_t i = 0;
  while (true) {
    const std::size_t run = ascii_bytes(text.subspan(i));
    out.bytes(text.subspan(i, run));
    i += run;
    if (i == text.size()) return std::nullopt;
    const char16_t character = upper_half[std::to_integer<std::size_t>(text[i]) - 0x80];
    if (character == 0) return i;
    append_character(character, out);
    ++i;
  }
}

// Bytes of the character that starts here, in the sets that have exceptions.
std::size_t character_bytes(const Charset& charset, std::uint8_t lead) {
  if (lead < 0x80 || charset.max_bytes == 1) return 1;
  if (charset.max_bytes == 3) return lead == 0x8F ? 3 : 2;  // ujis
  const bool half_width = charset.name == "sjis" && lead >= 0xA0 && lead <= 0xDF;
  return half_width ? 1 : 2;
}

const CharsetException* find_exception(const Charset& charset, Bytes character) {
  std::uint32_t code = 0;
  for (const std::byte byte : character) code = code << 8 | std::to_integer<std::uint32_t>(byte);
  const CharsetException* const end = charset.exceptions + charset.exception_count;
  const auto* at = std::lower_bound(charset.exceptions, end, code,
                                    [](const CharsetException& exception, std::uint32_t wanted) {
                                      return exception.code < wanted;
                                    });
  return at != end && at->code == code ? at : nullptr;
}

}  // namespace

CharsetTable::CharsetTable() = default;

const Charset* CharsetTable::find_by_name(std::string_view charset) {
  // As the catalogues of servers before MySQL 8.0.28 and MariaDB 10.6 say; their logs give an id.
  if (charset == "utf8") charset = "utf8mb3";
  const auto at = std::find_if(kCharsets.begin(), kCharsets.end(),
                               [&](const Charset& candidate) { return candidate.name == charset; });
  return at == kCharsets.end() ? nullptr : &*at;
}

const Charset* CharsetTable::find(std::uint32_t collation) const {
  if (const auto added = added_.find(collation); added != added_.end()) return added->second;
  if (const Charset* found = find_in(kCollations, collation)) return found;
  if (collation > kMariadbNoPad && collation < 2 * kMariadbNoPad) {
    return find_in(kCollations, collation - kMariadbNoPad);
  }
  return find_in(kUca1400, collation);
}

bool CharsetTable::add(std::uint32_t collation, std::string_view charset) {
  const Charset* found = find_by_name(charset);
  if (found != nullptr) added_[collation] = found;
  return found != nullptr;
}

TextConverter::TextConverter(TextConverter&& other) noexcept
    : open_(std::exchange(other.open_, {})) {}

TextConverter& TextConverter::operator=(TextConverter&& other) noexcept {
  if (this != &other) {
    close();
    open_ = std::exchange(other.open_, {});
  }
  return *this;
}

TextConverter::~TextConverter() {
  close();
}

void TextConverter::close() {
  for (const Open& open : open_) iconv_close(open.handle);
  open_.clear();
}

void* TextConverter::handle_of(const Charset& charset) {
  for (const Open& open : open_) {
    if (open.charset == &charset) return open.handle;
  }
  const iconv_t handle = iconv_open("UTF-8", charset.iconv_name);
  if (handle == reinterpret_cast<iconv_t>(-1)) return nullptr;
  open_.push_back({&charset, handle});
  return handle;
}

std::optional<std::size_t> TextConverter::append_utf8(const Charset& charset, Bytes text,
                                                      ByteWriter& out) {
  switch (charset.encoding) {
    case TextEncoding::binary:
      out.bytes(text);
      return std::nullopt;
    case TextEncoding::utf8:
      return append_utf8_checked(text, out);
    case TextEncoding::ascii:
      return append_ascii(text, out);
    case TextEncoding::table:
      return append_by_table(charset.upper_half, text, out);
    case TextEncoding::iconv:
      return charset.exception_count == 0 ? append_by_iconv(charset, text, out)
                                          : append_with_exceptions(charset, text, out);
  }
  return 0;
}

// The C library cannot convert a set that is not installed: then no byte is a character.
std::optional<std::size_t> TextConverter::append_by_iconv(const Charset& charset, Bytes text,
                                                          ByteWriter& out) {
  constexpr std::size_t kUtf8BytesPerByte = 4;
  if (text.empty()) return std::nullopt;
  void* const handle = handle_of(charset);
  if (handle == nullptr) return 0;
  // iconv does not write to its input; the type is historical
  char* from = const_cast<char*>(reinterpret_cast<const char*>(text.data()));
  std::size_t from_left = text.size();
  const std::size_t start = out.size();
  const std::size_t room = text.size() * kUtf8BytesPerByte;
  char* to = reinterpret_cast<char*>(out.extend(room));
  std::size_t to_left = room;
  iconv(handle, nullptr, nullptr, nullptr, nullptr);
  const std::size_t converted = iconv(handle, &from, &from_left, &to, &to_left);
  out.truncate(start + room - to_left);
  // more than 0: characters that were replaced by similar ones
  if (converted == 0 && from_left == 0) return std::nullopt;
  return text.size() - from_left;
}

std::optional<std::size_t> TextConverter::append_with_exceptions(const Charset& charset, Bytes text,
                                                                 ByteWriter& out) {
  std::size_t run = 0;  // start of what goes to iconv in one piece
  std::size_t i = 0;
  const auto convert_run = [&]() -> std::optional<std::size_t> {
    const auto bad = append_by_iconv(charset, text.subspan(run, i - run), out);
    return bad ? std::optional(run + *bad) : std::nullopt;
  };
  while (i < text.size()) {
    const auto lead = std::to_integer<std::uint8_t>(text[i]);
    const std::size_t length = std::min(character_bytes(charset, lead), text.size() - i);
    const CharsetException* exception = find_exception(charset, text.subspan(i, length));
    if (exception != nullptr) {
      if (const auto bad = convert_run()) return bad;
      append_character(exception->character, out);
      run = i + length;
    }
    i += length;
  }
  return convert_run();
}

}  // namespace tailrace::mysql
