// Large values that a PostgreSQL source does not send again keep what they are at the target.
#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {
namespace {

class UnsentToastTest : public ::testing::TestWithParam<EnginePair> {
 protected:
  bool missing() {
    return bed_missing(why_unavailable(GetParam().source)) ||
           bed_missing(why_unavailable(GetParam().target));
  }
  static void create(ReplicationBed& bed, const std::string& identity) {
    bed.source().sql(
        "CREATE TABLE t (id integer PRIMARY KEY, version integer, a text, b bytea, c "
        "jsonb); ALTER TABLE t ALTER a SET STORAGE EXTERNAL, ALTER b SET STORAGE "
        "EXTERNAL, ALTER c SET STORAGE EXTERNAL; ALTER TABLE t REPLICA IDENTITY " +
            identity,
        "shop");
    bed.catch_up();
  }
  static std::string insert(int id, char letter) {
    const std::string value = "repeat('" + std::string(1, letter) + "', 9000)";
    return "INSERT INTO t VALUES (" + std::to_string(id) + ", 0, " + value + ", convert_to(" +
           value + ", 'UTF8'), to_jsonb(" + value + "));\n";
  }
};

TEST_P(UnsentToastTest, PlainUpdatesAndKeyChanges) {
  if (missing()) return;
  for (const std::string identity : {"DEFAULT", "FULL"}) {
    SCOPED_TRACE(identity);
    ReplicationBed bed(GetParam().source, GetParam().target);
    create(bed, identity);
    std::string rows;
    for (int id = 1; id <= 9; ++id) rows += insert(id, static_cast<char>('a' + id));
    bed.source().sql(rows, "shop");
    bed.catch_up();
    ASSERT_EQ(bed.differences(), "");
    bed.source().sql(
        "UPDATE t SET version = 1 WHERE id = 1;"
        "UPDATE t SET id = 102 WHERE id = 2;"
        "UPDATE t SET id = 103, version = 3 WHERE id = 3;"
        "UPDATE t SET a = NULL WHERE id = 4;"
        "UPDATE t SET a = repeat('z', 9000) WHERE id = 5;"
        "UPDATE t SET id = id + 200 WHERE id IN (6, 7);"
        "DELETE FROM t WHERE id = 8;",
        "shop");
    bed.catch_up();
    EXPECT_EQ(bed.differences(), "");
  }
}

// Everything of one unit, which becomes one row change each at the target.
TEST_P(UnsentToastTest, ChangesFoldedInOneUnit) {
  if (missing()) return;
  for (const std::string identity : {"DEFAULT", "FULL"}) {
    SCOPED_TRACE(identity);
    ReplicationBed bed(GetParam().source, GetParam().target);
    create(bed, identity);
    bed.source().sql(insert(1, 'a') + insert(2, 'b') + insert(3, 'c') + insert(4, 'd'), "shop");
    bed.catch_up();
    bed.source().sql("BEGIN;" + insert(10, 'x') +
                         "UPDATE t SET version = 1 WHERE id = 10;"
                         "UPDATE t SET version = 2 WHERE id = 10; COMMIT;" +
                         insert(11, 'y') + "UPDATE t SET id = 12 WHERE id = 11;" +
                         "UPDATE t SET version = 5 WHERE id = 12;"
                         "UPDATE t SET a = repeat('q', 9000) WHERE id = 1;"
                         "UPDATE t SET version = 6 WHERE id = 1;"
                         "UPDATE t SET version = 7 WHERE id = 2;"
                         "UPDATE t SET id = 22 WHERE id = 2;"
                         "UPDATE t SET version = 8 WHERE id = 22;"
                         "DELETE FROM t WHERE id = 3;" +
                         insert(3, 'n') +
                         "UPDATE t SET version = 9 WHERE id = 3;"
                         // Two rows change places.
                         "BEGIN; UPDATE t SET id = 99 WHERE id = 4; UPDATE t SET id = 4 WHERE id = "
                         "10; UPDATE t SET id = 10 WHERE id = 99; COMMIT;",
                     "shop");
    bed.catch_up();
    EXPECT_EQ(bed.differences(), "");
    EXPECT_EQ(bed.target_sql("SELECT id, version, length(a) FROM " + bed.target_table("t") +
                             " ORDER BY id"),
              "1\t6\t9000\n3\t9\t9000\n4\t2\t9000\n10\t0\t9000\n12\t5\t9000\n22\t8\t9000");
  }
}

INSTANTIATE_TEST_SUITE_P(Pairs, UnsentToastTest,
                         ::testing::Values(EnginePair{Engine::postgres15, Engine::postgres18},
                                           EnginePair{Engine::postgres18, Engine::mysql},
                                           EnginePair{Engine::postgres15, Engine::mariadb},
                                           EnginePair{Engine::postgres18, Engine::sqlite}),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
