#include "extractors/postgres/continuity.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tailrace::postgres {
namespace {

using ::testing::HasSubstr;

constexpr Lsn kConfirmed{0x1000};
constexpr Lsn kOurs{0x2000};
constexpr Lsn kEnd{0x3000};

ServerFacts server() {
  ServerFacts facts;
  facts.address = "db1:5432";
  facts.system_identifier = "7000000000000000001";
  facts.database = "shop";
  facts.database_oid = 16384;
  facts.timeline = 3;
  facts.log_end = kEnd;
  return facts;
}

SlotFacts good_slot() {
  SlotFacts slot;
  slot.name = "tailrace_shop";
  slot.plugin = "pgoutput";
  slot.database = "shop";
  slot.wal_status = "reserved";
  slot.restart = Lsn{0xF00};
  slot.confirmed = kConfirmed;
  return slot;
}

void expect_error(const Status& status, ErrorKind kind, const std::string& part) {
  ASSERT_FALSE(status) << part;
  EXPECT_EQ(status.error().kind(), kind) << status.error().to_string();
  EXPECT_THAT(status.error().message(), HasSubstr(part));
  EXPECT_FALSE(status.error().hint().empty()) << part;
}

struct SlotCase {
  std::string name;
  std::function<void(SlotFacts&)> change;
  ErrorKind kind = ErrorKind::internal;
  std::string part;
};

class SlotCheck : public ::testing::TestWithParam<SlotCase> {};

TEST_P(SlotCheck, Refuses) {
  SlotFacts slot = good_slot();
  GetParam().change(slot);
  ServerFacts facts = server();
  facts.is_standby = true;
  expect_error(check_slot(slot, slot.name, facts), GetParam().kind, GetParam().part);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, SlotCheck,
    ::testing::Values(SlotCase{"physical", [](auto& s) { s.plugin = s.database = ""; },
                               ErrorKind::source_settings, "is a physical one"},
                      SlotCase{"plugin", [](auto& s) { s.plugin = "wal2json"; },
                               ErrorKind::source_settings, "uses the plugin wal2json"},
                      SlotCase{"database", [](auto& s) { s.database = "other"; },
                               ErrorKind::source_settings, "belongs to the database \"other\""},
                      SlotCase{"two_phase", [](auto& s) { s.two_phase = true; },
                               ErrorKind::source_settings, "sends prepared transactions"},
                      SlotCase{"lost", [](auto& s) { s.wal_status = "lost"; },
                               ErrorKind::position_lost, "tailrace_shop is lost"},
                      SlotCase{"invalidated",
                               [](auto& s) { s.invalidation_reason = "idle_timeout"; },
                               ErrorKind::position_lost, "lost (idle_timeout)"},
                      SlotCase{"conflicting", [](auto& s) { s.conflicting = true; },
                               ErrorKind::position_lost, "lost (conflict with recovery)"},
                      SlotCase{"synced", [](auto& s) { s.synced = true; },
                               ErrorKind::source_settings, "only keeps a copy"}),
    [](const auto& given) { return given.param.name; });

TEST(Continuity, AMissingSlotIsNeverMadeInSilence) {
  expect_error(check_slot(std::nullopt, "tailrace_shop", server()), ErrorKind::position_lost,
               "tailrace_shop does not exist on db1:5432");
}

TEST(Continuity, GoodSlots) {
  EXPECT_TRUE(check_slot(good_slot(), "tailrace_shop", server()));
  for (const char* status : {"reserved", "extended", "unreserved", ""}) {
    SlotFacts slot = good_slot();
    slot.wal_status = status;
    EXPECT_TRUE(check_slot(slot, slot.name, server())) << status;
  }
  SlotFacts promoted = good_slot();
  promoted.synced = true;
  EXPECT_TRUE(check_slot(promoted, promoted.name, server()));
}

TEST(Continuity, SlotInUseIsWaitedFor) {
  SlotFacts slot = good_slot();
  EXPECT_TRUE(check_slot_is_free(slot));
  slot.active_pid = 4711;
  slot.user = "\"pg_recvlogical\" at 10.0.0.1 since 2026-01-01 00:00:00Z";
  expect_error(check_slot_is_free(slot), ErrorKind::busy,
               "in use by process 4711, \"pg_recvlogical\" at 10.0.0.1 since 2026");
}

TEST(Continuity, Identity) {
  EXPECT_TRUE(check_identity(server(), "7000000000000000001/16384"));
  EXPECT_TRUE(check_identity(server(), ""));
  expect_error(check_identity(server(), "7000000000000000001/16385"), ErrorKind::source_changed,
               "the database \"shop\" is not the one");
  expect_error(check_identity(server(), "7000000000000000002/16384"), ErrorKind::source_changed,
               "another database cluster");
}

TEST(Continuity, Timeline) {
  const std::vector<TimelineSwitch> history = {{1, Lsn{0x500}}, {2, kOurs}};
  EXPECT_TRUE(check_timeline(server(), {kOurs, 3}, {}));
  EXPECT_TRUE(check_timeline(server(), {kOurs, 0}, {}));
  // Exactly where the old timeline ended, everything of it was read.
  EXPECT_TRUE(check_timeline(server(), {kOurs, 2}, history));
  expect_error(check_timeline(server(), {Lsn{kOurs.value + 1}, 2}, history),
               ErrorKind::source_changed, "left timeline 2 at 0/2000, before our position 0/2001");
  expect_error(check_timeline(server(), {kOurs, 1}, history), ErrorKind::source_changed,
               "left timeline 1 at 0/500");
  expect_error(check_timeline(server(), {kOurs, 4}, history), ErrorKind::source_changed,
               "is on timeline 3, and the checkpoint on timeline 4");
  expect_error(check_timeline(server(), {kOurs, 2}, std::vector<TimelineSwitch>{{1, kOurs}}),
               ErrorKind::source_changed, "timeline 2 of the checkpoint is not in the history");
}

TEST(Continuity, Place) {
  EXPECT_TRUE(check_place(server(), good_slot(), {kConfirmed, 3}));
  EXPECT_TRUE(check_place(server(), good_slot(), {kOurs, 3}));
  EXPECT_TRUE(check_place(server(), good_slot(), {kEnd, 3}));
  expect_error(check_place(server(), good_slot(), {Lsn{kConfirmed.value - 1}, 3}),
               ErrorKind::position_lost, "is at 0/1000, ahead of our position 0/FFF");
  expect_error(check_place(server(), good_slot(), {Lsn{kEnd.value + 1}, 3}),
               ErrorKind::source_changed, "ends at 0/3000, before our position 0/3001");
}

TEST(SlotCreation, OptionsByVersion) {
  ServerFacts facts = server();
  const NewSlot slot{"s", true, false};
  facts.version = 150003;
  EXPECT_EQ(slot_creation(slot, facts),
            "SELECT lsn FROM pg_create_logical_replication_slot('s', 'pgoutput', temporary => "
            "false)");
  facts.version = 170001;
  EXPECT_THAT(slot_creation(slot, facts), HasSubstr("failover => true"));
  EXPECT_THAT(slot_creation({"s", false, false}, facts), Not(HasSubstr("failover")));
  // Neither of the two can be synchronised to a standby.
  EXPECT_THAT(slot_creation({"s", true, true}, facts), Not(HasSubstr("failover")));
  facts.is_standby = true;
  EXPECT_THAT(slot_creation(slot, facts), Not(HasSubstr("failover")));
}

}  // namespace
}  // namespace tailrace::postgres
