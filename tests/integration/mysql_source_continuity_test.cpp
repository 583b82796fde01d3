// Before the first byte is read the log is proven to continue: what was purged, reset or belongs to
// another server is told apart, and never skipped over.
#include <gmock/gmock.h>

#include "tests/integration/mysql_source_bed.h"
#include "tests/support/eventually.h"

namespace tailrace::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class MysqlSourceContinuity : public MysqlSourceTest {
 protected:
  // A position with transactions before and behind it.
  Checkpoint middle() {
    sql("INSERT INTO shop.orders VALUES (1, 'a')");
    const Checkpoint place = resolve(*source_, StartPoint::Kind::now);
    sql("INSERT INTO shop.orders VALUES (2, 'b')");
    return place;
  }
  void purge() {
    sql("FLUSH BINARY LOGS");
    // MariaDB keeps a file until InnoDB has noted, in the background, that it needs it no more.
    ASSERT_TRUE(eventually([&] {
      const auto files = select(*server_, "SHOW BINARY LOGS");
      if (files.size() == 1) return true;
      sql("PURGE BINARY LOGS TO '" + files.back().front() + "'");
      return false;
    }));
  }
  std::string reset() const {
    return is_mariadb() ? "RESET MASTER" : "RESET BINARY LOGS AND GTIDS";
  }
  void use_files() {
    auto options = source_options(*server_);
    options.file_positions = true;
    source_ = make_source(options);
  }
  void expect_refused(const Checkpoint& from, ErrorKind kind, const std::string& message) {
    auto opened = source_->open(from);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind(), kind) << opened.error().to_string();
    EXPECT_THAT(opened.error().to_string(), HasSubstr(message));
    EXPECT_FALSE(opened.error().hint().empty());
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, MysqlSourceContinuity,
                         ::testing::Values(Kind::mariadb, Kind::mysql), kind_suffix);

TEST_P(MysqlSourceContinuity, PurgedByGtid) {
  if (!start()) return;
  const Checkpoint from = middle();
  purge();
  expect_refused(from, ErrorKind::position_lost, "was purged: have " + from.position.text);
  // What the server still has is reachable from its earliest position.
  const Captured rest = capture(*source_, resolve(*source_, StartPoint::Kind::earliest));
  EXPECT_FALSE(rest.error) << rest.error->to_string();
  EXPECT_TRUE(rest.changes().empty());
}

TEST_P(MysqlSourceContinuity, PurgedByFile) {
  if (!start()) return;
  use_files();
  const Checkpoint from = middle();
  purge();
  expect_refused(from, ErrorKind::position_lost, "was purged: have " + from.position.text);
}

TEST_P(MysqlSourceContinuity, PurgedBeforeTheBeginning) {
  if (!start()) return;
  const Checkpoint beginning = at(resolve(*source_, StartPoint::Kind::now), "beginning");
  purge();
  expect_refused(beginning, ErrorKind::position_lost, "was purged: have beginning");
}

TEST_P(MysqlSourceContinuity, NothingIsMissingAfterAHarmlessPurge) {
  if (!start()) return;
  sql("INSERT INTO shop.orders VALUES (1, 'a')");
  const Checkpoint from = resolve(*source_, StartPoint::Kind::now);
  purge();
  sql("INSERT INTO shop.orders VALUES (2, 'b')");
  const Captured rest = capture(*source_, from);
  EXPECT_FALSE(rest.error) << rest.error->to_string();
  EXPECT_THAT(rest.changes(), ElementsAre("insert shop.orders 2 b"));
}

TEST_P(MysqlSourceContinuity, LogWasResetByGtid) {
  if (!start()) return;
  const Checkpoint from = middle();
  sql(reset());
  expect_refused(from, ErrorKind::source_changed, "");
}

TEST_P(MysqlSourceContinuity, LogWasResetByFile) {
  if (!start()) return;
  use_files();
  sql("FLUSH BINARY LOGS");
  const Checkpoint from = middle();
  sql(reset());
  expect_refused(from, ErrorKind::source_changed, "log was reset");
}

TEST_P(MysqlSourceContinuity, AnotherServer) {
  if (!start()) return;
  const Checkpoint by_gtid = middle();
  use_files();
  const Checkpoint by_file = resolve(*source_, StartPoint::Kind::now);
  const auto other = make_server(GetParam());
  other->sql(
      "CREATE DATABASE shop; CREATE TABLE shop.t (id INT); INSERT INTO shop.t VALUES (1),(2)");
  source_ = make_source(source_options(*other));
  expect_refused(by_gtid, ErrorKind::source_changed, "");
  expect_refused(by_file, ErrorKind::source_changed, "the source changed from");
}

TEST_P(MysqlSourceContinuity, PositionOfTheOtherFamily) {
  if (!start()) return;
  const std::string foreign = is_mariadb() ? "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5" : "0-1-5";
  expect_refused(at({}, foreign), ErrorKind::source_changed, "the position is a");
  expect_refused(at({}, "nonsense"), ErrorKind::checkpoint_corrupt, "not a binlog position");
}

}  // namespace
}  // namespace tailrace::testing
