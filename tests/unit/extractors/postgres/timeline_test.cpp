#include "extractors/postgres/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tailrace::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(TimelineHistory, OldestFirst) {
  // As PostgreSQL 15 wrote it at two promotions.
  const auto history = parse_timeline_history(
      "1\t0/3000060\tno recovery target specified\n"
      "\n"
      "2\t1A/50000A0\tno recovery target specified\n");
  ASSERT_TRUE(history);
  EXPECT_THAT(*history,
              ElementsAre(TimelineSwitch{1, Lsn{0x3000060}}, TimelineSwitch{2, Lsn{0x1A050000A0}}));
}

TEST(TimelineHistory, CommentsAndMissingReasons) {
  const auto history = parse_timeline_history("# restored\n  # by hand\n  3 0/0A0000F8\r\n4\t0/B");
  ASSERT_TRUE(history);
  EXPECT_THAT(*history,
              ElementsAre(TimelineSwitch{3, Lsn{0xA0000F8}}, TimelineSwitch{4, Lsn{0xB}}));
  EXPECT_THAT(parse_timeline_history("").value(), ElementsAre());
}

TEST(TimelineHistory, AnythingElseIsRefused) {
  for (const char* file :
       {"x\t0/1\n", "1\n", "1\t\n", "1\t0-1\n", "-1\t0/1\n", "1x\t0/1\n", "99999999999\t0/1\n"}) {
    const auto history = parse_timeline_history("1\t0/1\tfine\n" + std::string(file));
    ASSERT_FALSE(history) << file;
    EXPECT_EQ(history.error().kind(), ErrorKind::stream_corrupt);
    EXPECT_THAT(history.error().message(), HasSubstr("line 2"));
  }
}

}  // namespace
}  // namespace tailrace::postgres
