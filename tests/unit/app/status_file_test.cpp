#include "app/status_file.h"

#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/timestamp.h"

namespace tailrace::app {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class StatusFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "tailrace_status_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    state_dir = pattern;
    fs::create_directory(folder());
  }
  void TearDown() override { fs::remove_all(state_dir); }
  fs::path folder() const { return state_dir / "shop"; }

  static StatusReport report() {
    StatusReport report;
    report.version = "0.1.0";
    report.pid = getpid();
    report.started_us = now_us() - 90'000'000;
    report.written_us = now_us();
    PipelineStatus& pipeline = report.pipeline;
    pipeline.name = "shop";
    pipeline.source = "mysql://db1:3306";
    pipeline.state = RunState::streaming;
    pipeline.received = {.source_id = "uuid", .position = {"uuid:1-5"}, .commit_time_us = 7};
    pipeline.received_transactions = 1234;
    pipeline.queue_memory_bytes = 1U << 20U;
    SinkStatus sink;
    sink.name = "mail";
    sink.target = "postgresql://db2:5432/mail";
    sink.state = RunState::blocked;
    sink.error = ErrorReport{.kind = "permission",
                             .message = "table \"users\": permission denied; hint: GRANT",
                             .since_us = now_us() - 61'000'000,
                             .attempts = 2};
    sink.durable = {.source_id = "uuid", .position = {"uuid:1-3"}, .commit_time_us = 5};
    sink.changes = 18446744073709551615U;
    sink.lag_us = 90'000'000;
    sink.phase = CopyPhase::copying;
    sink.copy = {.tables = 12,
                 .tables_done = 3,
                 .rows = 12'345'678,
                 .rows_expected = 30'000'000,
                 .bytes = std::uint64_t{3} << 30U,
                 .rows_per_second = 250'000.7,
                 .seconds_left = 180,
                 .tables_in_work = {"shop.orders", "shop.items"},
                 .error = ErrorReport{.kind = "schema_mismatch",
                                      .message = "table \"x\" has rows",
                                      .since_us = now_us() - 5'000'000,
                                      .attempts = 1}};
    pipeline.sinks.push_back(sink);
    return report;
  }

  fs::path state_dir;
};

TEST_F(StatusFile, IsReadAsItWasWritten) {
  ASSERT_TRUE(write_status_file(folder(), report()));
  const auto read = read_status_file(folder());
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_TRUE(read->running);
  EXPECT_EQ(read->pid, getpid());
  EXPECT_EQ(read->pipeline.received.position.text, "uuid:1-5");
  EXPECT_EQ(read->pipeline.received_transactions, 1234U);
  ASSERT_EQ(read->pipeline.sinks.size(), 1U);
  const SinkStatus& sink = read->pipeline.sinks[0];
  EXPECT_EQ(sink.state, RunState::blocked);
  ASSERT_TRUE(sink.error);
  EXPECT_EQ(sink.error->attempts, 2U);
  EXPECT_EQ(sink.changes, 18446744073709551615U);
  EXPECT_EQ(sink.durable.position.text, "uuid:1-3");
  EXPECT_EQ(sink.phase, CopyPhase::copying);
  EXPECT_EQ(sink.copy.tables, 12U);
  EXPECT_EQ(sink.copy.tables_done, 3U);
  EXPECT_EQ(sink.copy.rows, 12'345'678U);
  EXPECT_EQ(sink.copy.rows_expected, 30'000'000U);
  EXPECT_EQ(sink.copy.bytes, std::uint64_t{3} << 30U);
  EXPECT_EQ(sink.copy.rows_per_second, 250'000);
  EXPECT_EQ(sink.copy.seconds_left, 180U);
  EXPECT_THAT(sink.copy.tables_in_work, testing::ElementsAre("shop.orders", "shop.items"));
  ASSERT_TRUE(sink.copy.error);
  EXPECT_EQ(sink.copy.error->kind, "schema_mismatch");
  EXPECT_FALSE(fs::exists(folder() / "status.json.new"));
}

TEST_F(StatusFile, EveryPhaseHasAName) {
  for (const CopyPhase phase :
       {CopyPhase::following, CopyPhase::copying, CopyPhase::converging, CopyPhase::exact}) {
    StatusReport written = report();
    written.pipeline.sinks[0].phase = phase;
    written.pipeline.sinks[0].copy = {};
    ASSERT_TRUE(write_status_file(folder(), written));
    const SinkStatus sink = read_status_file(folder())->pipeline.sinks[0];
    EXPECT_EQ(sink.phase, phase);
    EXPECT_FALSE(sink.copy.seconds_left);
    EXPECT_FALSE(sink.copy.error);
  }
}

TEST_F(StatusFile, EveryStateHasAName) {
  for (const RunState state :
       {RunState::starting, RunState::connecting, RunState::streaming, RunState::retrying,
        RunState::blocked, RunState::failed, RunState::stopped}) {
    StatusReport written = report();
    written.pipeline.state = state;
    ASSERT_TRUE(write_status_file(folder(), written));
    EXPECT_EQ(read_status_file(folder())->pipeline.state, state);
  }
}

// An id that no process has any more.
pid_t ended_process() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  return child;
}

TEST_F(StatusFile, ADeadDaemonIsNoticed) {
  StatusReport old = report();
  old.pid = ended_process();
  ASSERT_TRUE(write_status_file(folder(), old));
  std::ofstream(folder() / "lock") << "1\n";
  EXPECT_FALSE(read_status_file(folder())->running);
  // The lock says more than the process id, which may belong to another namespace.
  const int lock = open((folder() / "lock").c_str(), O_RDWR);
  ASSERT_EQ(flock(lock, LOCK_EX | LOCK_NB), 0);
  EXPECT_TRUE(read_status_file(folder())->running);
  close(lock);
}

TEST_F(StatusFile, AllPipelinesOfAStateDirectory) {
  ASSERT_TRUE(write_status_file(folder(), report()));
  fs::create_directory(state_dir / "empty");
  EXPECT_EQ(read_status_files(state_dir, "")->size(), 1U);
  EXPECT_EQ(read_status_files(state_dir, "shop")->size(), 1U);
  EXPECT_TRUE(read_status_files(state_dir, "other")->empty());
  EXPECT_FALSE(read_status_files(state_dir / "none", ""));
}

TEST_F(StatusFile, ADamagedFileIsNamed) {
  for (const char* text : {"", "{", "[]", "{\"version\": 1}", "{\"version\": \"x\"}"}) {
    std::ofstream(folder() / "status.json", std::ios::trunc) << text;
    const auto read = read_status_file(folder());
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().to_string(), HasSubstr("status.json"));
  }
}

TEST_F(StatusFile, AFolderThatCannotBeWrittenIsNamed) {
  const Status written = write_status_file(state_dir / "none", report());
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().to_string(), HasSubstr("none"));
}

TEST_F(StatusFile, TheDescriptionFitsATerminal) {
  StatusReport shown = report();
  shown.running = true;
  shown.pipeline.received.position.text = std::string(500, 'x');
  shown.pipeline.sinks[0].target = "postgresql://" + std::string(200, 'h');
  shown.pipeline.sinks[0].error->message = std::string(500, 'm');
  const std::string text = describe(shown, now_us());
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  EXPECT_THAT(text, HasSubstr("shop: streaming, pid "));
  EXPECT_THAT(text, HasSubstr("sink mail: permission for 1 min, 2 attempts:\n"));
  EXPECT_THAT(text, HasSubstr("copy to mail: 3 of 12 tables, 41 %, 12,345,678 of about 30,000,000"
                              " rows, 3.0 GiB,"));
  EXPECT_THAT(text, HasSubstr("in work: shop.orders, shop.items\n"));
  EXPECT_THAT(text, HasSubstr("copy to mail: schema_mismatch for 5.0 s"));
  shown.running = false;
  EXPECT_THAT(describe(shown, now_us()), HasSubstr("shop: not running"));
}

}  // namespace
}  // namespace tailrace::app
