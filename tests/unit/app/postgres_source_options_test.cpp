#include "app/postgres_source_options.h"

#include <gmock/gmock.h>

namespace tailrace::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const SourceUse kUse{.pipeline = "p", .state_dir = "/state"};
const SourceUse kTail{.pipeline = "tail-1", .state_dir = {}, .tail = true};

SourceConfig source_of(std::string_view url) {
  SourceConfig source;
  source.url = *Url::parse(url);
  return source;
}

postgres::PostgresSourceOptions options_of(const SourceConfig& source,
                                           const SourceUse& use = kUse) {
  auto options = postgres_source_options(source, use);
  EXPECT_TRUE(options) << options.error().to_string();
  return options ? std::move(*options) : postgres::PostgresSourceOptions{};
}

std::string refusal(const SourceConfig& source, const SourceUse& use = kUse) {
  const auto options = postgres_source_options(source, use);
  EXPECT_FALSE(options) << source.url.to_string();
  if (options) return {};
  EXPECT_EQ(options.error().kind(), ErrorKind::invalid_config);
  return options.error().to_string();
}

TEST(PostgresSourceOptions, Defaults) {
  const auto options = options_of(source_of("postgresql://u:pw@h/shop"));
  EXPECT_EQ(options.connection.host, "h");
  EXPECT_EQ(options.connection.port, 5432);
  EXPECT_EQ(options.connection.user, "u");
  EXPECT_EQ(options.connection.password.reveal(), "pw");
  EXPECT_EQ(options.connection.database, "shop");
  EXPECT_EQ(options.connection.tls.mode, postgres::TlsMode::preferred);
  EXPECT_EQ(options.connection.need, postgres::ConnectionOptions::Need::any);
  EXPECT_EQ(options.pipeline, "p");
  EXPECT_EQ(options.slot_name(), "tailrace_p");
  EXPECT_FALSE(options.create_slot);
  EXPECT_FALSE(options.temporary_slot);
  EXPECT_TRUE(options.streaming && options.binary && options.failover);
  EXPECT_EQ(options.spool_folder, "/state/p/spool");
}

TEST(PostgresSourceOptions, ComeFromTheFile) {
  SourceConfig source = source_of("postgresql://h1,h2:5433/shop?tls=disabled");
  source.tables = {"public.*"};
  source.slot = "s";
  source.publications = {"p", "q"};
  source.create_slot = true;
  source.skip_origins = {"o*"};
  source.streaming = source.binary = source.failover = false;
  const auto options = options_of(source);
  EXPECT_THAT(options.tables, ElementsAre("public.*"));
  EXPECT_EQ(options.slot, "s");
  EXPECT_THAT(options.publications, ElementsAre("p", "q"));
  EXPECT_TRUE(options.create_slot);
  EXPECT_THAT(options.skip_origins, ElementsAre("o*"));
  EXPECT_FALSE(options.streaming || options.binary || options.failover);
  ASSERT_EQ(options.connection.other_hosts.size(), 1U);
  EXPECT_EQ(options.connection.other_hosts[0].port, 5433);
  EXPECT_EQ(options.connection.need, postgres::ConnectionOptions::Need::writable);
  EXPECT_EQ(options.connection.tls.mode, postgres::TlsMode::disabled);
}

TEST(PostgresSourceOptions, ComeFromTheUrl) {
  const auto options = options_of(
      source_of("postgres://h/shop?slot=s&publication=p1,p2&create_slot=true&skip_origins=a*,b&"
                "streaming=false&binary=false&failover=false"));
  EXPECT_EQ(options.slot, "s");
  EXPECT_THAT(options.publications, ElementsAre("p1", "p2"));
  EXPECT_TRUE(options.create_slot);
  EXPECT_THAT(options.skip_origins, ElementsAre("a*", "b"));
  EXPECT_FALSE(options.streaming || options.binary || options.failover);
}

TEST(PostgresSourceOptions, WhatMakesNoSenseIsRefused) {
  struct Case {
    const char* url;
    const char* message;
  };
  for (const Case& one : {
           Case{"postgresql://h/", "names no database"},
           Case{"postgresql://h/d?slt=x", "did you mean \"slot\"?"},
           Case{"postgresql://h/d?slot=My-Slot", "not usable as the name of a slot"},
           Case{"postgresql://h/d?slot=", "not usable as the name of a slot"},
           Case{"postgresql://h/d?publication=", "an empty name in option \"publication\""},
           Case{"postgresql://h/d?publication=a,,b", "an empty name in option \"publication\""},
           Case{"postgresql://h/d?binary=1", "option \"binary\" is neither true nor false"},
           Case{"postgresql://h/d?tls=maybe", "tls cannot be \"maybe\""},
           Case{"postgresql://h/d?key_file=/k", "belong together"},
           Case{"postgresql://h,i/d?host=/run", "does not go together with several hosts"},
       }) {
    EXPECT_THAT(refusal(source_of(one.url)), HasSubstr(one.message)) << one.url;
  }
  SourceConfig twice = source_of("postgresql://u:swordfish@h/d?slot=a");
  twice.slot = "b";
  twice.given = {"slot"};
  EXPECT_EQ(refusal(twice),
            "postgresql://u@h/d: option \"slot\" is given twice, here and in the URL");
}

TEST(PostgresSourceOptions, ATailLeavesNothingBehind) {
  const auto options = options_of(source_of("postgresql://h/d?publication=p"), kTail);
  EXPECT_TRUE(options.temporary_slot);
  EXPECT_EQ(options.spool_folder, std::filesystem::temp_directory_path());
  EXPECT_THAT(refusal(source_of("postgresql://h/d"), kTail), HasSubstr("needs a publication"));
  for (const char* own : {"slot=s", "create_slot=true"}) {
    EXPECT_THAT(refusal(source_of("postgresql://h/d?publication=p&" + std::string(own)), kTail),
                HasSubstr("a slot of its own"));
  }
}

}  // namespace
}  // namespace tailrace::app
