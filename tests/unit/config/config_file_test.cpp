#include "config/config_file.h"

#include <fstream>
#include <iterator>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tailrace {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const fs::path kConfigFolder = fs::path(TAILRACE_FIXTURES).parent_path().parent_path() / "config";

SecretStore secrets(std::map<std::string, std::string> variables = {}) {
  return {.variable = [=](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            if (found == variables.end()) return std::nullopt;
            return found->second;
          },
          .file = [](const std::string& path) -> Result<std::string> { return "from " + path; }};
}

// Every variable that the examples name is set.
SecretStore all_secrets() {
  return secrets({{"SHOP_PASSWORD", "a@b"},
                  {"ORDERS_PASSWORD", "o/r"},
                  {"COPY_PASSWORD", "c"},
                  {"STOCK_PASSWORD", "s"},
                  {"TAILRACE_PASSWORD_MAIL", "m"}});
}

Config example(const char* name) {
  ConfigReading reading = read_config_file(kConfigFolder / "examples" / name, all_secrets());
  for (const Error& problem : reading.problems) ADD_FAILURE() << problem.to_string();
  return reading.config.value_or(Config{});
}

std::string problems_of(std::string_view text, const SecretStore& store = secrets()) {
  const ConfigReading reading = read_config(text, "t.json", store);
  EXPECT_FALSE(reading.config);
  std::string all;
  for (const Error& problem : reading.problems) all += problem.to_string() + "\n";
  return all;
}

TEST(ConfigExamples, OneTarget) {
  const Config config = example("one-target.json");
  ASSERT_EQ(config.pipelines.size(), 1U);
  const PipelineConfig& shop = config.pipelines[0];
  EXPECT_EQ(shop.name, "shop");
  EXPECT_EQ(shop.source.url.password.reveal(), "a@b");
  EXPECT_EQ(shop.source.tables, std::vector<std::string>{"shop.*"});
  EXPECT_EQ(shop.source.start, "snapshot");
  EXPECT_EQ(shop.queue.memory_bytes, 64U << 20U);
  EXPECT_EQ(shop.queue.disk_bytes, std::uint64_t{20} << 30U);
  ASSERT_EQ(shop.sinks.size(), 1U);
  EXPECT_EQ(shop.sinks[0].max_changes, 10'000U);
  EXPECT_EQ(shop.sinks[0].max_bytes, 8U << 20U);
  EXPECT_EQ(shop.sinks[0].idle_checkpoint, std::chrono::seconds(10));
  EXPECT_TRUE(config.state_dir.empty());
}

TEST(ConfigExamples, Groupware) {
  const Config config = example("groupware.json");
  EXPECT_EQ(config.state_dir, "/var/lib/tailrace");
  ASSERT_EQ(config.pipelines.size(), 1U);
  const PipelineConfig& accounts = config.pipelines[0];
  EXPECT_EQ(accounts.source.url.password.reveal(), "from /run/secrets/account-db");
  EXPECT_EQ(accounts.source.url.option("tls"), "verify-identity");
  EXPECT_EQ(accounts.source.start, "earliest");
  ASSERT_EQ(accounts.sinks.size(), 3U);
  EXPECT_EQ(accounts.sinks[0].url.password.reveal(), "m");
  ASSERT_EQ(accounts.sinks[0].tables.size(), 2U);
  EXPECT_EQ(accounts.sinks[0].tables[0].to, "public.mail_users");
  EXPECT_EQ(accounts.sinks[1].url.password.reveal(), "from /run/secrets/calendar-db");
  EXPECT_EQ(accounts.sinks[1].max_changes, 5'000U);
  EXPECT_EQ(accounts.sinks[2].url.path, "/var/lib/documents/accounts.db");
}

TEST(ConfigExamples, SeveralPipelines) {
  const Config config = example("several-pipelines.json");
  ASSERT_EQ(config.pipelines.size(), 2U);
  EXPECT_EQ(config.pipelines[0].source.server_id, 4711U);
  EXPECT_EQ(config.pipelines[0].source.url.password.reveal(), "o/r");
  EXPECT_EQ(config.pipelines[1].sinks[0].idle_checkpoint, std::chrono::seconds(30));
  EXPECT_EQ(config.pipelines[1].sinks[0].max_bytes, 1U << 20U);
}

TEST(ConfigExamples, Postgres) {
  const Config config = example("postgres.json");
  ASSERT_EQ(config.pipelines.size(), 1U);
  const SourceConfig& source = config.pipelines[0].source;
  EXPECT_EQ(source.url.to_string(), "postgresql://cdc@db1:5432,db2:5432/shop");
  EXPECT_EQ(source.url.password.reveal(), "a@b");
  EXPECT_THAT(source.skip_origins, testing::ElementsAre("tailrace_*"));
  EXPECT_THAT(source.given, testing::ElementsAre("skip_origins"));
  EXPECT_FALSE(source.create_slot);
  ASSERT_EQ(config.pipelines[0].sinks.size(), 1U);
  EXPECT_EQ(config.pipelines[0].sinks[0].tables.at(0).to, "shop.*");
}

TEST(ConfigExamples, Copy) {
  const Config config = example("copy.json");
  ASSERT_EQ(config.pipelines.size(), 1U);
  EXPECT_EQ(config.pipelines[0].source.start, "snapshot");
  ASSERT_EQ(config.pipelines[0].sinks.size(), 2U);
  const CopyConfig& careful = config.pipelines[0].sinks[0].copy;
  EXPECT_EQ(careful.workers, 2U);
  EXPECT_EQ(careful.chunk_rows, 50'000U);
  EXPECT_EQ(careful.max_rows, 20'000U);
  EXPECT_EQ(careful.max_bytes, 10U << 20U);
  EXPECT_EQ(careful.existing, "replace");
  EXPECT_TRUE(careful.foreign_keys);
  const CopyConfig& plain = config.pipelines[0].sinks[1].copy;
  EXPECT_EQ(plain.workers, 4U);
  EXPECT_EQ(plain.existing, "keep");
  EXPECT_EQ(plain.max_bytes, 0U);
}

TEST(ConfigExamples, EachIsTestedHere) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(kConfigFolder / "examples")) {
    count += entry.path().extension() == ".json" ? 1 : 0;
  }
  EXPECT_EQ(count, 5U) << "a new example needs a test";
}

TEST(ConfigSchema, IsCurrent) {
  std::ifstream in(kConfigFolder / "tailrace.schema.json", std::ios::binary);
  const std::string checked_in{std::istreambuf_iterator<char>(in),
                               std::istreambuf_iterator<char>()};
  EXPECT_TRUE(checked_in == json_schema(config_options(), "tailrace configuration"))
      << "run: tailrace schema > config/tailrace.schema.json";
}

constexpr std::string_view kGood = R"({"pipelines": [{"name": "p",
    "source": {"url": "mysql://h/"}, "sinks": [{"name": "s", "url": "null://"}]}]})";

std::string with(std::string_view from, const std::string& to) {
  std::string text(kGood);
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST(ConfigFile, EveryProblemIsReportedAtOnce) {
  const std::string problems = problems_of(R"({"pipelines": [{
      "nmae": "p", "source": {"url": "nonsense"}, "sinks": [
        {"name": "a", "url": "null://"}, {"name": "a", "url": "mysql://h:x/", "derive": []}]}]})");
  EXPECT_EQ(problems,
            "t.json: pipelines[0]: unknown option \"nmae\"; hint: did you mean \"name\"?\n"
            "t.json: pipelines[0]: option \"name\" is missing; hint: names its checkpoints and its "
            "folder\n"
            "t.json: pipelines[0].source.url: not a URL: it does not begin with a scheme; hint: "
            "mysql://user@host:3306/database, postgresql://..., sqlite:///path\n"
            "t.json: pipelines[0].sinks[1].derive: not supported in this version\n"
            "t.json: pipelines[0].sinks[1].url: the port is not a number from 1 to 65535; hint: "
            "scheme://user:password@host:port/database\n"
            "t.json: pipelines[0].sinks[1].name: the name \"a\" is taken already\n");
}

TEST(ConfigFile, WhatLaterVersionsHaveIsRefusedByName) {
  EXPECT_THAT(problems_of(with("{\"pipelines\"", R"({"admin": {}, "pipelines")")),
              HasSubstr("t.json: admin: not supported in this version"));
  EXPECT_THAT(problems_of(with("\"sinks\"", R"("queue": {"acknowledge": "spooled"}, "sinks")")),
              HasSubstr("queue.acknowledge: \"spooled\" is not supported in this version"));
  EXPECT_THAT(problems_of(with("\"sinks\"", R"("queue": {"acknowledge": "never"}, "sinks")")),
              HasSubstr("queue.acknowledge: expected one of \"applied\""));
  EXPECT_THAT(problems_of(with("null://\"", R"(null://", "format": "x")")),
              HasSubstr("sinks[0].format: not supported in this version"));
}

TEST(ConfigFile, NamesAreChecked) {
  for (const char* name : {"", ".", "a b", "a/b", "-a", "\xC3\xA4"}) {
    EXPECT_FALSE(is_valid_name(name)) << name;
  }
  EXPECT_FALSE(is_valid_name(std::string(65, 'a')));
  for (const char* name : {"a", "A-1_b.c", "1"}) EXPECT_TRUE(is_valid_name(name)) << name;
  EXPECT_THAT(problems_of(with("\"p\"", "\"../p\"")), HasSubstr("pipelines[0].name: not usable"));
}

TEST(ConfigFile, EmptyListsAndPatternsAreRefused) {
  EXPECT_THAT(problems_of(R"({"pipelines": []})"), HasSubstr("pipelines: the list is empty"));
  EXPECT_THAT(problems_of(R"({})"), HasSubstr("option \"pipelines\" is missing"));
  EXPECT_THAT(problems_of(with("h/\"", R"(h/", "tables": ["shop"])")),
              HasSubstr("source.tables: \"shop\" does not name a schema and a table"));
  EXPECT_THAT(problems_of(with("null://\"", R"(null://", "tables": [{"match": "x", "to": ""}])")),
              HasSubstr("sinks[0].tables[0].match"));
}

TEST(ConfigFile, AStarInToStandsForTheTable) {
  const auto to = [](std::string_view name) {
    return with("null://\"", "null://\", \"tables\": [{\"match\": \"x.*\", \"to\": \"" +
                                 std::string(name) + "\"}]");
  };
  for (const char* name : {"*", "public.*", "public.a"}) {
    EXPECT_TRUE(read_config(to(name), "t.json", secrets()).config) << name;
  }
  for (const char* name : {"*.a", "a*", "public.a*", "*.*"}) {
    EXPECT_THAT(problems_of(to(name)), HasSubstr("sinks[0].tables[0].to")) << name;
  }
}

TEST(ConfigFile, PasswordsComeFromOnePlace) {
  EXPECT_THAT(problems_of(with("mysql://h/\"", R"(mysql://u:x@h/", "password": "y")")),
              HasSubstr("source.password: the password is given twice"));
  const SecretStore store =
      secrets({{"TAILRACE_PASSWORD_P", "src"}, {"TAILRACE_PASSWORD_S", "dst"}});
  const auto named = read_config(kGood, "t.json", store);
  ASSERT_TRUE(named.config);
  EXPECT_EQ(named.config->pipelines[0].source.url.password.reveal(), "src");
  EXPECT_EQ(named.config->pipelines[0].sinks[0].url.password.reveal(), "dst");
  const auto given = read_config(with("mysql://h/", "mysql://u:x@h/"), "t.json", store);
  EXPECT_EQ(given.config->pipelines[0].source.url.password.reveal(), "x");
}

TEST(ConfigFile, AFileThatCannotBeReadIsNamed) {
  const auto reading = read_config_file("/nonexistent/t.json", secrets());
  ASSERT_EQ(reading.problems.size(), 1U);
  EXPECT_EQ(reading.problems[0].message(),
            "could not read /nonexistent/t.json: No such file or directory");
}

std::string with_source(std::string_view options) {
  return with("mysql://h/\"", "postgresql://h/d\", " + std::string(options));
}

TEST(ConfigFile, OptionsOfPostgresSources) {
  const auto source_of = [](const std::string& text) {
    const ConfigReading reading = read_config(text, "t.json", secrets());
    for (const Error& problem : reading.problems) ADD_FAILURE() << problem.to_string();
    return reading.config ? reading.config->pipelines[0].source : SourceConfig{};
  };
  const SourceConfig plain = source_of(std::string(kGood));
  EXPECT_EQ(plain.slot, "");
  EXPECT_TRUE(plain.publications.empty());
  EXPECT_FALSE(plain.create_slot);
  EXPECT_TRUE(plain.streaming && plain.binary && plain.failover && plain.follow_table_copies);
  EXPECT_TRUE(plain.given.empty());
  const SourceConfig full = source_of(with_source(
      R"("slot": "s", "publication": ["p", "q"], "create_slot": true, "skip_origins": ["a*"],
         "streaming": false, "binary": false, "failover": false, "server_id": 0,
         "follow_table_copies": false)"));
  EXPECT_EQ(full.slot, "s");
  EXPECT_THAT(full.publications, testing::ElementsAre("p", "q"));
  EXPECT_TRUE(full.create_slot);
  EXPECT_THAT(full.skip_origins, testing::ElementsAre("a*"));
  EXPECT_FALSE(full.streaming || full.binary || full.failover);
  EXPECT_FALSE(full.follow_table_copies);
  EXPECT_EQ(full.given.size(), 9U);
  EXPECT_THAT(source_of(with_source(R"("publication": "p,q")")).publications,
              testing::ElementsAre("p,q"));
}

TEST(ConfigFile, OptionsOfPostgresSourcesAreChecked) {
  EXPECT_THAT(problems_of(with_source(R"("slot": "")")), HasSubstr("source.slot: is empty"));
  for (const char* empty : {R"("")", "[]", R"(["p", ""])"}) {
    EXPECT_THAT(problems_of(with_source("\"publication\": " + std::string(empty))),
                HasSubstr("source.publication: is empty"));
  }
  EXPECT_THAT(problems_of(with_source(R"("publication": 1)")),
              HasSubstr("source.publication: expected a string or a list of strings"));
  EXPECT_THAT(problems_of(with_source(R"("skip_origins": "a")")),
              HasSubstr("source.skip_origins: expected a list of strings"));
  EXPECT_THAT(problems_of(with_source(R"("binary": "no")")),
              HasSubstr("source.binary: expected true or false"));
}

TEST(ConfigFile, DefaultsWithoutAFile) {
  EXPECT_EQ(default_queue().memory_bytes, 64U << 20U);
  EXPECT_EQ(default_sink().max_changes, 10'000U);
  const CopyConfig copy = default_sink().copy;
  EXPECT_EQ(copy.workers, 4U);
  EXPECT_EQ(copy.chunk_rows, 100'000U);
  EXPECT_EQ(copy.max_rows, 0U);
  EXPECT_EQ(copy.max_bytes, 0U);
  EXPECT_EQ(copy.existing, "stop");
  EXPECT_FALSE(copy.foreign_keys);
}

TEST(ConfigFile, SchemaPolicies) {
  EXPECT_EQ(default_sink().schema, "apply");
  for (const char* policy : {"apply", "add_only", "ignore", "stop"}) {
    const auto reading =
        read_config(with("null://\"", "null://\", \"schema\": \"" + std::string(policy) + "\""),
                    "t.json", secrets());
    ASSERT_TRUE(reading.config);
    EXPECT_EQ(reading.config->pipelines.at(0).sinks.at(0).schema, policy);
  }
  EXPECT_THAT(problems_of(with("null://\"", "null://\", \"schema\": \"drop\"")),
              HasSubstr("sinks[0].schema: expected one of \"apply\""));
}

TEST(ConfigFile, OptionsOfTheCopyAreChecked) {
  const auto copy = [](std::string_view options) {
    return with("null://\"", "null://\", \"copy\": {" + std::string(options) + "}");
  };
  EXPECT_TRUE(
      read_config(copy(R"("workers": 64, "max_bytes": "1MiB")"), "t.json", secrets()).config);
  EXPECT_THAT(problems_of(copy(R"("workers": 0)")), HasSubstr("sinks[0].copy.workers"));
  EXPECT_THAT(problems_of(copy(R"("chunk_rows": 0)")), HasSubstr("sinks[0].copy.chunk_rows"));
  EXPECT_THAT(problems_of(copy(R"("max_bytes": "5 cows")")), HasSubstr("sinks[0].copy.max_bytes"));
  EXPECT_THAT(problems_of(copy(R"("existing": "delete")")),
              HasSubstr("sinks[0].copy.existing: expected one of \"stop\""));
  EXPECT_THAT(problems_of(copy(R"("foreign_key": true)")),
              HasSubstr("did you mean \"foreign_keys\"?"));
}

}  // namespace
}  // namespace tailrace
