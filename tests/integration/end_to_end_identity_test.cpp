// How a PostgreSQL source names the rows it changes.
#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {
namespace {

class ReplicaIdentityTest : public ::testing::TestWithParam<EnginePair> {
 protected:
  bool missing() {
    return bed_missing(why_unavailable(GetParam().source)) ||
           bed_missing(why_unavailable(GetParam().target));
  }
};

TEST_P(ReplicaIdentityTest, KeyIndexAndWholeRows) {
  if (missing()) return;
  ReplicationBed bed(GetParam().source, GetParam().target);
  bed.source().sql(R"(
    CREATE TABLE by_key (a integer, b varchar(9), v text, PRIMARY KEY (b, a));
    CREATE TABLE by_index (id integer, email varchar(50) NOT NULL, v text);
    CREATE UNIQUE INDEX by_email ON by_index (email);
    ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_email;
    CREATE TABLE whole_with_key (id integer PRIMARY KEY, v text, w json);
    ALTER TABLE whole_with_key REPLICA IDENTITY FULL;
    CREATE TABLE whole (a integer, b text, c timestamp);
    ALTER TABLE whole REPLICA IDENTITY FULL;
  )",
                   "shop");
  bed.catch_up();
  bed.source().sql(R"(
    INSERT INTO by_key VALUES (1, 'x', 'one'), (2, 'x', 'two'), (1, 'y', 'three'), (1, 'Y', NULL);
    INSERT INTO by_index VALUES (1, 'a@b', 'one'), (1, 'A@b', 'two'), (NULL, 'c', NULL);
    INSERT INTO whole_with_key VALUES (1, 'a', '{"a": 1}'), (2, NULL, NULL), (3, 'c', '[]');
    INSERT INTO whole VALUES (1, 'a', '2024-01-01'), (1, 'a', '2024-01-01'), (1, 'A', NULL),
      (NULL, NULL, NULL), (NULL, NULL, NULL), (2, 'b ', NULL), (2, 'b', NULL);
  )",
                   "shop");
  bed.catch_up();
  ASSERT_EQ(bed.differences(), "");
  bed.source().sql(R"(
    UPDATE by_key SET v = 'changed' WHERE a = 1 AND b = 'y';
    UPDATE by_key SET a = 7 WHERE a = 2;
    DELETE FROM by_key WHERE b = 'Y';
    UPDATE by_index SET v = 'changed' WHERE email = 'A@b';
    UPDATE by_index SET email = 'new@b', id = 5 WHERE email = 'a@b';
    DELETE FROM by_index WHERE email = 'c';
    UPDATE whole_with_key SET v = 'x' WHERE id = 2;
    UPDATE whole_with_key SET id = 30 WHERE id = 3;
    DELETE FROM whole_with_key WHERE id = 1;
    DELETE FROM whole WHERE ctid = (SELECT min(ctid) FROM whole WHERE b = 'a');
    DELETE FROM whole WHERE ctid = (SELECT min(ctid) FROM whole WHERE a IS NULL);
    UPDATE whole SET b = 'B' WHERE b = 'b ';
    UPDATE whole SET c = '2030-01-01' WHERE b = 'A';
  )",
                   "shop");
  bed.catch_up();
  EXPECT_EQ(bed.differences(), "");
}

INSTANTIATE_TEST_SUITE_P(Pairs, ReplicaIdentityTest,
                         ::testing::Values(EnginePair{Engine::postgres15, Engine::postgres18},
                                           EnginePair{Engine::postgres18, Engine::mysql},
                                           EnginePair{Engine::postgres15, Engine::mariadb},
                                           EnginePair{Engine::postgres18, Engine::sqlite}),
                         [](const auto& instance) { return name_of(instance.param); });

// Publishing it would make the application's updates fail.
TEST(ReplicaIdentity, ATableWithoutAnyIsNamedBeforeItIsPublished) {
  if (bed_missing(why_unavailable(Engine::postgres18))) return;
  ReplicationBed bed(Engine::postgres18, Engine::sqlite);
  bed.source().sql(
      "CREATE TABLE fine (id integer PRIMARY KEY);"
      "CREATE TABLE no_key (n integer);"
      "CREATE TABLE no_identity (id integer PRIMARY KEY);"
      "ALTER TABLE no_identity REPLICA IDENTITY NOTHING;",
      "shop");
  auto arguments = bed.run_arguments({"--exit-when-caught-up"});
  TailraceProcess refused(arguments);
  const auto ended = refused.wait(std::chrono::seconds(20));
  const std::string said = refused.error_output();
  EXPECT_FALSE(ended && ended->ok()) << said;
  for (const char* part : {"shop.no_key", "shop.no_identity", "REPLICA IDENTITY"}) {
    EXPECT_NE(said.find(part), std::string::npos) << part << " in " << said;
  }
  EXPECT_EQ(said.find("shop.fine"), std::string::npos) << said;
  EXPECT_EQ(bed.source().sql("SELECT count(*) FROM pg_publication", "shop"), "0");
  EXPECT_EQ(bed.slot("count(*)"), "0");

  bed.source().sql(
      "ALTER TABLE no_key REPLICA IDENTITY FULL;"
      "ALTER TABLE no_identity REPLICA IDENTITY DEFAULT",
      "shop");
  refused.kill();
  bed.catch_up();
  bed.source().sql(
      "INSERT INTO no_key VALUES (1), (1); DELETE FROM no_key WHERE ctid = '(0,1)';"
      "INSERT INTO no_identity VALUES (1)",
      "shop");
  bed.catch_up();
  EXPECT_EQ(bed.target_sql("SELECT count(*) FROM no_key"), "1");
  EXPECT_EQ(bed.target_sql("SELECT count(*) FROM no_identity"), "1");
}

// A publication of inserts alone, made by the administrator, needs no identity.
TEST(ReplicaIdentity, NothingIsEnoughForInserts) {
  if (bed_missing(why_unavailable(Engine::postgres15))) return;
  ReplicationBed bed(Engine::postgres15, Engine::sqlite);
  bed.source().sql(
      "CREATE TABLE log (n integer, line text);"
      "ALTER TABLE log REPLICA IDENTITY NOTHING;"
      "CREATE PUBLICATION lines FOR TABLE log WITH (publish = 'insert')",
      "shop");
  bed.source().sql("SELECT pg_create_logical_replication_slot('mine', 'pgoutput')", "shop");
  const std::string from = bed.source_url() + "?slot=mine&publication=lines";
  const auto catch_up = [&] {
    const auto result = run_tailrace(bed.run_arguments({"--exit-when-caught-up"}, from));
    ASSERT_TRUE(result.ended.ok()) << result.error_output;
  };
  catch_up();
  bed.source().sql("INSERT INTO log VALUES (1, 'a'), (1, 'a'), (2, NULL)", "shop");
  catch_up();
  EXPECT_EQ(bed.differences(), "");
}

}  // namespace
}  // namespace tailrace::testing
