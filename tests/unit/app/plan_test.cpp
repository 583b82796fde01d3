#include "app/plan.h"

#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tailrace::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

SecretStore environment(std::map<std::string, std::string> variables = {}) {
  return {.variable = [=](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            if (found == variables.end()) return std::nullopt;
            return found->second;
          },
          .file = [](const std::string& path) -> Result<std::string> { return "from " + path; }};
}

PipelineConfig planned(const PipelineArguments& arguments, const SecretStore& secrets) {
  const ConfigReading reading = plan_pipelines(arguments, secrets);
  for (const Error& problem : reading.problems) ADD_FAILURE() << problem.to_string();
  return reading.config ? reading.config->pipelines.at(0) : PipelineConfig{};
}

std::string problem_of(const PipelineArguments& arguments) {
  const ConfigReading reading = plan_pipelines(arguments, environment());
  EXPECT_FALSE(reading.config);
  EXPECT_EQ(reading.problems.size(), 1U);
  return reading.problems.empty() ? "" : reading.problems[0].to_string();
}

PipelineArguments arguments_of(std::string from, std::vector<std::string> to) {
  PipelineArguments arguments;
  arguments.from = std::move(from);
  arguments.to = std::move(to);
  return arguments;
}

std::string name(std::string_view url) {
  return name_of(*Url::parse(url));
}

TEST(Plan, FromFlags) {
  PipelineArguments arguments = arguments_of("mysql://cdc@db1:3307/", {"null://", "m=null://"});
  arguments.tables = {"shop.*"};
  arguments.queue_memory = "8MiB";
  arguments.max_changes = 7;
  const PipelineConfig pipeline = planned(
      arguments, environment({{"TAILRACE_PASSWORD_SOURCE", "s"}, {"TAILRACE_PASSWORD_M", "m"}}));
  EXPECT_EQ(pipeline.name, "mysql-db1-3307");
  EXPECT_EQ(pipeline.source.url.password.reveal(), "s");
  EXPECT_EQ(pipeline.source.start, "snapshot");
  EXPECT_EQ(pipeline.queue.memory_bytes, 8U << 20U);
  EXPECT_EQ(pipeline.queue.disk_bytes, std::uint64_t{20} << 30U);
  ASSERT_EQ(pipeline.sinks.size(), 2U);
  EXPECT_EQ(pipeline.sinks[0].name, "null");
  EXPECT_EQ(pipeline.sinks[1].name, "m");
  EXPECT_EQ(pipeline.sinks[1].url.password.reveal(), "m");
  EXPECT_EQ(pipeline.sinks[1].max_changes, 7U);
  EXPECT_EQ(pipeline.sinks[1].max_bytes, 8U << 20U);
}

TEST(Plan, FlagsOfTheCopyAreForEverySink) {
  PipelineArguments arguments = arguments_of("mysql://a/", {"null://", "m=null://"});
  EXPECT_EQ(planned(arguments, environment()).sinks.at(1).copy.workers, 4U);
  arguments.copy_workers = 8;
  arguments.copy_rate = "20MiB/s";
  arguments.copy_existing = "replace";
  for (const SinkConfig& sink : planned(arguments, environment()).sinks) {
    EXPECT_EQ(sink.copy.workers, 8U);
    EXPECT_EQ(sink.copy.max_rows, 0U);
    EXPECT_EQ(sink.copy.max_bytes, 20U << 20U);
    EXPECT_EQ(sink.copy.existing, "replace");
    EXPECT_EQ(sink.copy.chunk_rows, 100'000U);
  }
  arguments.copy_rate = "50000 rows/s";
  const CopyConfig by_rows = planned(arguments, environment()).sinks.at(0).copy;
  EXPECT_EQ(by_rows.max_rows, 50'000U);
  EXPECT_EQ(by_rows.max_bytes, 0U);
}

TEST(Plan, TheSchemaPolicyIsForEverySink) {
  PipelineArguments arguments = arguments_of("mysql://a/", {"null://", "m=null://"});
  EXPECT_EQ(planned(arguments, environment()).sinks.at(1).schema, "apply");
  arguments.schema = "stop";
  for (const SinkConfig& sink : planned(arguments, environment()).sinks) {
    EXPECT_EQ(sink.schema, "stop");
  }
}

TEST(Plan, RatesNeedAUnit) {
  PipelineArguments arguments = arguments_of("mysql://a/", {"null://"});
  for (const char* rate : {"", "5", "5/s", "20MiB", "rows/s", "-1 rows/s", "0 rows/s", "1.5 rows/s",
                           "5 rows", "5 cows/s", "0B/s"}) {
    arguments.copy_rate = rate;
    EXPECT_THAT(problem_of(arguments), HasSubstr("--copy-rate: \"" + std::string(rate) + "\" is"));
  }
  arguments.copy_rate.reset();
  for (const std::int64_t workers : {0, -1, 65}) {
    arguments.copy_workers = workers;
    EXPECT_THAT(problem_of(arguments), HasSubstr("--copy-workers: must be from 1 to 64"));
  }
}

TEST(Plan, ReferencesAreExpanded) {
  const auto pipeline =
      planned(arguments_of("mysql://u:${env:PW}@h/", {"postgresql://u:${file:/x}@h/d"}),
              environment({{"PW", "a@b"}}));
  EXPECT_EQ(pipeline.source.url.password.reveal(), "a@b");
  EXPECT_EQ(pipeline.sinks[0].url.password.reveal(), "from /x");
}

TEST(Plan, NamesOfUrlsAreStable) {
  EXPECT_EQ(name("mysql://u:p@db1:3306/shop?tls=required"), "mysql-db1-3306-shop");
  EXPECT_EQ(name("mariadb://db1:3306/shop"), "mysql-db1-3306-shop");
  EXPECT_EQ(name("postgres://db2/mail"), "postgresql-db2-mail");
  EXPECT_EQ(name("mysql://[::1]:3306/"), "mysql-1-3306");
  EXPECT_EQ(name("sqlite:///var/lib/my shop.db"), "sqlite-var-lib-my-shop.db");
  EXPECT_EQ(name("postgres://db2,db3:5433/mail"), "postgresql-db2-mail");
  EXPECT_EQ(name("null://"), "null");
  const std::string path(200, 'x');
  const std::string long_name = name("sqlite:///" + path);
  EXPECT_EQ(long_name.size(), 64U);
  EXPECT_TRUE(is_valid_name(long_name));
  EXPECT_NE(long_name, name("sqlite:///" + path + "y"));
}

TEST(Plan, ProblemsNameTheFlag) {
  EXPECT_THAT(problem_of({}), HasSubstr("nothing to do"));
  EXPECT_THAT(problem_of(arguments_of("db1", {})), HasSubstr("--from: not a URL"));
  EXPECT_THAT(problem_of(arguments_of("mysql://a/", {"a/b=null://"})), HasSubstr("--to: \"a/b\""));
  EXPECT_THAT(problem_of(arguments_of("mysql://a/", {"null://", "null://"})),
              HasSubstr("--to: two targets have the name \"null\""));
  auto arguments = arguments_of("mysql://a/", {"null://"});
  arguments.tables = {"shop"};
  EXPECT_THAT(problem_of(arguments), HasSubstr("--tables: \"shop\""));
  arguments = arguments_of("mysql://a/", {"null://"});
  arguments.queue_disk = "much";
  EXPECT_THAT(problem_of(arguments), HasSubstr("--queue-disk: \"much\""));
  arguments = arguments_of("mysql://a/", {"null://"});
  arguments.name = "../x";
  EXPECT_THAT(problem_of(arguments), HasSubstr("--name: \"../x\""));
  arguments = arguments_of("mysql://a/", {"null://"});
  arguments.max_changes = 0;
  EXPECT_THAT(problem_of(arguments), HasSubstr("--max-changes"));
  arguments = arguments_of("mysql://a/", {"null://"});
  arguments.create_slot = true;
  EXPECT_THAT(problem_of(arguments), HasSubstr("--create-slot: the source is not postgresql://"));
}

TEST(Plan, CreateSlotIsForPostgresSources) {
  PipelineArguments arguments = arguments_of("postgres://a/d", {"null://"});
  EXPECT_FALSE(planned(arguments, environment()).source.create_slot);
  arguments.create_slot = true;
  const SourceConfig source = planned(arguments, environment()).source;
  EXPECT_TRUE(source.create_slot);
  EXPECT_THAT(source.given, ElementsAre("create_slot"));
}

TEST(Plan, CreateSlotOfAFileCountsWhereThereIsOne) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("tailrace_slots_" + std::to_string(::getpid()) + ".json");
  std::ofstream(file) << R"({"pipelines": [
    {"name": "m", "source": {"url": "mysql://h/"}, "sinks": [{"name": "s", "url": "null://"}]},
    {"name": "p", "source": {"url": "postgresql://h/d"},
     "sinks": [{"name": "s", "url": "null://"}]}]})";
  PipelineArguments arguments;
  arguments.config_file = file.string();
  arguments.create_slot = true;
  const ConfigReading both = plan_pipelines(arguments, environment());
  ASSERT_TRUE(both.config);
  EXPECT_FALSE(both.config->pipelines[0].source.create_slot);
  EXPECT_TRUE(both.config->pipelines[1].source.create_slot);
  arguments.name = "m";
  EXPECT_THAT(problem_of(arguments), HasSubstr("--create-slot: no source is postgresql://"));
  std::filesystem::remove(file);
}

TEST(Plan, FromAFile) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("tailrace_plan_" + std::to_string(::getpid()) + ".json");
  std::ofstream(file) << R"({"state_dir": "/a", "pipelines": [
    {"name": "p", "source": {"url": "mysql://h/"}, "sinks": [{"name": "s", "url": "null://"}]},
    {"name": "q", "source": {"url": "mysql://h/"}, "sinks": [{"name": "s", "url": "null://"}]}]})";
  PipelineArguments arguments;
  arguments.config_file = file.string();
  EXPECT_EQ(plan_pipelines(arguments, environment()).config->pipelines.size(), 2U);
  EXPECT_EQ(plan_pipelines(arguments, environment()).config->state_dir, "/a");
  arguments.name = "q";
  arguments.state_dir = "/b";
  const ConfigReading one = plan_pipelines(arguments, environment());
  ASSERT_EQ(one.config->pipelines.size(), 1U);
  EXPECT_EQ(one.config->pipelines[0].name, "q");
  EXPECT_EQ(one.config->state_dir, "/b");
  arguments.name = "r";
  EXPECT_THAT(problem_of(arguments), HasSubstr("no pipeline \"r\""));
  std::filesystem::remove(file);
}

TEST(Plan, StartPoints) {
  EXPECT_EQ(start_point("snapshot").kind, StartPoint::Kind::snapshot);
  EXPECT_EQ(start_point("now").kind, StartPoint::Kind::now);
  EXPECT_EQ(start_point("earliest").kind, StartPoint::Kind::earliest);
  EXPECT_EQ(start_point("0-1-100").kind, StartPoint::Kind::position);
  EXPECT_EQ(start_point("0-1-100").position.text, "0-1-100");
}

TEST(Plan, StateFolder) {
  const auto folder = [](const char* asked, std::map<std::string, std::string> variables) {
    return state_folder(asked, environment(std::move(variables)));
  };
  EXPECT_EQ(*folder("/x", {{"STATE_DIRECTORY", "/y"}}), "/x");
  EXPECT_EQ(*folder("", {{"STATE_DIRECTORY", "/y:/z"}, {"HOME", "/h"}}), "/y");
  EXPECT_EQ(*folder("", {{"XDG_STATE_HOME", "/s"}, {"HOME", "/h"}}), "/s/tailrace");
  EXPECT_EQ(*folder("", {{"HOME", "/h"}}), "/h/.local/state/tailrace");
  EXPECT_FALSE(folder("", {}));
}

TEST(Plan, OneSource) {
  const auto source = plan_source("mysql://u:p@h/", {"a.*"}, environment());
  ASSERT_TRUE(source);
  EXPECT_THAT(source->tables, ElementsAre("a.*"));
  EXPECT_FALSE(plan_source("nonsense", {}, environment()));
}

}  // namespace
}  // namespace tailrace::app
