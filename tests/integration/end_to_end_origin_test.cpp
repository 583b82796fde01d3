// Two PostgreSQL databases that replicate into each other: nothing goes round in circles.
#include <fstream>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/compare/compare.h"
#include "tests/support/eventually.h"
#include "tests/support/postgres_server.h"
#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {
namespace {

// A trigger that also fires for what a replicator writes counts every change of a row.
constexpr const char* kTables = R"(
  CREATE SCHEMA shop;
  CREATE TABLE shop.t (id integer PRIMARY KEY, v text);
  CREATE SCHEMA audit;
  CREATE TABLE audit.changes (id integer, v text);
  CREATE FUNCTION audit.note() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO audit.changes VALUES (new.id, new.v); RETURN NULL; END $$;
  CREATE TRIGGER note AFTER INSERT OR UPDATE ON shop.t FOR EACH ROW EXECUTE FUNCTION audit.note();
  ALTER TABLE shop.t ENABLE ALWAYS TRIGGER note;
)";

std::string pipeline(const std::string& name, const std::string& from, const std::string& to,
                     const std::string& skipped) {
  return R"({ "name": ")" + name + R"(", "source": { "url": ")" + from +
         R"(", "tables": ["shop.*"], "create_slot": true, "skip_origins": [")" + skipped +
         R"("] }, "sinks": [{ "name": "there", "url": ")" + to + R"(" }] })";
}

TEST(Origin, TwoDatabasesFeedEachOtherWithoutALoop) {
  if (bed_missing(why_unavailable(Engine::postgres18))) return;
  if (bed_missing(why_unavailable(Engine::postgres15))) return;
  const PostgresServer left({.private_instance = true, .version = 18});
  const PostgresServer right({.private_instance = true});
  for (const PostgresServer* server : {&left, &right}) {
    server->sql("CREATE DATABASE shop");
    server->sql(kTables, "shop");
  }
  const TempDir folder;
  const auto file = folder / "tailrace.json";
  std::ofstream(file) << R"({ "state_dir": ")" << (folder / "state").string()
                      << R"(", "pipelines": [)"
                      << pipeline("there", left.url("shop"), right.url("shop"), "tailrace_back_*")
                      << ", "
                      << pipeline("back", right.url("shop"), left.url("shop"), "tailrace_there_*")
                      << "] }";
  TailraceProcess tailrace({"run", "-c", file.string()});
  const auto has_slot = [](const PostgresServer& server) {
    return server.sql("SELECT count(*) FROM pg_replication_slots WHERE active") == "1";
  };
  ASSERT_TRUE(eventually([&] { return has_slot(left) && has_slot(right); }))
      << tailrace.error_output();
  left.sql("INSERT INTO shop.t SELECT n, 'left' FROM generate_series(1, 100) n", "shop");
  right.sql("INSERT INTO shop.t SELECT n, 'right' FROM generate_series(1001, 1100) n", "shop");
  const auto rows = [](const PostgresServer& server) {
    return server.sql("SELECT count(*) FROM shop.t", "shop");
  };
  ASSERT_TRUE(eventually([&] { return rows(left) == "200" && rows(right) == "200"; }))
      << tailrace.error_output();
  // By itself: in one unit with the insert it would come down to one change.
  left.sql("UPDATE shop.t SET v = 'left again' WHERE id = 1", "shop");
  const auto updated = [&] {
    return right.sql("SELECT v FROM shop.t WHERE id = 1", "shop") == "left again";
  };
  ASSERT_TRUE(eventually(updated)) << tailrace.error_output();
  // What comes behind everything above: an echo would have arrived before it.
  left.sql("INSERT INTO shop.t VALUES (500, 'last of left')", "shop");
  ASSERT_TRUE(eventually([&] { return rows(right) == "201"; })) << tailrace.error_output();
  right.sql("INSERT INTO shop.t VALUES (1500, 'last of right')", "shop");
  ASSERT_TRUE(eventually([&] { return rows(left) == "202"; })) << tailrace.error_output();
  left.sql("INSERT INTO shop.t VALUES (501, 'end')", "shop");
  ASSERT_TRUE(eventually([&] { return rows(right) == "203"; })) << tailrace.error_output();
  for (const PostgresServer* server : {&left, &right}) {
    EXPECT_EQ(server->sql("SELECT count(*) FROM audit.changes", "shop"), "204");
  }
  const auto report =
      compare_databases(left.url("shop"), right.url("shop"), {.tables = {"shop.*"}});
  EXPECT_TRUE(report.equal()) << describe(report);
  EXPECT_EQ(right.sql("SELECT roname FROM pg_replication_origin"), "tailrace_there_there");
  EXPECT_EQ(left.sql("SELECT roname FROM pg_replication_origin"), "tailrace_back_there");
}

}  // namespace
}  // namespace tailrace::testing
