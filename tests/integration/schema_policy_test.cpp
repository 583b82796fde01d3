// The option `schema` of a sink: what becomes of changes of the source's tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/blocked_sink.h"
#include "tests/support/beds.h"

namespace tailrace::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SchemaPolicyTest : public ::testing::TestWithParam<EnginePair> {
 protected:
  // Everything under one policy, with the statements that a person had to run.
  static std::vector<std::string> follow(ReplicationBed& bed, const std::string& policy,
                                         const std::string& changes) {
    const TailraceProcess tailrace = run_following(bed, R"("schema": ")" + policy + "\"");
    bed.source().sql(changes, "shop");
    std::vector<std::string> run = obey_until_up_to_date(bed);
    if (policy == "ignore") {
      EXPECT_THAT(tailrace.error_output(), HasSubstr("values are not kept"));
      EXPECT_THAT(tailrace.error_output(), HasSubstr("columns=n"));
    }
    return run;
  }
  static std::string at_target(const ReplicationBed& bed, const std::string& columns,
                               const std::string& table) {
    return bed.target_sql("SELECT " + columns + " FROM " + bed.target_table(table) +
                          " ORDER BY id");
  }
};

TEST_P(SchemaPolicyTest, EachDoesWhatItSays) {
  if (bed_missing(why_unavailable(GetParam().source))) return;
  if (bed_missing(why_unavailable(GetParam().target))) return;
  ReplicationBed bed(GetParam().source, GetParam().target);
  bed.source().sql(
      "CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(10), w INT NOT NULL);"
      "CREATE TABLE i LIKE a; CREATE TABLE s LIKE a; CREATE TABLE gone LIKE a;"
      "INSERT INTO a VALUES (1, 'one', 1); INSERT INTO i SELECT * FROM a;"
      "INSERT INTO s SELECT * FROM a; INSERT INTO gone SELECT * FROM a",
      "shop");
  bed.catch_up();

  EXPECT_THAT(follow(bed, "add_only",
                     "ALTER TABLE a ADD COLUMN n INT NOT NULL DEFAULT 7, DROP COLUMN w;"
                     "INSERT INTO a VALUES (2, 'two', 8); DROP TABLE gone"),
              IsEmpty());
  EXPECT_EQ(at_target(bed, "id, v, n, COALESCE(w, -1)", "a"), "1\tone\t7\t1\n2\ttwo\t8\t-1");
  EXPECT_EQ(at_target(bed, "id", "gone"), "1");
  EXPECT_THAT(follow(bed, "add_only",
                     "ALTER TABLE a CHANGE v v2 VARCHAR(10); INSERT INTO a VALUES (3, 'x', 9);"
                     "RENAME TABLE a TO b; INSERT INTO b VALUES (4, 'y', 9)"),
              ElementsAre(HasSubstr("RENAME COLUMN"), HasSubstr("RENAME")));
  EXPECT_EQ(at_target(bed, "id, v2", "b"), "1\tone\n2\ttwo\n3\tx\n4\ty");

  EXPECT_THAT(follow(bed, "ignore",
                     "ALTER TABLE i ADD COLUMN n INT DEFAULT 7; INSERT INTO i VALUES (2, 'two', 2, "
                     "3); UPDATE i SET n = 4; UPDATE i SET v = 'ONE', n = 5 WHERE id = 1;"
                     "INSERT INTO i VALUES (3, 'x', 1, 1); DELETE FROM i WHERE id = 3"),
              IsEmpty());
  EXPECT_EQ(at_target(bed, "*", "i"), "1\tONE\t1\n2\ttwo\t2");

  EXPECT_THAT(follow(bed, "stop",
                     "ALTER TABLE s ADD COLUMN n INT NOT NULL DEFAULT 7;"
                     "INSERT INTO s VALUES (2, 'two', 2, 8); ALTER TABLE s DROP COLUMN w;"
                     "ALTER TABLE s MODIFY v VARCHAR(30); INSERT INTO s VALUES (3, 'three', 9);"
                     "RENAME TABLE s TO s2; INSERT INTO s2 VALUES (4, 'four', 9);"
                     "DROP TABLE b"),
              ElementsAre(HasSubstr("ADD COLUMN"), HasSubstr("DROP COLUMN"), HasSubstr("30"),
                          HasSubstr("RENAME"), HasSubstr("DROP TABLE")));
  EXPECT_EQ(at_target(bed, "id, v, n", "s2"), "1\tone\t7\n2\ttwo\t8\n3\tthree\t9\n4\tfour\t9");
}

INSTANTIATE_TEST_SUITE_P(Targets, SchemaPolicyTest,
                         ::testing::Values(EnginePair{Engine::mariadb, Engine::postgres18},
                                           EnginePair{Engine::mariadb, Engine::mysql}),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
