#include "app/run_main.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "app/status_file.h"
#include "replicator/state_lock.h"

namespace tailrace::app {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

struct Said {
  int status = 0;
  std::string out;
  std::string err;
};

SecretStore environment(std::map<std::string, std::string> variables) {
  return {.variable = [=](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            if (found == variables.end()) return std::nullopt;
            return found->second;
          },
          .file = [](const std::string& path) -> Result<std::string> {
            return Error(ErrorKind::invalid_config, "could not read " + path);
          }};
}

Said tailrace(std::vector<std::string> arguments,
              std::map<std::string, std::string> variables = {}) {
  std::ostringstream out;
  std::ostringstream err;
  const Console console{out, err};
  const int status = run_main(arguments, environment(std::move(variables)), console);
  return {.status = status, .out = out.str(), .err = err.str()};
}

TEST(RunMain, ComplaintsAreOneLineAndAHint) {
  const Said said = tailrace({"rnu"});
  EXPECT_EQ(said.status, 2);
  EXPECT_EQ(said.out, "");
  EXPECT_EQ(said.err, "tailrace: unknown command \"rnu\"\n  hint: did you mean run?\n");
}

TEST(RunMain, AnErrorWithContextAndHint) {
  std::ostringstream err;
  std::ostringstream out;
  const Console console{out, err};
  console.complain(Error(ErrorKind::auth, "denied")
                       .native("1045")
                       .hint("ask")
                       .with("source")
                       .with("pipeline x"));
  EXPECT_EQ(err.str(), "tailrace: pipeline x: source: denied [1045]\n  hint: ask\n");
}

TEST(RunMain, SchemaGoesToStdout) {
  const Said said = tailrace({"schema"});
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(said.out, StartsWith("{\n  \"$schema\""));
  EXPECT_EQ(said.err, "");
  EXPECT_THAT(tailrace({"schema", "--table"}).out, HasSubstr("pipelines[].source.url"));
}

TEST(RunMain, EveryProblemOfAFileIsShown) {
  const fs::path file = fs::temp_directory_path() / ("tailrace_main_" + std::to_string(getpid()));
  std::ofstream(file) << R"({"pipelnes": [], "admin": {}})";
  for (const char* command : {"run", "check", "position", "status"}) {
    const Said said = tailrace({command, "-c", file.string()});
    EXPECT_EQ(said.status, 2) << command;
    EXPECT_THAT(said.err, HasSubstr("unknown option \"pipelnes\"\n  hint: did you mean"));
    EXPECT_THAT(said.err, HasSubstr("admin: not supported in this version"));
    EXPECT_THAT(said.err, HasSubstr("option \"pipelines\" is missing"));
  }
  fs::remove(file);
  EXPECT_EQ(tailrace({"run", "-c", file.string()}).status, 2);
}

TEST(RunMain, ARunNeedsSourceAndTarget) {
  EXPECT_EQ(tailrace({"run"}).status, 2);
  const Said no_target = tailrace({"run", "--from", "mysql://h/", "--state-dir", "/nonexistent"});
  EXPECT_EQ(no_target.status, 2);
  EXPECT_THAT(no_target.err, HasSubstr("there is no target\n  hint: --to URL"));
  const Said bad_target =
      tailrace({"run", "--from", "mysql://h/", "--to", "mysq://h/", "--state-dir", "/nonexistent"});
  EXPECT_EQ(bad_target.status, 2);
  EXPECT_THAT(bad_target.err,
              HasSubstr("a target cannot be mysq://\n  hint: did you mean mysql://?"));
  const Said bad_source = tailrace({"tail", "sqlite:///x"});
  EXPECT_EQ(bad_source.status, 2);
  EXPECT_THAT(bad_source.err, HasSubstr("a source cannot be sqlite://"));
}

TEST(RunMain, AStateDirectoryThatCannotBeMadeIsNamed) {
  const Said said = tailrace(
      {"run", "--from", "mysql://h/", "--to", "null://", "--state-dir", "/proc/nonexistent"});
  EXPECT_EQ(said.status, 2);
  EXPECT_THAT(said.err, HasSubstr("cannot write to state directory \"/proc/nonexistent"));
  EXPECT_THAT(said.err, HasSubstr("\n  hint: "));
  const Said homeless = tailrace({"run", "--from", "mysql://h/", "--to", "null://"});
  EXPECT_EQ(homeless.status, 2);
  EXPECT_THAT(homeless.err, HasSubstr("HOME is not set"));
}

TEST(RunMain, StatusWithoutADaemon) {
  const Said said = tailrace({"status", "--state-dir", "/nonexistent"});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr("no tailrace runs with state directory /nonexistent"));
  EXPECT_EQ(tailrace({"status", "--state-dir", "/nonexistent", "--json"}).out, "[]\n");
  EXPECT_THAT(tailrace({"status"}, {{"HOME", "/nonexistent"}}).err,
              HasSubstr("/nonexistent/.local/state/tailrace"));
}

TEST(RunMain, DroppingASlotIsRefusedWhereThereIsNone) {
  const fs::path state = fs::temp_directory_path() / ("tailrace_drop_" + std::to_string(getpid()));
  const auto drop = [&](const char* url) {
    return tailrace({"position", "--from", url, "--name", "p", "--state-dir", state.string(),
                     "--drop-slot", "--yes"});
  };
  const Said mysql = drop("mysql://h/");
  EXPECT_EQ(mysql.status, 2);
  EXPECT_THAT(mysql.err, HasSubstr("pipeline p: this source keeps nothing for a pipeline"));
  const auto daemon = StateLock::take(state / "p");
  ASSERT_TRUE(daemon);
  const Said running = drop("mysql://h/");
  EXPECT_EQ(running.status, 2);
  EXPECT_THAT(running.err, HasSubstr("another tailrace runs this pipeline"));
  fs::remove_all(state);
}

TEST(RunMain, DroppingASlotNeedsOnePipeline) {
  const fs::path file = fs::temp_directory_path() / ("tailrace_two_" + std::to_string(getpid()));
  std::ofstream(file) << R"({"pipelines": [
    {"name": "p", "source": {"url": "postgresql://h/d"}, "sinks": [{"name": "s", "url": "null://"}]},
    {"name": "q", "source": {"url": "postgresql://h/d"}, "sinks": [{"name": "s", "url": "null://"}]}
  ]})";
  const Said said = tailrace({"position", "-c", file.string(), "--drop-slot"});
  EXPECT_EQ(said.status, 2);
  EXPECT_THAT(said.err, HasSubstr("several pipelines\n  hint: name the one that is meant: --name"));
  fs::remove(file);
}

class AdvanceSequences : public testing::TestWithParam<CopyPhase> {};

// Nothing is connected to before it is known that rows are not on their way.
TEST_P(AdvanceSequences, AreRefusedWhileRowsAreOnTheirWay) {
  const fs::path state = fs::temp_directory_path() / ("tailrace_adv_" + std::to_string(getpid()));
  fs::create_directories(state / "p");
  const auto advance = [&](const char* sink) {
    return tailrace({"position", "--from", "mysql://h.invalid/", "--to",
                     std::string(sink) + "=null://", "--name", "p", "--state-dir", state.string(),
                     "--advance-sequences"});
  };
  EXPECT_THAT(advance("s").err, HasSubstr("pipeline p: sink s: nothing is known about it"));
  StatusReport report;
  report.pipeline.sinks.resize(1);
  report.pipeline.sinks[0].name = "s";
  report.pipeline.sinks[0].phase = GetParam();
  ASSERT_TRUE(write_status_file(state / "p", report));
  const Said said = advance("s");
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr("sink s: its rows are " + std::string(to_string(GetParam())) +
                                  "\n  hint: stop writing at the source"));
  EXPECT_THAT(advance("t").err, HasSubstr("the daemon does not know it"));
  fs::remove_all(state);
}
INSTANTIATE_TEST_SUITE_P(Phases, AdvanceSequences,
                         testing::Values(CopyPhase::copying, CopyPhase::converging));

TEST(RunMain, ATailOfPostgresNeedsAPublication) {
  const Said said = tailrace({"tail", "postgresql://u:swordfish@h/d"});
  EXPECT_EQ(said.status, 2);
  EXPECT_THAT(said.err, HasSubstr("postgresql://u@h/d: tail of a PostgreSQL source needs a "
                                  "publication\n  hint: "));
}

TEST(RunMain, ATailOfPostgresBeginsNow) {
  for (const char* start : {"earliest", "0/16B3748"}) {
    const Said said = tailrace({"tail", "postgres://h/d?publication=p", "--start", start});
    EXPECT_EQ(said.status, 2);
    EXPECT_THAT(said.err, HasSubstr("--start: tail of a PostgreSQL source begins now")) << start;
  }
}

TEST(RunMain, ATailCopiesNothing) {
  const Said said = tailrace({"tail", "mysql://h/", "--start", "snapshot"});
  EXPECT_EQ(said.status, 2);
  EXPECT_THAT(said.err, HasSubstr("--start: tail prints changes; it copies nothing\n  hint: now"));
}

TEST(RunMain, NoPasswordIsShown) {
  for (const char* url :
       {"mysq://u:swordfish@h/", "mysql://u:swordfish@h/?tls=x", "mysql://u:swordfish@h/?x=y",
        "mysql://u:swordfish@h:x/", "mysql://u:swordfish@h,i/", "postgresql://u:swordfish@h/",
        "postgresql://u:swordfish@h,i:x/d", "postgres://u:swordfish@h/d?x=y",
        "postgres://u:swordfish@h/d?slot=X"}) {
    const Said said = tailrace({"run", "--from", url, "--to", "null://", "--state-dir", "/proc/x"});
    EXPECT_EQ(said.status, 2) << url;
    EXPECT_EQ(said.err.find("swordfish"), std::string::npos) << said.err;
  }
}

}  // namespace
}  // namespace tailrace::app
