#include "extractors/postgres/preflight.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assembling.h"

namespace tailrace::postgres {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ServerFacts good_server() {
  ServerFacts facts;
  facts.address = "db1:5432";
  facts.version = 150003;
  facts.version_text = "15.3";
  facts.database = "shop";
  facts.wal_level = "logical";
  facts.server_encoding = "UTF8";
  facts.role = "cdc";
  facts.may_replicate = true;
  facts.slots = {10, 1};
  facts.senders = {10, 1};
  return facts;
}

PostgresSourceOptions options_of(std::vector<std::string> tables = {}) {
  PostgresSourceOptions options;
  options.pipeline = "shop";
  options.tables = std::move(tables);
  return options;
}

// "error PG-SRC-02" for what is no "ok" and no "info".
std::vector<std::string> troubles(const Findings& findings) {
  std::vector<std::string> found;
  for (const Finding& finding : findings) {
    if (finding.level == Finding::Level::error) found.push_back("error " + finding.id);
    if (finding.level == Finding::Level::warning) found.push_back("warning " + finding.id);
    if (finding.level == Finding::Level::error) {
      EXPECT_FALSE(finding.fix.empty()) << finding.id << ": " << finding.message;
    }
  }
  return found;
}

struct SettingCase {
  std::string name;
  std::function<void(ServerFacts&)> change;
  std::vector<std::string> expected;
};
class SettingsCheck : public ::testing::TestWithParam<SettingCase> {};

TEST_P(SettingsCheck, Finds) {
  ServerFacts facts = good_server();
  GetParam().change(facts);
  EXPECT_EQ(troubles(check_settings(facts, options_of())), GetParam().expected);
}

using Strings = std::vector<std::string>;
INSTANTIATE_TEST_SUITE_P(
    Cases, SettingsCheck,
    ::testing::Values(
        SettingCase{"good", [](auto&) {}, {}},
        SettingCase{"wal_level", [](auto& f) { f.wal_level = "replica"; }, {"error PG-SRC-02"}},
        SettingCase{"role", [](auto& f) { f.may_replicate = false; }, {"error PG-SRC-03"}},
        SettingCase{"old_standby", [](auto& f) { f.is_standby = true; }, {"error PG-SRC-04"}},
        SettingCase{"standby",
                    [](auto& f) {
                      f.is_standby = true;
                      f.version = 160000;
                    },
                    {}},
        SettingCase{"senders",
                    [](auto& f) {
                      f.senders = {10, 10};
                    },
                    {"warning PG-SRC-05"}},
        SettingCase{
            "encoding", [](auto& f) { f.server_encoding = "SQL_ASCII"; }, {"warning PG-SRC-06"}},
        SettingCase{"any_standby",
                    [](auto& f) { f.synchronous_standby_names = "*"; },
                    {"warning PG-SRC-07"}},
        SettingCase{"our_name",
                    [](auto& f) { f.synchronous_standby_names = "FIRST 1 (\"tailrace shop\")"; },
                    {"warning PG-SRC-07"}},
        SettingCase{"other_standby", [](auto& f) { f.synchronous_standby_names = "s1"; }, {}},
        SettingCase{"slot_limit", [](auto& f) { f.slot_wal_megabytes = 100; }, {}},
        SettingCase{"idle_timeout",
                    [](auto& f) { f.idle_slot_timeout = std::chrono::hours(1); },
                    {"warning PG-SRC-09"}}),
    [](const auto& given) { return given.param.name; });

TEST(Preflight, TheFirstErrorEndsASession) {
  ServerFacts facts = good_server();
  EXPECT_TRUE(first_error(check_settings(facts, options_of())));
  facts.may_replicate = false;
  const auto role = first_error(check_settings(facts, options_of()));
  ASSERT_FALSE(role);
  EXPECT_EQ(role.error().kind(), ErrorKind::permission);
  EXPECT_THAT(role.error().hint(), HasSubstr("ALTER ROLE \"cdc\" REPLICATION"));
  facts.wal_level = "replica";
  EXPECT_EQ(first_error(check_settings(facts, options_of())).error().kind(),
            ErrorKind::source_settings);
}

SlotFacts good_slot() {
  SlotFacts slot;
  slot.name = "tailrace_shop";
  slot.plugin = "pgoutput";
  slot.database = "shop";
  slot.wal_status = "reserved";
  return slot;
}

TEST(Preflight, SlotThatIsThere) {
  SlotFacts slot = good_slot();
  EXPECT_THAT(troubles(check_slot_state(good_server(), options_of(), slot, "")), IsEmpty());
  slot.active_pid = 7;
  EXPECT_THAT(troubles(check_slot_state(good_server(), options_of(), slot, "")), IsEmpty());
  slot.wal_status = "unreserved";
  EXPECT_THAT(troubles(check_slot_state(good_server(), options_of(), slot, "")),
              ElementsAre("warning PG-SRC-15"));
  slot.wal_status = "lost";
  EXPECT_THAT(troubles(check_slot_state(good_server(), options_of(), slot, "")),
              ElementsAre("error PG-SRC-12"));
}

TEST(Preflight, SlotThatIsNot) {
  PostgresSourceOptions options = options_of();
  EXPECT_THAT(troubles(check_slot_state(good_server(), options, std::nullopt, "")),
              ElementsAre("error PG-SRC-12"));
  options.create_slot = true;
  EXPECT_THAT(troubles(check_slot_state(good_server(), options, std::nullopt, "")), IsEmpty());
  EXPECT_THAT(troubles(check_slot_state(good_server(), options, std::nullopt, "process 7")),
              ElementsAre("warning PG-SRC-13"));
  ServerFacts full = good_server();
  full.slots = {10, 10};
  EXPECT_THAT(troubles(check_slot_state(full, options, std::nullopt, "")),
              ElementsAre("error PG-SRC-11"));
}

SourceTable table(const std::string& name) {
  return {.name = {"public", name}, .root = {"public", name}, .has_identity = true};
}

Findings tables_of(const PostgresSourceOptions& options, const std::vector<SourceTable>& tables,
                   const std::vector<std::string>& published, const std::string& left_out = {}) {
  Published found;
  found.publications.push_back({.name = "tailrace_shop", .left_out = left_out});
  for (const std::string& name : published) found.tables.push_back({.name = {"public", name}});
  return check_tables(options, CaptureFilter::create(options.tables, kReservedSchemas).value(),
                      tables, found);
}

TEST(Preflight, Tables) {
  SourceTable unlogged = table("scratch");
  unlogged.unlogged = true;
  SourceTable bare = table("bare");
  bare.has_identity = false;
  const std::vector<SourceTable> tables = {table("t"), unlogged, bare};
  EXPECT_THAT(troubles(tables_of(options_of({"public.t"}), tables, {"t"})), IsEmpty());
  EXPECT_THAT(troubles(tables_of(options_of({"public.*"}), tables, {"t", "bare"})),
              ElementsAre("warning PG-SRC-21", "error PG-SRC-22"));
  EXPECT_THAT(troubles(tables_of(options_of({"public.*"}), {table("t")}, {})),
              ElementsAre("warning PG-SRC-20"));
  // What is published is what is wanted.
  EXPECT_THAT(troubles(tables_of(options_of(), {table("t")}, {})), IsEmpty());
  EXPECT_THAT(troubles(tables_of(options_of({"public.typo"}), {table("t")}, {"t"})),
              ElementsAre("warning PG-SRC-20"));
  EXPECT_THAT(troubles(tables_of(options_of({"public.t"}), {table("t")}, {"t"}, "truncate")),
              ElementsAre("warning PG-SRC-17"));
}

TEST(Preflight, PartitionsAreJudgedByTheirRoot) {
  SourceTable root = table("p");
  root.partitioned = true;
  root.has_identity = false;
  SourceTable leaf = table("p_1");
  leaf.root = root.name;
  EXPECT_THAT(troubles(tables_of(options_of({"public.*"}), {root, leaf}, {"p"})), IsEmpty());
  leaf.has_identity = false;
  EXPECT_THAT(troubles(tables_of(options_of({"public.p"}), {root, leaf}, {"p"})),
              ElementsAre("error PG-SRC-22"));
}

TEST(Preflight, MissingPublication) {
  PostgresSourceOptions options = options_of();
  const auto filter = CaptureFilter::create({}, kReservedSchemas).value();
  EXPECT_THAT(troubles(check_tables(options, filter, {}, {})), ElementsAre("error PG-SRC-16"));
  options.create_slot = true;
  EXPECT_THAT(troubles(check_tables(options, filter, {}, {})), IsEmpty());
  options.publications = {"mine"};
  EXPECT_THAT(troubles(check_tables(options, filter, {}, {})), ElementsAre("error PG-SRC-16"));
}

TEST(Preflight, Columns) {
  recorded::MemoryCatalogue catalogue;
  catalogue.missing_types = {99999};
  const auto column = [](const std::string& name, std::uint32_t type) {
    return SourceColumn{.table = {"public", "t"}, .name = name, .type = "type", .type_oid = type};
  };
  SourceColumn generated = column("sum", 23);
  generated.generated = true;
  const std::vector<SourceColumn> columns = {column("id", 23), column("place", 600), generated,
                                             column("gone", 99999)};
  const Findings findings = check_columns(good_server(), columns, catalogue);
  EXPECT_THAT(troubles(findings), ElementsAre("error PG-SRC-27"));
  std::vector<std::string> messages;
  for (const Finding& finding : findings) messages.push_back(finding.message);
  EXPECT_THAT(messages, Contains(HasSubstr("generated columns do not come: sum")));
  EXPECT_THAT(messages, Contains(HasSubstr("as the text that the server prints: place (type)")));
}

TEST(Preflight, APoolerInBetween) {
  for (const Error& error :
       {Error(ErrorKind::unreachable, "FATAL:  unsupported startup parameter: replication"),
        Error(ErrorKind::internal, "syntax error at or near").native("42601")}) {
    const Error explained = with_pooler_hint(error);
    EXPECT_EQ(explained.kind(), ErrorKind::source_settings);
    EXPECT_THAT(explained.hint(), HasSubstr("pooler"));
  }
  EXPECT_EQ(with_pooler_hint(Error(ErrorKind::unreachable, "refused")).kind(),
            ErrorKind::unreachable);
}

}  // namespace
}  // namespace tailrace::postgres
