#include "app/command_line.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tailrace::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Arguments = std::vector<std::string>;

template <typename Wanted>
Wanted parsed(const Arguments& arguments) {
  auto result = parse_command_line(arguments);
  if (const auto* leave = std::get_if<Leave>(&result)) {
    ADD_FAILURE() << leave->complaint << leave->text;
    return {};
  }
  return std::get<Wanted>(std::get<Command>(result));
}

Leave refused(const Arguments& arguments) {
  auto result = parse_command_line(arguments);
  EXPECT_TRUE(std::holds_alternative<Leave>(result));
  return std::holds_alternative<Leave>(result) ? std::get<Leave>(result) : Leave{};
}

TEST(CommandLine, RunFromFlags) {
  const auto run = parsed<RunCommand>({"run",
                                       "--from",
                                       "mysql://a/",
                                       "--to",
                                       "null://",
                                       "--to",
                                       "x=sqlite:///b",
                                       "--tables",
                                       "shop.*",
                                       "--tables=!shop.tmp_*",
                                       "--name",
                                       "n",
                                       "--state-dir",
                                       "/s",
                                       "--start",
                                       "earliest",
                                       "--queue-memory",
                                       "8MiB",
                                       "--queue-disk",
                                       "1GiB",
                                       "--max-changes",
                                       "5",
                                       "--copy-workers",
                                       "8",
                                       "--copy-rate",
                                       "20MiB/s",
                                       "--copy-existing",
                                       "keep",
                                       "--schema",
                                       "add_only",
                                       "--exit-when-caught-up",
                                       "--log-level",
                                       "debug",
                                       "--log-format",
                                       "json"});
  EXPECT_EQ(run.pipelines.from, "mysql://a/");
  EXPECT_THAT(run.pipelines.to, ElementsAre("null://", "x=sqlite:///b"));
  EXPECT_THAT(run.pipelines.tables, ElementsAre("shop.*", "!shop.tmp_*"));
  EXPECT_EQ(run.pipelines.name, "n");
  EXPECT_EQ(run.pipelines.state_dir, "/s");
  EXPECT_EQ(run.pipelines.start, "earliest");
  EXPECT_EQ(run.pipelines.queue_memory, "8MiB");
  EXPECT_EQ(run.pipelines.queue_disk, "1GiB");
  EXPECT_EQ(run.pipelines.max_changes, 5);
  EXPECT_EQ(run.pipelines.copy_workers, 8);
  EXPECT_EQ(run.pipelines.copy_rate, "20MiB/s");
  EXPECT_EQ(run.pipelines.copy_existing, "keep");
  EXPECT_EQ(run.pipelines.schema, "add_only");
  EXPECT_TRUE(run.exit_when_caught_up);
  EXPECT_FALSE(run.pipelines.create_slot);
  EXPECT_EQ(run.log.level, "debug");
  EXPECT_EQ(run.log.format, "json");
}

TEST(CommandLine, RunFromAFile) {
  const auto run = parsed<RunCommand>({"run", "-c", "t.json"});
  EXPECT_EQ(run.pipelines.config_file, "t.json");
  EXPECT_FALSE(run.pipelines.from);
  EXPECT_FALSE(run.exit_when_caught_up);
  EXPECT_TRUE(parsed<RunCommand>({"run", "-c", "t", "--create-slot"}).pipelines.create_slot);
  EXPECT_EQ(run.log.level, "info");
}

TEST(CommandLine, OtherCommands) {
  EXPECT_TRUE(parsed<CheckCommand>({"check", "-c", "x", "--json"}).json);
  EXPECT_EQ(parsed<StatusCommand>({"status", "--name", "n"}).name, "n");
  const auto tail = parsed<TailCommand>({"tail", "mysql://a/", "--limit", "3", "--tables", "a.*"});
  EXPECT_EQ(tail.url, "mysql://a/");
  EXPECT_EQ(tail.limit, 3U);
  EXPECT_EQ(tail.start, "now");
  EXPECT_EQ(tail.log.level, "warn");
  EXPECT_THAT(tail.tables, ElementsAre("a.*"));
  EXPECT_EQ(parsed<PositionCommand>({"position", "--from", "mysql://a/"}).pipelines.from,
            "mysql://a/");
  EXPECT_FALSE(parsed<PositionCommand>({"position", "-c", "x"}).drop_slot);
  const auto drop = parsed<PositionCommand>({"position", "-c", "x", "--drop-slot", "--yes"});
  EXPECT_TRUE(drop.drop_slot);
  EXPECT_TRUE(drop.yes);
  EXPECT_TRUE(
      parsed<PositionCommand>({"position", "-c", "x", "--advance-sequences"}).advance_sequences);
  EXPECT_TRUE(parsed<SchemaCommand>({"schema", "--table"}).table);
}

TEST(CommandLine, Snapshot) {
  const auto all = parsed<SnapshotCommand>({"snapshot", "shop"});
  EXPECT_EQ(all.pipeline, "shop");
  EXPECT_FALSE(all.sink);
  EXPECT_TRUE(all.tables.empty());
  EXPECT_FALSE(all.no_wait);
  const auto some =
      parsed<SnapshotCommand>({"snapshot", "--table", "s.a", "shop", "--sink", "mail", "--table",
                               "s.b", "-c", "f", "--state-dir", "/s", "--no-wait", "--json"});
  EXPECT_EQ(some.pipeline, "shop");
  EXPECT_EQ(some.sink, "mail");
  EXPECT_THAT(some.tables, ElementsAre("s.a", "s.b"));
  EXPECT_EQ(some.config_file, "f");
  EXPECT_EQ(some.state_dir, "/s");
  EXPECT_TRUE(some.no_wait && some.json);
}

TEST(CommandLine, AListTakesOneValuePerFlag) {
  const auto tail = parsed<TailCommand>({"tail", "--tables", "a.*", "mysql://a/"});
  EXPECT_EQ(tail.url, "mysql://a/");
  EXPECT_THAT(tail.tables, ElementsAre("a.*"));
}

TEST(CommandLine, HelpAndVersion) {
  EXPECT_EQ(refused({"--version"}).text, "tailrace " TAILRACE_VERSION "\n");
  EXPECT_EQ(refused({"--version"}).status, 0);
  EXPECT_THAT(refused({"--help"}).text, HasSubstr("tailrace check -c tailrace.json"));
  EXPECT_THAT(refused({"run", "--help"}).text, HasSubstr("--exit-when-caught-up"));
}

TEST(CommandLine, HelpFitsATerminal) {
  for (const char* command :
       {"", "run", "check", "status", "snapshot", "tail", "position", "schema"}) {
    Arguments arguments{"--help"};
    if (*command != '\0') arguments.insert(arguments.begin(), command);
    std::istringstream lines(refused(arguments).text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  }
}

TEST(CommandLine, WhatMakesNoSenseIsRefusedWithAHint) {
  EXPECT_EQ(refused({}).status, 2);
  EXPECT_EQ(refused({}).complaint, "a command is missing");
  EXPECT_EQ(refused({"rnu"}).complaint, "unknown command \"rnu\"");
  EXPECT_EQ(refused({"rnu"}).hint, "did you mean run?");
  EXPECT_EQ(refused({"run", "--form", "mysql://a/"}).hint, "did you mean --from?");
  EXPECT_EQ(refused({"run", "-c", "x", "--from", "mysql://a/"}).status, 2);
  EXPECT_EQ(refused({"run", "--to", "null://"}).status, 2);
  EXPECT_EQ(refused({"run", "-c", "x", "--start", "now"}).status, 2);
  EXPECT_EQ(refused({"run", "-c", "x", "--log-level", "loud"}).status, 2);
  EXPECT_EQ(refused({"position", "-c", "x", "--yes"}).status, 2);
  EXPECT_EQ(refused({"position", "-c", "x", "--drop-slot", "--json"}).status, 2);
  EXPECT_EQ(refused({"position", "-c", "x", "--drop-slot", "--advance-sequences"}).status, 2);
  EXPECT_EQ(refused({"snapshot"}).status, 2);
  EXPECT_EQ(refused({"run", "--from", "x", "--copy-existing", "delete"}).status, 2);
  EXPECT_EQ(refused({"run", "--from", "x", "--schema", "drop"}).status, 2);
  EXPECT_EQ(refused({"run", "-c", "x", "--copy-workers", "2"}).status, 2);
  EXPECT_EQ(refused({"check", "-c", "x", "--create-slot"}).status, 2);
  EXPECT_EQ(refused({"tail"}).status, 2);
  EXPECT_EQ(refused({"tail", "mysql://a/", "--limit", "x"}).status, 2);
}

TEST(CommandLine, ComplaintsShowNoPassword) {
  for (const Arguments& arguments :
       {Arguments{"run", "mysql://u:swordfish@h/"}, Arguments{"mysql://u:swordfish@h/"},
        Arguments{"tail", "mysql://u:x@h/", "mysql://u:sword@fish@h/"}}) {
    const Leave leave = refused(arguments);
    EXPECT_EQ(leave.status, 2);
    EXPECT_EQ(leave.complaint.find("sword"), std::string::npos) << leave.complaint;
    EXPECT_EQ(leave.complaint.find("fish"), std::string::npos) << leave.complaint;
  }
}

}  // namespace
}  // namespace tailrace::app
