// Tables named like helpers of gh-ost and pt-online-schema-change: copied and streamed, or neither.
#include <algorithm>

#include <gmock/gmock.h>

#include "tests/integration/mysql_snapshot_bed.h"

namespace tailrace::testing {
namespace {

using ::testing::ElementsAre;

class MysqlSnapshotHelpers : public MysqlSnapshotTest {
 protected:
  // t, and beside it a table that a person has named so.
  bool start_with_helper(bool follow) {
    if (!start()) return false;
    sql("CREATE TABLE shop.t (id INT PRIMARY KEY); CREATE TABLE shop._t_new (id INT PRIMARY KEY);"
        "CREATE TABLE shop._u_new (id INT PRIMARY KEY); INSERT INTO shop.t VALUES (1);"
        "INSERT INTO shop._t_new VALUES (2); INSERT INTO shop._u_new VALUES (3)");
    auto options = source_options(*server_);
    options.tables = {"shop.*"};
    options.follow_table_copies = follow;
    source_ = make_source(std::move(options));
    return true;
  }
  std::vector<std::string> copied() {
    std::vector<std::string> names;
    for (const auto& [name, table] : copy_all(*source_, resolve(*source_, StartPoint::Kind::now))) {
      names.push_back(name);
      EXPECT_EQ(table.rows.size(), 1U) << name;
    }
    return names;
  }
  std::vector<std::string> streamed(const std::string& statements) {
    const Checkpoint now = resolve(*source_, StartPoint::Kind::now);
    sql("USE shop; " + statements);
    const Captured captured = capture(*source_, now);
    EXPECT_FALSE(captured.error) << captured.error->to_string();
    return captured.changes();
  }
  bool is_warned_of() {
    const Findings findings = source_->check();
    return std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
      return finding.id == std::string("MY-SRC-25") && finding.subject == "shop._t_new";
    });
  }
};
INSTANTIATE_TEST_SUITE_P(Servers, MysqlSnapshotHelpers,
                         ::testing::Values(Kind::mariadb, Kind::mysql), kind_suffix);

TEST_P(MysqlSnapshotHelpers, AreNeitherCopiedNorSent) {
  if (!start_with_helper(true)) return;
  EXPECT_THAT(copied(), ElementsAre("shop._u_new", "shop.t"));
  EXPECT_TRUE(is_warned_of());
  EXPECT_THAT(streamed("INSERT INTO t VALUES (11); INSERT INTO _t_new VALUES (12);"
                       "INSERT INTO _u_new VALUES (13); TRUNCATE _t_new"),
              ElementsAre("insert shop.t 11", "insert shop._u_new 13"));
}

TEST_P(MysqlSnapshotHelpers, AreTablesLikeOthersWhenAskedFor) {
  if (!start_with_helper(false)) return;
  EXPECT_THAT(copied(), ElementsAre("shop._t_new", "shop._u_new", "shop.t"));
  EXPECT_FALSE(is_warned_of());
  EXPECT_THAT(streamed("INSERT INTO t VALUES (11); INSERT INTO _t_new VALUES (12);"
                       "RENAME TABLE t TO _t_old, _t_new TO t"),
              ElementsAre("insert shop.t 11", "insert shop._t_new 12",
                          "rename table shop.t shop._t_old shop._t_new shop.t"));
}

// Its rows were never sent, and the next ones are: it has to be copied.
TEST_P(MysqlSnapshotHelpers, ThatOutliveTheirTableAreCopied) {
  if (!start_with_helper(true)) return;
  EXPECT_THAT(streamed("DROP TABLE t"),
              ElementsAre("drop table shop.t", "alter table shop._t_new (rows)"));
  EXPECT_THAT(copied(), ElementsAre("shop._t_new", "shop._u_new"));
  EXPECT_THAT(streamed("INSERT INTO _t_new VALUES (12)"), ElementsAre("insert shop._t_new 12"));
  EXPECT_THAT(streamed("CREATE TABLE t (id INT PRIMARY KEY)"),
              ElementsAre("create table shop.t", "drop table shop._t_new"));
}

}  // namespace
}  // namespace tailrace::testing
