#include "extractors/mysql/gtid_set.h"

#include <gtest/gtest.h>

namespace tailrace::mysql {
namespace {

const std::string kA = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const std::string kB = "4e11fa47-71ca-11e1-9e33-c80aa9429562";

GtidSet set_of(const std::string& text) {
  auto set = GtidSet::parse(text);
  EXPECT_TRUE(set) << text;
  return set ? *set : GtidSet();
}

TEST(GtidSet, ParsesAndPrintsCanonically) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", ""},
      {" \n", ""},
      {kA + ":1-5", kA + ":1-5"},
      {kB + ":1," + kA + ":7:1-5:6", kA + ":1-7," + kB + ":1"},
      {"3E11FA47-71CA-11E1-9E33-C80AA9429562:3-3", kA + ":3"},
      {kA + ":1-5,\n" + kA + ":10-20", kA + ":1-5:10-20"},
      {"3e11fa4771ca11e19e33c80aa9429562:1", kA + ":1"},
      {kA + ":1-5:Tag_1:3-4:9:b:1", kA + ":1-5," + kA + ":b:1," + kA + ":tag_1:3-4:9"},
  };
  for (const auto& [text, printed] : cases) EXPECT_EQ(set_of(text).to_string(), printed);
}

TEST(GtidSet, RefusesWhatIsNone) {
  for (const std::string& text :
       {kA, kA + ":", kA + ":0", kA + ":5-1", kA + ":1:", kA + ":1-", kA + ":x", std::string("x:1"),
        kA + ":1:x", kA + ":9223372036854775807", kA + "0:1", kA + ":1-2-3",
        std::string("0-1-100")}) {
    EXPECT_FALSE(GtidSet::parse(text)) << text;
  }
}

TEST(GtidSet, AddsOutOfOrder) {
  const Uuid source = *Uuid::parse(kA);
  GtidSet set;
  for (const std::uint64_t number : {5, 1, 3, 2, 4, 9, 8, 7, 7, 6}) set.add(source, "", number);
  EXPECT_EQ(set.to_string(), kA + ":1-9");
  set.add(source, "", GtidSet::Interval{20, 30});
  set.add(source, "", GtidSet::Interval{12, 14});
  set.add(source, "", GtidSet::Interval{13, 19});
  EXPECT_EQ(set.to_string(), kA + ":1-9:12-30");
  EXPECT_TRUE(set.contains(source, "", 12));
  EXPECT_FALSE(set.contains(source, "", 11));
  EXPECT_FALSE(set.contains(source, "tag", 12));
  EXPECT_TRUE(set.contains(kA + ":30"));
  EXPECT_FALSE(set.contains(kA + ":31"));
  EXPECT_FALSE(set.contains(kB + ":1"));
}

TEST(GtidSet, Algebra) {
  const GtidSet left = set_of(kA + ":1-10:20-30," + kB + ":1-5");
  const GtidSet right = set_of(kA + ":5-25");
  EXPECT_EQ(left.intersect(right).to_string(), kA + ":5-10:20-25");
  EXPECT_EQ(left.subtract(right).to_string(), kA + ":1-4:26-30," + kB + ":1-5");
  EXPECT_EQ(right.subtract(left).to_string(), kA + ":11-19");
  GtidSet both = left;
  both.add(right);
  EXPECT_EQ(both.to_string(), kA + ":1-30," + kB + ":1-5");
  EXPECT_TRUE(left.is_subset_of(both));
  EXPECT_EQ(left <=> both, std::partial_ordering::less);
  EXPECT_EQ(both <=> right, std::partial_ordering::greater);
  EXPECT_EQ(left <=> right, std::partial_ordering::unordered);
  EXPECT_EQ(left <=> GtidSet(left), std::partial_ordering::equivalent);
  EXPECT_EQ(GtidSet() <=> left, std::partial_ordering::less);
}

TEST(GtidSet, RoundTripsThroughBytes) {
  for (const std::string& text :
       {std::string(), kA + ":1-5:7," + kB + ":9", kA + ":1," + kA + ":tag:1-3," + kB + ":x:2"}) {
    ByteWriter out;
    set_of(text).encode(out);
    const auto decoded = GtidSet::decode(out.view());
    ASSERT_TRUE(decoded) << text;
    EXPECT_EQ(decoded->to_string(), text);
    for (std::size_t cut = 0; cut < out.size(); ++cut) {
      EXPECT_FALSE(GtidSet::decode(out.view().first(cut)));
    }
  }
}

TEST(GtidSet, ClassicBytesAreTheServers) {
  ByteWriter out;
  set_of(kA + ":1-5").encode(out);
  const std::string expected(
      "\x01\0\0\0\0\0\0\0\x3e\x11\xfa\x47\x71\xca\x11\xe1\x9e\x33\xc8\x0a\xa9\x42\x95\x62"
      "\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x06\0\0\0\0\0\0\0",
      48);
  EXPECT_EQ(out.text(), expected);
}

}  // namespace
}  // namespace tailrace::mysql
