// The program as a person uses it: exit statuses, messages, and what each command prints.
#include <algorithm>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/eventually.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/tailrace_process.h"
#include "tests/support/temp_dir.h"

namespace tailrace::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Cli : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!MariadbServer::why_unavailable(true)) {
      server_ = new MariadbServer({.arguments = {"--server-id=77"}, .private_instance = true});
    }
  }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }
  void SetUp() override {
    if (bed_missing(MariadbServer::why_unavailable(true))) return;
    server_->sql(
        "DROP DATABASE IF EXISTS shop; RESET MASTER; CREATE DATABASE shop;"
        "CREATE TABLE shop.items (id INT PRIMARY KEY, name VARCHAR(20), price DECIMAL(8,2))");
  }

  std::string source() const { return server_->url("shop"); }
  std::string sqlite() const { return "sqlite://" + (folder / "copy.db").string(); }
  std::string state() const { return (folder / "state").string(); }
  void insert(int first, int last) const {
    server_->sql("INSERT INTO items SELECT seq, concat('item ', seq), seq / 4 FROM seq_" +
                     std::to_string(first) + "_to_" + std::to_string(last),
                 "shop");
  }
  CommandResult run_until_caught_up(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{
        "run",    "--from", source(),      "--to",  "c=" + sqlite(),
        "--name", "shop",   "--state-dir", state(), "--exit-when-caught-up"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_tailrace(arguments);
  }
  static std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }
  static void expect_narrow(const std::string& text) {
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) EXPECT_LE(line.size(), 100U) << line;
  }

  static inline MariadbServer* server_ = nullptr;
  TempDir folder{"cli"};
};

TEST_F(Cli, TailPrintsChangesAndEndsAtTheLimit) {
  if (server_ == nullptr) return;
  insert(1, 3);
  server_->sql("UPDATE items SET name = NULL WHERE id = 2; DELETE FROM items WHERE id = 1", "shop");
  const CommandResult tail = run_tailrace(
      {"tail", source(), "--start", "earliest", "--tables", "shop.items", "--limit", "6"});
  ASSERT_TRUE(tail.ended.ok()) << tail.error_output;
  EXPECT_EQ(lines(tail.output), 6U) << tail.output;
  EXPECT_THAT(tail.output, HasSubstr(R"("op":"create table","tables":["shop.items"])"));
  EXPECT_THAT(tail.output, HasSubstr(R"("op":"insert","key":{"id":3},)"
                                     R"("after":{"id":3,"name":"item 3","price":"0.75"}})"));
  EXPECT_THAT(tail.output, HasSubstr(R"("after":{"id":2,"name":null,"price":"0.50"}})"));
  EXPECT_THAT(tail.output, HasSubstr(R"("op":"delete","key":{"id":1},)"));
}

TEST_F(Cli, TailGoesOnAfterAnOutageWithoutLossOrRepetition) {
  if (server_ == nullptr) return;
  TailraceProcess tail({"tail", source(), "--start", "earliest", "--tables", "shop.*"});
  insert(1, 5);
  // The table and five rows.
  ASSERT_TRUE(eventually([&] { return lines(tail.output()) == 6; })) << tail.error_output();
  server_->restart();
  insert(6, 7);
  ASSERT_TRUE(eventually([&] { return lines(tail.output()) >= 8; })) << tail.error_output();
  tail.signal(SIGINT);
  const auto ended = tail.wait();
  ASSERT_TRUE(ended);
  EXPECT_TRUE(ended->ok()) << tail.error_output();
  EXPECT_EQ(lines(tail.output()), 8U);
  EXPECT_THAT(tail.output(), HasSubstr("item 7"));
}

TEST_F(Cli, TailEndsQuietlyWhenItsReaderLeaves) {
  if (server_ == nullptr) return;
  insert(1, 1000);
  const CommandResult piped = run_command(
      {.arguments = {"/bin/bash", "-c",
                     "set -o pipefail; '" + tailrace_binary().string() + "' tail '" + source() +
                         "' --start earliest | head -n 1; echo statuses ${PIPESTATUS[@]}"}});
  EXPECT_THAT(piped.output, HasSubstr("statuses 0 0"));
  EXPECT_EQ(piped.error_output, "");
}

TEST_F(Cli, RunDrainsAndStatusSaysSo) {
  if (server_ == nullptr) return;
  insert(1, 10);
  TailraceProcess daemon({"run", "--from", source(), "--to", "c=" + sqlite(), "--name", "shop",
                          "--state-dir", state(), "--start", "earliest"});
  const auto status = [&](const char* flag) {
    return run_tailrace({"status", "--state-dir", state(), flag});
  };
  ASSERT_TRUE(eventually([&] {
    return status("--json").output.find("\"changes\": 11") != std::string::npos;
  })) << daemon.error_output();
  const CommandResult text = run_tailrace({"status", "--state-dir", state()});
  EXPECT_TRUE(text.ended.ok());
  EXPECT_THAT(text.output, StartsWith("shop: streaming, pid " + std::to_string(daemon.pid())));
  expect_narrow(text.output);

  const CommandResult second = run_until_caught_up();
  EXPECT_EQ(second.ended.status, 2);
  EXPECT_THAT(second.error_output, HasSubstr("another tailrace runs this pipeline"));

  daemon.terminate();
  const auto ended = daemon.wait();
  ASSERT_TRUE(ended);
  EXPECT_TRUE(ended->ok()) << daemon.error_output();
  const CommandResult after = run_tailrace({"status", "--state-dir", state()});
  EXPECT_EQ(after.ended.status, 1);
  EXPECT_THAT(after.output, HasSubstr("shop: not running"));
  EXPECT_THAT(after.error_output, HasSubstr("no tailrace runs with state directory"));
}

TEST_F(Cli, AKilledDaemonIsNotShownAsRunning) {
  if (server_ == nullptr) return;
  TailraceProcess daemon({"run", "--from", source(), "--to", "c=" + sqlite(), "--name", "shop",
                          "--state-dir", state(), "--start", "earliest"});
  ASSERT_TRUE(eventually([&] {
    return run_tailrace({"status", "--state-dir", state()}).ended.ok();
  }));
  daemon.kill();
  ASSERT_TRUE(eventually([&] {
    return run_tailrace({"status", "--state-dir", state()}).ended.status == 1;
  }));
}

TEST_F(Cli, PositionShowsSourceAndSink) {
  if (server_ == nullptr) return;
  insert(1, 3);
  const std::vector<std::string> arguments{"position", "--from",        source(),
                                           "--to",     "c=" + sqlite(), "--name",
                                           "shop",     "--state-dir",   state()};
  EXPECT_THAT(run_tailrace(arguments).output, HasSubstr("no checkpoint"));
  ASSERT_TRUE(run_until_caught_up({"--start", "earliest"}).ended.ok());
  const std::string gtid = server_->sql("SELECT @@gtid_binlog_pos");
  const CommandResult both = run_tailrace(arguments);
  EXPECT_TRUE(both.ended.ok()) << both.error_output;
  const auto first = both.output.find("position   " + gtid);
  ASSERT_NE(first, std::string::npos) << both.output;
  EXPECT_NE(both.output.find("position   " + gtid, first + 1), std::string::npos) << both.output;
}

TEST_F(Cli, PositionDoesNotDisturbARunningDaemon) {
  if (server_ == nullptr) return;
  insert(1, 2);
  TailraceProcess daemon({"run", "--from", source(), "--to", "c=" + sqlite(), "--name", "shop",
                          "--state-dir", state(), "--start", "earliest"});
  const auto position = [&] {
    return run_tailrace(
        {"position", "--from", source(), "--to", "c=" + sqlite(), "--name", "shop"});
  };
  ASSERT_TRUE(eventually([&] { return position().output.find("committed") != std::string::npos; }));
  insert(3, 4);
  const std::string gtid = server_->sql("SELECT @@gtid_binlog_pos");
  EXPECT_TRUE(eventually([&] {
    const std::string output = position().output;
    const auto first = output.find(gtid);
    return first != std::string::npos && output.find(gtid, first + 1) != std::string::npos;
  })) << daemon.error_output();
  EXPECT_TRUE(daemon.running());
}

TEST_F(Cli, CheckPrintsFindingsAndJudges) {
  if (server_ == nullptr) return;
  const std::vector<std::string> arguments{"check",  "--from",      source(), "--to",
                                           sqlite(), "--state-dir", state()};
  const CommandResult good = run_tailrace(arguments);
  EXPECT_TRUE(good.ended.ok()) << good.output;
  EXPECT_THAT(good.output, HasSubstr("binlog_format is ROW"));
  expect_narrow(good.output);
  server_->sql("SET GLOBAL binlog_format = 'STATEMENT'");
  const CommandResult bad = run_tailrace(arguments);
  EXPECT_EQ(bad.ended.status, 1);
  EXPECT_THAT(bad.output, HasSubstr("error    MY-SRC"));
  EXPECT_THAT(bad.output, HasSubstr("fix: "));
  std::vector<std::string> json = arguments;
  json.emplace_back("--json");
  EXPECT_THAT(run_tailrace(json).output, HasSubstr("\"level\": \"error\""));
  server_->sql("SET GLOBAL binlog_format = 'ROW'");
}

TEST_F(Cli, AWrongPasswordIsOneClearMessage) {
  if (server_ == nullptr) return;
  server_->sql("CREATE OR REPLACE USER cdc@'%' IDENTIFIED BY 'right'; GRANT ALL ON *.* TO cdc@'%'");
  ServerUrl address = server_->address();
  address.user = "cdc";
  const std::string port = std::to_string(address.port);
  const std::string url = "mariadb://cdc@127.0.0.1:" + port + "/shop";
  const std::vector<std::string> arguments{
      "run",  "--from",      url,     "--to",    "null://",  "--name",
      "shop", "--state-dir", state(), "--start", "earliest", "--exit-when-caught-up"};
  const CommandResult wrong = run_tailrace(arguments, {{"TAILRACE_PASSWORD_SOURCE", "swordfish"}});
  EXPECT_EQ(wrong.ended.status, 1);
  EXPECT_THAT(wrong.error_output, HasSubstr("\ntailrace: pipeline shop: "));
  EXPECT_THAT(wrong.error_output, HasSubstr("1045"));
  EXPECT_THAT(wrong.error_output, Not(HasSubstr("swordfish")));
  const CommandResult right = run_tailrace(arguments, {{"TAILRACE_PASSWORD_SOURCE", "right"}});
  EXPECT_TRUE(right.ended.ok()) << right.error_output;
}

TEST_F(Cli, ARunFromAFileLogsJson) {
  if (server_ == nullptr) return;
  insert(1, 3);
  const auto file = folder / "tailrace.json";
  std::ofstream(file) << R"({
    // both ends
    "state_dir": ")" << state()
                      << R"(",
    "pipelines": [{
      "name": "shop",
      "source": {"url": ")"
                      << server_->url() << R"(", "tables": ["shop.*"], "start": "earliest"},
      "sinks": [{"name": "c", "url": "sqlite:${env:COPY}",
                 "tables": [{"match": "shop.items", "to": "things"}]}]
    }]
  })";
  const CommandResult run =
      run_tailrace({"run", "-c", file.string(), "--exit-when-caught-up", "--log-format", "json"},
                   {{"COPY", (folder / "copy.db").string()}});
  ASSERT_TRUE(run.ended.ok()) << run.error_output;
  std::istringstream log(run.error_output);
  for (std::string line; std::getline(log, line);) {
    EXPECT_THAT(line, StartsWith("{\"time\":\"")) << line;
    EXPECT_THAT(line, HasSubstr("\"pipeline\":\"shop\""));
  }
  const CommandResult rows = run_command(
      {.arguments = {"sqlite3", (folder / "copy.db").string(), "SELECT count(*) FROM things"}});
  EXPECT_EQ(rows.output, "3\n");
}

TEST_F(Cli, ASecondSignalLeavesAtOnce) {
  if (server_ == nullptr) return;
  // Nobody listens there: the sink never gets connected, but a stop does not wait for it either.
  TailraceProcess daemon({"run", "--from", source(), "--to", "postgresql://x@127.0.0.1:1/x",
                          "--state-dir", state(), "--start", "earliest"});
  ASSERT_TRUE(
      eventually([&] { return daemon.error_output().find("streaming") != std::string::npos; }));
  daemon.terminate();
  daemon.terminate();
  const auto ended = daemon.wait(std::chrono::seconds(20));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->signal, 0);
}

}  // namespace
}  // namespace tailrace::testing
