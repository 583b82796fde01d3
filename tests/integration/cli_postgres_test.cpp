// The program with PostgreSQL as its source, as a person uses it.
#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>

#include "tests/support/beds.h"
#include "tests/support/eventually.h"
#include "tests/support/postgres_server.h"
#include "tests/support/tailrace_process.h"
#include "tests/support/temp_dir.h"

namespace tailrace::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Arguments = std::vector<std::string>;

class CliPostgres : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    if (bed_missing(PostgresServer::why_unavailable(GetParam(), true))) return;
    server_ = std::make_unique<PostgresServer>(
        PostgresOptions{.private_instance = true, .version = GetParam()});
    server_->sql("CREATE DATABASE shop");
    sql("CREATE TABLE items (id int PRIMARY KEY, name text, price numeric(8,2))");
  }

  std::string sql(const std::string& statements) const { return server_->sql(statements, "shop"); }
  std::string source(const std::string& options = {}) const {
    return server_->url("shop") + options;
  }
  std::string sqlite() const { return "sqlite://" + (folder / "copy.db").string(); }
  // `command` for the pipeline shop with these flags.
  Arguments shop(const char* command, const Arguments& more = {}) const {
    Arguments arguments{command, "--from",        source(),
                        "--to",  "c=" + sqlite(), "--name",
                        "shop",  "--state-dir",   (folder / "state").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  std::string count(const std::string& catalogue) const {
    return sql("SELECT count(*) FROM " + catalogue);
  }

  std::unique_ptr<PostgresServer> server_;
  TempDir folder{"clipg"};
};
INSTANTIATE_TEST_SUITE_P(Versions, CliPostgres, ::testing::Values(15, 18),
                         ::testing::PrintToStringParamName());

TEST_P(CliPostgres, NothingIsMadeUnlessAskedFor) {
  if (server_ == nullptr) return;
  const CommandResult run = run_tailrace(shop("run", {"--exit-when-caught-up"}));
  EXPECT_EQ(run.ended.status, 1);
  EXPECT_THAT(run.error_output, HasSubstr("--create-slot"));
  EXPECT_EQ(count("pg_replication_slots"), "0");
  EXPECT_EQ(count("pg_publication"), "0");
}

TEST_P(CliPostgres, RunPositionAndDropSlot) {
  if (server_ == nullptr) return;
  const Arguments until_caught_up = shop("run", {"--create-slot", "--exit-when-caught-up"});
  const CommandResult first = run_tailrace(until_caught_up);
  ASSERT_TRUE(first.ended.ok()) << first.error_output;
  EXPECT_EQ(sql("SELECT slot_name FROM pg_replication_slots"), "tailrace_shop");
  sql("INSERT INTO items VALUES (1, 'one', 0.25), (2, 'two', 0.50)");
  const CommandResult second = run_tailrace(until_caught_up);
  ASSERT_TRUE(second.ended.ok()) << second.error_output;
  const CommandResult rows = run_command(
      {.arguments = {"sqlite3", (folder / "copy.db").string(), "SELECT count(*) FROM items"}});
  EXPECT_EQ(rows.output, "2\n") << rows.error_output;

  const CommandResult position = run_tailrace(shop("position"));
  EXPECT_TRUE(position.ended.ok()) << position.error_output;
  EXPECT_THAT(position.output, HasSubstr("tailrace_shop"));
  EXPECT_THAT(position.output, HasSubstr("B of log, confirmed "));
  EXPECT_THAT(run_tailrace(shop("position", {"--json"})).output, HasSubstr("\"keeps\": {"));

  const CommandResult unasked = run_tailrace(shop("position", {"--drop-slot"}));
  EXPECT_EQ(unasked.ended.status, 2) << unasked.output;
  EXPECT_THAT(unasked.error_output, HasSubstr("--yes"));
  EXPECT_EQ(count("pg_replication_slots"), "1");
  const CommandResult dropped = run_tailrace(shop("position", {"--drop-slot", "--yes"}));
  EXPECT_TRUE(dropped.ended.ok()) << dropped.error_output;
  EXPECT_THAT(dropped.output, StartsWith("shop: dropped replication slot tailrace_shop"));
  EXPECT_EQ(count("pg_replication_slots"), "0");
  EXPECT_EQ(count("pg_publication"), "0");

  // The sink's checkpoint is there, the log is not: never a new slot in silence.
  const CommandResult lost = run_tailrace(until_caught_up);
  EXPECT_EQ(lost.ended.status, 1);
  EXPECT_THAT(lost.error_output, HasSubstr("tailrace_shop"));
  EXPECT_EQ(count("pg_replication_slots"), "0");
}

TEST_P(CliPostgres, TheSlotOfARunningPipelineStays) {
  if (server_ == nullptr) return;
  TailraceProcess daemon(shop("run", {"--create-slot"}));
  ASSERT_TRUE(eventually([&] {
    return sql("SELECT count(*) FROM pg_replication_slots WHERE active") == "1";
  })) << daemon.error_output();
  const CommandResult refused = run_tailrace(shop("position", {"--drop-slot", "--yes"}));
  EXPECT_EQ(refused.ended.status, 2);
  EXPECT_THAT(refused.error_output, HasSubstr("another tailrace runs this pipeline"));
  // Even a tailrace with another state directory, which cannot see the lock.
  const CommandResult elsewhere =
      run_tailrace({"position", "--from", source(), "--name", "shop", "--state-dir",
                    (folder / "other").string(), "--drop-slot", "--yes"});
  EXPECT_EQ(elsewhere.ended.status, 1) << elsewhere.output;
  EXPECT_EQ(count("pg_replication_slots"), "1");
}

TEST_P(CliPostgres, TailPrintsChangesMessagesAndTruncations) {
  if (server_ == nullptr) return;
  sql("CREATE PUBLICATION p FOR ALL TABLES");
  TailraceProcess tail({"tail", source("?publication=p"), "--limit", "5"});
  ASSERT_TRUE(eventually([&] {
    return sql("SELECT count(*) FROM pg_replication_slots WHERE active AND temporary") == "1";
  })) << tail.error_output();
  sql("INSERT INTO items VALUES (1, 'one', 0.25)");
  sql("SELECT pg_logical_emit_message(true, 'app', 'gr\xC3\xBC\xC3\x9F'),"
      " pg_logical_emit_message(false, 'raw', '\\xff00'::bytea)");
  sql("SELECT pg_replication_origin_create('elsewhere'),"
      " pg_replication_origin_session_setup('elsewhere');"
      "DELETE FROM items WHERE id = 1");
  sql("TRUNCATE items RESTART IDENTITY CASCADE");
  const auto ended = tail.wait();
  ASSERT_TRUE(ended) << tail.output();
  EXPECT_TRUE(ended->ok()) << tail.error_output();
  const std::string output = tail.output();
  EXPECT_THAT(output, HasSubstr(R"("op":"insert","key":{"id":1},)"
                                R"("after":{"id":1,"name":"one","price":"0.25"}})"));
  EXPECT_THAT(output, HasSubstr("\"kind\":\"message\",\"prefix\":\"app\","
                                "\"content\":\"gr\xC3\xBC\xC3\x9F\",\"transactional\":true}"));
  EXPECT_THAT(output, HasSubstr(R"("kind":"message","prefix":"raw","content_base64":"/wA=",)"
                                R"("transactional":false})"));
  EXPECT_THAT(output, HasSubstr(R"("origin":"elsewhere","schema":"public","table":"items",)"
                                R"("op":"delete")"));
  EXPECT_THAT(output, HasSubstr(R"("op":"truncate","tables":["public.items"],"cascade":true,)"
                                R"("restart_identity":true)"));
  EXPECT_TRUE(eventually([&] { return count("pg_replication_slots") == "0"; }));
}

TEST_P(CliPostgres, CheckNamesWhatIsMissing) {
  if (server_ == nullptr) return;
  const CommandResult check = run_tailrace(shop("check"));
  EXPECT_THAT(check.output, HasSubstr("tailrace_shop"));
  EXPECT_THAT(check.output, HasSubstr("--create-slot"));
  ASSERT_TRUE(run_tailrace(shop("run", {"--create-slot", "--exit-when-caught-up"})).ended.ok());
  const CommandResult good = run_tailrace(shop("check"));
  EXPECT_TRUE(good.ended.ok()) << good.output;
  EXPECT_EQ(count("pg_replication_slots"), "1");
}

// Nothing exists yet but the tables; nobody answers at the target, so its kind is taken for
// granted.
TEST_P(CliPostgres, CheckListsTheColumnsThatATargetCannotHold) {
  if (server_ == nullptr) return;
  sql("CREATE TABLE readings (id int PRIMARY KEY, value numeric, at timestamptz)");
  const Arguments arguments{"check",
                            "--from",
                            source(),
                            "--to",
                            "a=mysql://u@127.0.0.1:1/?nan=null",
                            "--to",
                            "b=null://",
                            "--state-dir",
                            (folder / "state").string()};
  const CommandResult check = run_tailrace(arguments);
  EXPECT_THAT(check.output, HasSubstr("public.readings.value: numeric -> DECIMAL(65,30): refuses"));
  EXPECT_THAT(check.output, HasSubstr("infinity=clamp"));
  EXPECT_THAT(check.output,
              HasSubstr("public.readings.at: timestamp with time zone -> DATETIME(6)"));
  EXPECT_THAT(check.output, HasSubstr("dates=null"));
  EXPECT_THAT(check.output, Not(HasSubstr("public.readings.id")));
  EXPECT_EQ(count("pg_replication_slots"), "0");
  EXPECT_EQ(count("pg_publication"), "0");

  // Once published, what the publication has.
  sql("CREATE PUBLICATION p FOR TABLE readings (id, at)");
  Arguments published = arguments;
  published[2] = source("?publication=p&slot=s");
  const CommandResult again = run_tailrace(published);
  EXPECT_THAT(again.output, HasSubstr("public.readings.at"));
  EXPECT_THAT(again.output, Not(HasSubstr("public.readings.value")));
  EXPECT_THAT(again.output, HasSubstr("1 column of 1 table is held exactly, 1 not"));
}

TEST_P(CliPostgres, AFileSaysTheSame) {
  if (server_ == nullptr) return;
  sql("CREATE PUBLICATION one; CREATE PUBLICATION two FOR TABLE items");
  sql("SELECT pg_create_logical_replication_slot('mine', 'pgoutput')");
  sql("INSERT INTO items VALUES (1, 'one', 0.25)");
  const auto file = folder / "tailrace.json";
  std::ofstream(file) << R"({"state_dir": ")" << (folder / "state").string() << R"(", "pipelines": [
    {"name": "shop", "source": {"url": ")"
                      << source() << R"(", "slot": "mine", "publication": ["one", "two"],
     "streaming": false, "binary": false, "tables": ["public.*"]},
     "sinks": [{"name": "c", "url": ")"
                      << sqlite() << R"("}]}]})";
  const CommandResult run = run_tailrace({"run", "-c", file.string(), "--exit-when-caught-up"});
  ASSERT_TRUE(run.ended.ok()) << run.error_output;
  const CommandResult rows = run_command(
      {.arguments = {"sqlite3", (folder / "copy.db").string(), "SELECT name FROM items"}});
  EXPECT_EQ(rows.output, "one\n");
}

TEST_P(CliPostgres, AWrongPasswordIsOneClearMessage) {
  if (server_ == nullptr) return;
  const CommandResult nobody =
      run_tailrace({"run", "--from",
                    "postgresql://nobody:swordfish@127.0.0.1:" + std::to_string(server_->port()) +
                        "/shop?slot=s&publication=p",
                    "--to", "null://", "--name", "shop", "--state-dir", (folder / "state").string(),
                    "--exit-when-caught-up"});
  EXPECT_EQ(nobody.ended.status, 1);
  EXPECT_THAT(nobody.error_output, HasSubstr("role \"nobody\" does not exist"));
  EXPECT_THAT(nobody.error_output, Not(HasSubstr("swordfish")));
}

}  // namespace
}  // namespace tailrace::testing
