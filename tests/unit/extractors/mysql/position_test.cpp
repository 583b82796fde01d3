#include "extractors/mysql/position.h"

#include <gtest/gtest.h>

namespace tailrace::mysql {
namespace {

constexpr const char* kUuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
constexpr const char* kOther = "4e11fa47-71ca-11e1-9e33-c80aa9429562";

LogPosition parsed(const std::string& text) {
  return parse_position(text).value();
}
std::string set(const char* uuid, const std::string& intervals) {
  return std::string(uuid) + ":" + intervals;
}

TEST(Position, TextTellsTheKindAndSurvives) {
  EXPECT_EQ(kind_name(parsed(set(kUuid, "1-5"))), "GTID set");
  EXPECT_EQ(kind_name(parsed("0-1-100,1-7-3")), "MariaDB GTID position");
  EXPECT_EQ(kind_name(parsed("binlog.000003:4567")), "file position");
  EXPECT_EQ(kind_name(parsed("beginning")), "beginning");
  for (const std::string& text :
       {set(kUuid, "1-5:7"), std::string("0-1-100,1-7-3"), std::string("my-1-2-3-bin.000003:4567"),
        std::string("beginning"), std::string("binlog.000003:5000000000")}) {
    EXPECT_EQ(to_position(parsed(text)).text, text);
  }
  EXPECT_EQ(to_position(LogPosition(GtidSet())).text, "beginning");
  EXPECT_EQ(to_position(LogPosition(MariadbPosition())).text, "beginning");
}

TEST(Position, RefusesOtherText) {
  for (const char* text : {"", "now", "binlog", "binlog.000003", "binlog.000003:", "binlog.x:4",
                           "0-1", "3e11fa47-71ca-11e1-9e33-c80aa9429562", ":4"}) {
    EXPECT_FALSE(parse_position(text)) << text;
  }
}

TEST(Position, OrdersFilesByNumber) {
  EXPECT_TRUE(compare(parsed("b.000001:900"), parsed("b.000002:4")) < 0);
  EXPECT_TRUE(compare(parsed("b.999999:4"), parsed("b.1000000:4")) < 0);
  EXPECT_TRUE(compare(parsed("b.000002:5"), parsed("b.000002:4")) > 0);
  EXPECT_TRUE(compare(parsed("b.000002:4"), parsed("b.000002:4")) == 0);
  EXPECT_EQ(compare(parsed("a.000002:4"), parsed("b.000002:4")), std::partial_ordering::unordered);
}

TEST(Position, OrdersGtidsByInclusion) {
  const auto less = parsed(set(kUuid, "1-5"));
  const auto more = parsed(set(kUuid, "1-7"));
  const auto elsewhere = parsed(set(kOther, "1-7"));
  EXPECT_TRUE(compare(less, more) < 0);
  EXPECT_TRUE(compare(parsed("beginning"), less) < 0);
  EXPECT_TRUE(compare(parsed("beginning"), parsed("beginning")) == 0);
  EXPECT_EQ(compare(less, elsewhere), std::partial_ordering::unordered);
  EXPECT_EQ(compare(less, parsed("0-1-5")), std::partial_ordering::unordered);
  EXPECT_TRUE(compare(parsed("0-1-5"), parsed("0-2-6,1-1-1")) < 0);
  EXPECT_EQ(compare(parsed("0-1-5,1-1-2"), parsed("0-2-6,1-1-1")),
            std::partial_ordering::unordered);
}

TEST(Position, EarlierIsWhatBothContain) {
  EXPECT_EQ(to_position(earlier(parsed(set(kUuid, "1-5")), parsed(set(kUuid, "3-9"))).value()).text,
            set(kUuid, "3-5"));
  EXPECT_EQ(to_position(earlier(parsed(set(kUuid, "1")), parsed(set(kOther, "1"))).value()).text,
            "beginning");
  EXPECT_EQ(to_position(earlier(parsed("0-1-5,1-1-2"), parsed("0-2-6,1-1-1")).value()).text,
            "0-1-5,1-1-1");
  EXPECT_EQ(to_position(earlier(parsed("b.000009:4"), parsed("b.000010:4")).value()).text,
            "b.000009:4");
  EXPECT_FALSE(earlier(parsed("b.000009:4"), parsed(set(kUuid, "1"))));
}

TEST(Position, ContainsLooksAtTheGtidFirst) {
  const auto held = parsed(set(kUuid, "1-5:7"));
  EXPECT_TRUE(contains(held, set(kUuid, "7"), Position{set(kUuid, "1-7")}).value().value());
  EXPECT_FALSE(contains(held, set(kUuid, "6"), Position{set(kUuid, "1-6")}).value().value());
  EXPECT_TRUE(contains(parsed("0-1-9"), "0-1-8", Position{"0-1-8"}).value().value());
  EXPECT_FALSE(contains(parsed("0-1-9"), "1-1-8", Position{"0-1-8,1-1-8"}).value().value());
  EXPECT_TRUE(contains(parsed("b.000002:10"), "", Position{"b.000002:10"}).value().value());
  EXPECT_FALSE(contains(parsed("b.000002:10"), "", Position{"b.000002:11"}).value().value());
  // Positions by file, on a server that has GTIDs nevertheless.
  EXPECT_TRUE(
      contains(parsed("b.000002:10"), set(kUuid, "7"), Position{"b.000002:9"}).value().value());
  EXPECT_FALSE(
      contains(parsed("beginning"), set(kUuid, "1"), Position{set(kUuid, "1")}).value().value());
}

}  // namespace
}  // namespace tailrace::mysql
