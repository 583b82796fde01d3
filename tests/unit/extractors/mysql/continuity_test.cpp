#include "extractors/mysql/continuity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tailrace::mysql {
namespace {

using testing::HasSubstr;

GtidSet gtids(const std::string& text) {
  return GtidSet::parse(text).value();
}
MariadbPosition place(const std::string& text) {
  return MariadbPosition::parse(text).value();
}
MariadbGtid gtid(const std::string& text) {
  return MariadbGtid::parse(text).value();
}

const std::string kUuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const std::string kOther = "4e11fa47-71ca-11e1-9e33-c80aa9429562";

TEST(Continuity, MysqlContinues) {
  EXPECT_TRUE(
      check_mysql_gtids(gtids(kUuid + ":1-5"), gtids(kUuid + ":1-9"), gtids(kUuid + ":1-3"), "s"));
  EXPECT_TRUE(check_mysql_gtids(GtidSet(), gtids(kUuid + ":1-9"), GtidSet(), "s"));
  // A promoted replica: it has written transactions of its own since.
  EXPECT_TRUE(check_mysql_gtids(gtids(kUuid + ":1-5"), gtids(kUuid + ":1-5," + kOther + ":1-2"),
                                GtidSet(), "s"));
}

TEST(Continuity, MysqlPurged) {
  const auto status =
      check_mysql_gtids(gtids(kUuid + ":1-5"), gtids(kUuid + ":1-9"), gtids(kUuid + ":1-7"), "s");
  ASSERT_FALSE(status);
  Status copy = status;
  EXPECT_EQ(copy.error().kind(), ErrorKind::position_lost);
  EXPECT_THAT(copy.error().message(), HasSubstr("was purged: have " + kUuid + ":1-5"));
}

TEST(Continuity, MysqlChanged) {
  auto lost = check_mysql_gtids(gtids(kUuid + ":1-5"), gtids(kUuid + ":1-3"), GtidSet(), "s");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind(), ErrorKind::source_changed);
  EXPECT_THAT(lost.error().message(), HasSubstr("no longer contains " + kUuid + ":4-5"));
  auto other =
      check_mysql_gtids(gtids(kUuid + ":1-5"), gtids(kOther + ":1-9"), gtids(kOther + ":1-9"), "s");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind(), ErrorKind::source_changed);
  EXPECT_THAT(other.error().message(), HasSubstr("another server"));
}

TEST(Continuity, MariadbContinues) {
  EXPECT_TRUE(check_mariadb_gtids(place("0-1-5"), {gtid("0-1-9")}, place("0-1-3")));
  EXPECT_TRUE(check_mariadb_gtids(place("0-1-5"), {gtid("0-1-5"), gtid("0-2-9")}, {}));
  EXPECT_TRUE(check_mariadb_gtids({}, {gtid("0-1-9")}, {}));
}

TEST(Continuity, MariadbPurgedOrChanged) {
  auto purged = check_mariadb_gtids(place("0-1-5"), {gtid("0-1-9")}, place("0-1-7"));
  ASSERT_FALSE(purged);
  EXPECT_EQ(purged.error().kind(), ErrorKind::position_lost);
  auto domain = check_mariadb_gtids(place("0-1-5"), {gtid("0-1-9"), gtid("1-1-4")}, place("1-1-2"));
  ASSERT_FALSE(domain);
  EXPECT_EQ(domain.error().kind(), ErrorKind::position_lost);
  for (const char* state : {"0-1-4", "0-2-9", "1-1-9"}) {
    auto changed = check_mariadb_gtids(place("0-1-5"), {gtid(state)}, {});
    ASSERT_FALSE(changed) << state;
    EXPECT_EQ(changed.error().kind(), ErrorKind::source_changed) << state;
  }
}

TEST(Continuity, Files) {
  const std::vector<BinlogFile> files = {{"b.000003", 100}, {"b.000004", 200}};
  EXPECT_TRUE(check_file({"b.000004", 200}, files));
  EXPECT_TRUE(check_file({"b.000003", 4}, files));
  auto purged = check_file({"b.000002", 4}, files);
  ASSERT_FALSE(purged);
  EXPECT_EQ(purged.error().kind(), ErrorKind::position_lost);
  for (const FilePosition& wrong :
       {FilePosition{"b.000004", 201}, FilePosition{"b.000005", 4}, FilePosition{"c.000003", 4}}) {
    auto changed = check_file(wrong, files);
    ASSERT_FALSE(changed) << wrong.to_string();
    EXPECT_EQ(changed.error().kind(), ErrorKind::source_changed) << wrong.to_string();
  }
}

}  // namespace
}  // namespace tailrace::mysql
