#include "extractors/mysql/preflight.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tailrace::mysql {
namespace {

using testing::HasSubstr;

ServerFacts good_facts() {
  ServerFacts facts;
  facts.version = ServerVersion::parse("9.7.4");
  facts.address = "db1:3306";
  facts.variables = {{"log_bin", "ON"},
                     {"binlog_format", "ROW"},
                     {"binlog_row_image", "FULL"},
                     {"binlog_row_metadata", "FULL"},
                     {"server_id", "5"},
                     {"server_uuid", "u"},
                     {"gtid_mode", "ON"},
                     {"log_replica_updates", "ON"},
                     {"binlog_checksum", "CRC32"},
                     {"binlog_expire_logs_seconds", "2592000"},
                     {"binlog_row_value_options", ""}};
  return facts;
}

Findings check(const ServerFacts& facts, MySqlSourceOptions options = {}) {
  options.server_id = 77;
  return check_settings(facts, options, CaptureFilter::create({"shop.*"}, kReservedSchemas).value(),
                        true);
}

const Finding* find(const Findings& findings, Finding::Level level) {
  const auto found = std::find_if(findings.begin(), findings.end(),
                                  [&](const Finding& f) { return f.level == level; });
  return found == findings.end() ? nullptr : &*found;
}

TEST(Preflight, GoodServerHasNoErrorsAndNoWarnings) {
  const Findings findings = check(good_facts());
  EXPECT_EQ(find(findings, Finding::Level::error), nullptr);
  EXPECT_EQ(find(findings, Finding::Level::warning), nullptr);
  EXPECT_TRUE(first_error(findings));
}

TEST(Preflight, TablesTakenForHelpersAreNamed) {
  const std::set<TableName> tables = {
      {"crm", "_t_new"}, {"crm", "t"}, {"shop", "_t_new"}, {"shop", "_u_gho"}, {"shop", "t"}};
  const auto filter = CaptureFilter::create({"shop.*"}, kReservedSchemas).value();
  const Findings findings = check_helpers(tables, filter, {});
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].level, Finding::Level::warning);
  EXPECT_EQ(findings[0].id, "MY-SRC-25");
  EXPECT_EQ(findings[0].subject, "shop._t_new");
  EXPECT_THAT(findings[0].message, HasSubstr("shop._t_new is taken for a helper of"));
  EXPECT_THAT(findings[0].message, HasSubstr("for shop.t; its rows are neither sent nor copied"));
  EXPECT_THAT(findings[0].fix, HasSubstr("follow_table_copies"));
  MySqlSourceOptions all;
  all.follow_table_copies = false;
  EXPECT_TRUE(check_helpers(tables, filter, all).empty());
}

struct Bad {
  const char* variable;
  const char* value;
  const char* id;
  const char* message;
};

class BadSetting : public testing::TestWithParam<Bad> {};

TEST_P(BadSetting, IsAnErrorWithItsCure) {
  ServerFacts facts = good_facts();
  facts.variables[GetParam().variable] = GetParam().value;
  const Findings findings = check(facts);
  const Finding* error = find(findings, Finding::Level::error);
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->id, GetParam().id);
  EXPECT_EQ(error->message, GetParam().message);
  EXPECT_FALSE(error->fix.empty());
  auto status = first_error(findings);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind(), ErrorKind::source_settings);
}

INSTANTIATE_TEST_SUITE_P(
    Preflight, BadSetting,
    testing::Values(
        Bad{"log_bin", "OFF", "MY-SRC-01",
            "binary logging is disabled on db1:3306; set log_bin and restart the server"},
        Bad{"binlog_format", "MIXED", "MY-SRC-02",
            "binlog_format is MIXED; tailrace needs ROW. Run: SET GLOBAL binlog_format='ROW' and "
            "reconnect all writers (existing sessions keep MIXED)"},
        Bad{"binlog_row_image", "MINIMAL", "MY-SRC-03",
            "binlog_row_image is MINIMAL; before-images are incomplete. Set FULL, or accept "
            "partial images with source.row_image=MINIMAL (needs a primary key on every table)"},
        Bad{"server_id", "0", "MY-SRC-05",
            "source server_id is 0: it must be non-zero and differ from tailrace's server_id 77"},
        Bad{"gtid_mode", "ON_PERMISSIVE", "MY-SRC-06",
            "gtid_mode is ON_PERMISSIVE; GTID positioning needs ON. Use source.position=file or "
            "enable GTIDs online (OFF→OFF_PERMISSIVE→ON_PERMISSIVE→ON)"},
        Bad{"binlog_row_value_options", "PARTIAL_JSON", "MY-SRC-09",
            "binlog_row_value_options=PARTIAL_JSON produces partial JSON updates which this "
            "pipeline cannot apply; run SET GLOBAL binlog_row_value_options=''"}),
    [](const auto& given) { return std::string(given.param.variable); });

TEST(Preflight, AcceptsAPartialImageThatWasAskedFor) {
  ServerFacts facts = good_facts();
  facts.variables["binlog_row_image"] = "MINIMAL";
  MySqlSourceOptions options;
  options.row_image = "MINIMAL";
  EXPECT_EQ(find(check(facts, options), Finding::Level::error), nullptr);
}

TEST(Preflight, WarnsOfMissingMetadataAndShortRetention) {
  ServerFacts facts = good_facts();
  facts.variables["binlog_row_metadata"] = "MINIMAL";
  const Findings findings = check(facts);
  const Finding* warning = find(findings, Finding::Level::warning);
  ASSERT_NE(warning, nullptr);
  EXPECT_EQ(warning->id, "MY-SRC-04");
  facts = good_facts();
  facts.variables["binlog_expire_logs_seconds"] = "7200";
  const Findings short_lived = check(facts);
  warning = find(short_lived, Finding::Level::warning);
  ASSERT_NE(warning, nullptr);
  EXPECT_THAT(warning->message, HasSubstr("kept for 2 h"));
}

TEST(Preflight, HiddenSchemaAndSilentReplica) {
  ServerFacts facts = good_facts();
  facts.binlog_ignore_db = "crm,shop";
  Findings findings = check(facts);
  ASSERT_NE(find(findings, Finding::Level::error), nullptr);
  EXPECT_EQ(find(findings, Finding::Level::error)->message,
            "binlog-do-db/binlog-ignore-db on the source hides schema shop");
  facts = good_facts();
  facts.is_replica = true;
  findings = check(facts);
  ASSERT_NE(find(findings, Finding::Level::error), nullptr);
  EXPECT_EQ(find(findings, Finding::Level::error)->id, "MY-SRC-07");
}

}  // namespace
}  // namespace tailrace::mysql
