// Values that no server of ours can be made to log, and damaged ones.

#include <gtest/gtest.h>

#include "extractors/mysql/decimal.h"
#include "extractors/mysql/json_binary.h"
#include "extractors/mysql/octet_types.h"
#include "extractors/mysql/temporal.h"
#include "extractors/mysql/type_text.h"
#include "extractors/mysql/zlib_inflate.h"

namespace tailrace::mysql {
namespace {

using namespace std::string_literals;

template <typename Function>
std::string text_of(Function&& append) {
  ByteWriter out;
  return append(out) ? std::string(out.text()) : "refused";
}

std::string json(std::string_view document) {
  ByteWriter out;
  const std::string_view wrong = append_json(as_bytes(document), out);
  return wrong.empty() ? std::string(out.text()) : "wrong: " + std::string(wrong);
}

TEST(Decimal, GroupsAndSigns) {
  const auto decimal = [](std::string_view stored, unsigned precision, unsigned scale) {
    return text_of(
        [&](ByteWriter& out) { return append_decimal(as_bytes(stored), precision, scale, out); });
  };
  // The manual's example: 1234567890.1234 as DECIMAL(14,4).
  EXPECT_EQ(decimal("\x81\x0D\xFB\x38\xD2\x04\xD2", 14, 4), "1234567890.1234");
  EXPECT_EQ(decimal("\x7E\xF2\x04\xC7\x2D\xFB\x2D", 14, 4), "-1234567890.1234");
  EXPECT_EQ(decimal("\x80", 1, 0), "0");
  EXPECT_EQ(decimal("\x80"s, 3, 0), "refused");  // a byte short
  EXPECT_EQ(decimal("\x8A", 1, 0), "refused");   // digit 10
  EXPECT_EQ(decimal("", 1, 0), "refused");
}

TEST(Temporal, FieldsOutsideClockAndCalendar) {
  const auto datetime2 = [](std::string_view stored, unsigned digits) {
    return text_of([&](ByteWriter& out) {
      ByteReader in(as_bytes(stored));
      return append_datetime2(in, digits, out);
    });
  };
  EXPECT_EQ(datetime2("\x80\0\0\0\0"s, 0), "0000-00-00 00:00:00");
  EXPECT_EQ(datetime2("\x80\0\0\0\x3F"s, 0), "refused");  // 63 seconds
  EXPECT_EQ(datetime2("\x7F\0\0\0\0"s, 0), "refused");    // below zero
  EXPECT_EQ(datetime2("\xFF\xFF\xFF\xFF\xFF"s, 0), "refused");
  EXPECT_EQ(datetime2("\x80\0\0\0"s, 0), "refused");        // cut off
  EXPECT_EQ(datetime2("\x80\0\0\0\0\xFF"s, 2), "refused");  // 255 hundredths
  const auto date = [](std::uint32_t stored) {
    return text_of([&](ByteWriter& out) { return append_date(stored, out); });
  };
  EXPECT_EQ(date(2024U << 9 | 2 << 5 | 30), "2024-02-30");  // ALLOW_INVALID_DATES
  EXPECT_EQ(date(2024U << 9 | 13 << 5 | 1), "refused");
  EXPECT_EQ(date(10000U << 9), "refused");
}

TEST(Temporal, TimestampsBeyond2038) {
  const auto timestamp2 = [](std::string_view stored) {
    return text_of([&](ByteWriter& out) {
      ByteReader in(as_bytes(stored));
      return append_timestamp2(in, 0, out);
    });
  };
  EXPECT_EQ(timestamp2("\x80\0\0\0"s), "2038-01-19 03:14:08Z");
  EXPECT_EQ(timestamp2("\xFF\xFF\xFF\xFF"s), "2106-02-07 06:28:15Z");
}

TEST(Set, BitsWithoutLabel) {
  const std::vector<std::string> labels{"a", "b"};
  EXPECT_EQ(text_of([&](ByteWriter& out) { return append_set(3, labels, out); }), "a,b");
  EXPECT_EQ(text_of([&](ByteWriter& out) { return append_set(4, labels, out); }), "refused");
  const auto label = [](std::uint64_t index, const std::vector<std::string>& of) {
    return text_of([&](ByteWriter& out) { return append_enumeration(index, of, out); });
  };
  EXPECT_EQ(label(2, labels), "b");
  EXPECT_EQ(label(3, labels), "refused");
  EXPECT_EQ(label(0, labels), "");
  // The error value is never taken for a label.
  EXPECT_EQ(label(0, {"a", ""}), std::string(1, '\0'));
  EXPECT_EQ(label(2, {"a", ""}), "");
  EXPECT_EQ(label(0, {"", std::string(1, '\0')}), "refused");
}

TEST(Addresses, TrailingZerosAreRestored) {
  const auto inet6 = [](std::string_view stored) {
    return text_of([&](ByteWriter& out) { return append_inet6(as_bytes(stored), out); });
  };
  EXPECT_EQ(inet6(""), "::");
  EXPECT_EQ(inet6("\x20\x01\x0d\xb8"), "2001:db8::");
  EXPECT_EQ(inet6(std::string(17, '\1')), "refused");
}

TEST(Json, DamagedDocuments) {
  EXPECT_EQ(json(""), "null");  // a zero-length value stands for null
  EXPECT_EQ(json("\x04\x01"s), "true");
  EXPECT_EQ(json("\x04\x03"s), "wrong: bad literal");
  EXPECT_EQ(json("\x0c\x05"
                 "abc"s),
            "wrong: string cut off");
  EXPECT_EQ(json("\x07\x01"s), "wrong: number cut off");
  EXPECT_EQ(json("\x63"s), "wrong: unknown type of value");
  EXPECT_EQ(json("\x02\0\0\x04\0"s), "[]");
  EXPECT_EQ(json("\x02\x01\0\x07\0\x05\x07\0"s), "[7]");
  EXPECT_EQ(json("\x02\x01\0\xff\0\x05\x07\0"s), "wrong: container cut off");
  EXPECT_EQ(json("\x02\xff\xff\x07\0\x05\x07\0"s), "wrong: container cut off");
  // an array whose only element is the array itself
  EXPECT_EQ(json("\x02\x01\0\x07\0\x02\0\0"s).substr(0, 6), "wrong:");
}

// Each of 100 levels refers to the next one many times: the text would never end.
TEST(Json, DocumentThatGrowsWithoutBound) {
  std::string document = "\x02"s;
  const int count = 60;
  const int bytes = 4 + 3 * count;
  document += static_cast<char>(count) + "\0"s + static_cast<char>(bytes) + "\0"s;
  for (int i = 0; i < count; ++i) document += "\x02\0\0"s;
  EXPECT_EQ(json(document).substr(0, 6), "wrong:");
}

TEST(Inflate, RefusesWhatDoesNotFit) {
  const auto column = [](std::string_view stored) {
    return text_of(
        [&](ByteWriter& out) { return append_uncompressed_column(as_bytes(stored), out); });
  };
  EXPECT_EQ(column(""), "");
  EXPECT_EQ(column("\0plain"s), "plain");
  EXPECT_EQ(column("\x84\x7f\xff\xff\xff"s), "refused");  // claims 2 GiB
  EXPECT_EQ(column("\x81\x05xxxxx"s), "refused");
  EXPECT_EQ(column("\x91\x05xxxxx"s), "refused");  // unknown method
}

TEST(TypeText, NumbersLabelsAndSign) {
  const auto decimal = parse_type_text("decimal(10,2) unsigned zerofill");
  ASSERT_TRUE(decimal);
  EXPECT_EQ(decimal->name, "decimal");
  EXPECT_EQ(decimal->numbers, (std::vector<std::uint32_t>{10, 2}));
  EXPECT_TRUE(decimal->is_unsigned);
  const auto labels = parse_type_text("enum('a','it''s','x,y','b\\\\c')");
  ASSERT_TRUE(labels);
  EXPECT_EQ(labels->labels, (std::vector<std::string>{"a", "it's", "x,y", "b\\c"}));
  EXPECT_TRUE(parse_type_text("varchar(20) /*M!100301 COMPRESSED*/"));
  EXPECT_FALSE(parse_type_text("enum('a"));
  EXPECT_FALSE(parse_type_text("varchar(x)"));
  EXPECT_FALSE(parse_type_text(""));
}

}  // namespace
}  // namespace tailrace::mysql
