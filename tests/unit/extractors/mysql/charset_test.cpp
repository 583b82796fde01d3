#include "extractors/mysql/charset.h"

#include <gtest/gtest.h>

namespace tailrace::mysql {
namespace {

using namespace std::string_literals;

std::string converted(std::string_view charset, std::string_view text) {
  TextConverter converter;
  ByteWriter out;
  const Charset* found = CharsetTable::find_by_name(charset);
  if (found == nullptr) return "no such character set";
  const auto bad = converter.append_utf8(*found, as_bytes(text), out);
  return bad ? "bad at " + std::to_string(*bad) : std::string(out.text());
}

TEST(CharsetTable, KnowsTheCollationsOfBothServers) {
  const CharsetTable table;
  const std::vector<std::pair<std::uint32_t, std::string_view>> cases{
      {8, "latin1"},    {33, "utf8mb3"},   {45, "utf8mb4"},   {63, "binary"},    {76, "utf8mb3"},
      {224, "utf8mb4"}, {248, "gb18030"},  {255, "utf8mb4"},  {323, "utf8mb4"},  {1, "big5"},
      {1032, "latin1"}, {1070, "utf8mb4"}, {2048, "utf8mb3"}, {2304, "utf8mb4"}, {3327, "utf32"},
      {608, "utf8mb4"}, {1270, "utf8mb4"}, {11, "ascii"},     {54, "utf16"},     {95, "cp932"},
  };
  for (const auto& [id, name] : cases) {
    ASSERT_NE(table.find(id), nullptr) << id;
    EXPECT_EQ(table.find(id)->name, name) << id;
  }
  for (const std::uint32_t id : {0U, 17U, 100U, 400U, 4000U, 1024U}) {
    EXPECT_EQ(table.find(id), nullptr) << id;
  }
}

TEST(CharsetTable, LearnsFromTheServer) {
  CharsetTable table;
  EXPECT_TRUE(table.add(5000, "utf8mb4"));
  EXPECT_EQ(table.find(5000)->name, "utf8mb4");
  EXPECT_FALSE(table.add(5001, "klingon"));
}

TEST(Utf8, AcceptsWhatUnicodeDefines) {
  for (const std::string& text :
       {""s, "ascii"s, "grün"s, "☃☃☃"s, "😀"s, "\xF4\x8F\xBF\xBF"s, "\xED\x9F\xBF"s, "\xEE\x80\x80"s,
        "12345678ä12345678ä"s, "\0"s, std::string(1000, 'x')}) {
    EXPECT_EQ(valid_utf8_bytes(as_bytes(text)), text.size()) << text;
  }
}

TEST(Utf8, NamesTheFirstBadByte) {
  const std::vector<std::pair<std::string, std::size_t>> cases{
      {"\x80", 0},
      {"\xC0\x80", 0},
      {"\xC1\xBF", 0},
      {"\xE0\x9F\xBF", 0},
      {"\xED\xA0\x80", 0},
      {"\xF0\x8F\xBF\xBF", 0},
      {"\xF4\x90\x80\x80", 0},
      {"\xF5\x80\x80\x80", 0},
      {"\xFF", 0},
      {"a\xC3", 1},
      {"ab\xE2\x98", 2},
      {"12345678\xF0\x9F\x98", 8},
      {"ä\xC3(", 2},
      {"123456789\xE9", 9},
  };
  for (const auto& [text, bad] : cases) EXPECT_EQ(valid_utf8_bytes(as_bytes(text)), bad) << text;
}

TEST(TextConverter, SingleBytes) {
  EXPECT_EQ(converted("latin1", "na\xEFve \x80 12345678 \xFC"), "naïve € 12345678 ü");
  // The five holes of Windows-1252 are control characters to the server.
  EXPECT_EQ(converted("latin1", "\x81\x8D\x8F\x90\x9D"),
            "\xC2\x81\xC2\x8D\xC2\x8F\xC2\x90\xC2\x9D");
  EXPECT_EQ(converted("latin1", "\0"s), "\0"s);
  EXPECT_EQ(converted("cp1251", "\xCF\xF0\xE8\xE2\xE5\xF2"), "Привет");
  EXPECT_EQ(converted("swe7", "GR\\N `"), "GRÖN é");
  EXPECT_EQ(converted("ascii", "abc"), "abc");
  EXPECT_EQ(converted("ascii", "abcdefghij\x80"), "bad at 10");
  EXPECT_EQ(converted("hebrew", "ab\xFB"), "bad at 2");
}

TEST(TextConverter, ManyBytes) {
  EXPECT_EQ(converted("utf16", "\0g\0r\0\xFC\xD8\x3D\xDE\x00"s), "grü😀");
  EXPECT_EQ(converted("utf16le", "g\0"s), "g");
  EXPECT_EQ(converted("utf32", "\0\1\xF6\0"s), "😀");
  EXPECT_EQ(converted("ucs2", "\x26\x03"s), "☃");
  EXPECT_EQ(converted("gbk", "\xBA\xBA\xD7\xD6"), "汉字");
  EXPECT_EQ(converted("sjis", "\x93\xFA\x81\x5F\x5C\x7E\xB1"), "日\\\\~ｱ");
  EXPECT_EQ(converted("cp932", "\x81\x60\x87\x8A"), "～㈱");
  EXPECT_EQ(converted("ujis", "\xC6\xFC\xA1\xC1\x8F\xA2\xB7"), "日〜~");
  EXPECT_EQ(converted("euckr", "\xC7\xD1\xB1\xB9"), "한국");
  EXPECT_EQ(converted("big5", "\xBA\x7E\xA2\x44"), "漢¥");
  // What both servers store for U+FFFD; the C library has a second U+5345 there.
  EXPECT_EQ(converted("big5", "\xA2\xCE\xA4\xCA\xA1\x5A"), "\uFFFD卅\uFFFD");
  EXPECT_EQ(converted("gbk", "a\xBA"), "bad at 1");
  EXPECT_EQ(converted("utf16", "\0a\xD8\x3D"s), "bad at 2");
  EXPECT_EQ(converted("sjis", "\x5C\x5C\x81"), "bad at 2");
}

TEST(TextConverter, RecoversAfterABadText) {
  TextConverter converter;
  ByteWriter out;
  const Charset& gbk = *CharsetTable::find_by_name("gbk");
  EXPECT_TRUE(converter.append_utf8(gbk, as_bytes("\xBA"), out));
  out.clear();
  EXPECT_FALSE(converter.append_utf8(gbk, as_bytes("\xBA\xBA"), out));
  EXPECT_EQ(out.text(), "汉");
}

}  // namespace
}  // namespace tailrace::mysql
