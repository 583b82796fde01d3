// Tables of the target that are not what the source's rows need: each is said with the statement
// that cures it, and the sink goes on by itself once somebody ran it.
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/blocked_sink.h"
#include "tests/support/beds.h"

namespace tailrace::testing {
namespace {

using ::testing::SizeIs;

// Missing column, a column that needs a value, less room, another type, no key; and columns of the
// target's own, which are nobody's business.
const std::map<Engine, std::string> kTables = {
    {Engine::postgres18,
     "CREATE SCHEMA shop; CREATE TABLE shop.a (id int PRIMARY KEY);"
     "CREATE TABLE shop.b (id int PRIMARY KEY, v varchar(20), mine int NOT NULL);"
     "CREATE TABLE shop.c (id int PRIMARY KEY, n bigint, v varchar(3));"
     "CREATE TABLE shop.d (id int PRIMARY KEY, v date);"
     "CREATE TABLE shop.e (id int, v varchar(20));"
     "CREATE TABLE shop.f (id int PRIMARY KEY, mine int, v varchar(20), more int NOT NULL "
     "DEFAULT 5)"},
    {Engine::mariadb,
     "CREATE DATABASE shop; CREATE TABLE shop.a (id INT PRIMARY KEY);"
     "CREATE TABLE shop.b (id INT PRIMARY KEY, v VARCHAR(20), mine INT NOT NULL);"
     "CREATE TABLE shop.c (id INT PRIMARY KEY, n BIGINT, v VARCHAR(3));"
     "CREATE TABLE shop.d (id INT PRIMARY KEY, v DATE);"
     "CREATE TABLE shop.e (id INT, v VARCHAR(20));"
     "CREATE TABLE shop.f (id INT PRIMARY KEY, mine INT, v VARCHAR(20), more INT NOT NULL "
     "DEFAULT 5)"},
    {Engine::sqlite,
     "CREATE TABLE a (id INTEGER PRIMARY KEY) STRICT;"
     "CREATE TABLE b (id INTEGER PRIMARY KEY, v TEXT, mine INTEGER NOT NULL) STRICT;"
     "CREATE TABLE c (id INTEGER PRIMARY KEY, n INTEGER, v TEXT) STRICT;"
     "CREATE TABLE d (id INTEGER PRIMARY KEY, v BLOB) STRICT;"
     "CREATE TABLE e (id INTEGER, v TEXT) STRICT;"
     "CREATE TABLE f (id INTEGER PRIMARY KEY, mine INTEGER, v TEXT, more INTEGER NOT NULL DEFAULT "
     "5) STRICT"},
};

class SchemaSurprisesTest : public ::testing::TestWithParam<EnginePair> {};

TEST_P(SchemaSurprisesTest, EachIsCuredByItsStatement) {
  if (bed_missing(why_unavailable(GetParam().source))) return;
  if (bed_missing(why_unavailable(GetParam().target))) return;
  ReplicationBed bed(GetParam().source, GetParam().target);
  bed.target_sql(kTables.at(GetParam().target));
  bed.source().sql(
      "CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(20)); CREATE TABLE b LIKE a;"
      "CREATE TABLE c (id INT PRIMARY KEY, n BIGINT UNSIGNED, v VARCHAR(20));"
      "CREATE TABLE d LIKE a; CREATE TABLE e LIKE a; CREATE TABLE f LIKE a;"
      "INSERT INTO a VALUES (1, 'one'); INSERT INTO b VALUES (1, 'one');"
      "INSERT INTO c VALUES (1, 18446744073709551615, 'x'), (2, 1, 'y');"
      "INSERT INTO c VALUES (3, 1, 'longer');"
      "INSERT INTO d VALUES (1, 'one'); INSERT INTO e VALUES (1, 'one');"
      "INSERT INTO f VALUES (1, 'one'); UPDATE f SET v = 'two'",
      "shop");
  const TailraceProcess tailrace = run_following(bed, "");
  // SQLite has no shorter texts.
  const std::size_t surprises = GetParam().target == Engine::sqlite ? 5 : 6;
  EXPECT_THAT(obey_until_up_to_date(bed), SizeIs(surprises)) << tailrace.error_output();
  EXPECT_EQ(bed.differences(), "");
  EXPECT_EQ(bed.target_sql("SELECT id, COALESCE(mine, -1), v, more FROM " + bed.target_table("f")),
            "1\t-1\ttwo\t5");
}

INSTANTIATE_TEST_SUITE_P(Targets, SchemaSurprisesTest,
                         ::testing::Values(EnginePair{Engine::mariadb, Engine::postgres18},
                                           EnginePair{Engine::mariadb, Engine::mariadb},
                                           EnginePair{Engine::mariadb, Engine::sqlite}),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
