#include "app/registry.h"

#include <gtest/gtest.h>

#include "app/mysql_url.h"

namespace tailrace::app {
namespace {

const SourceUse kUse{.pipeline = "p", .state_dir = "/state"};

SourceConfig source_of(std::string_view url) {
  SourceConfig source;
  source.url = *Url::parse(url);
  return source;
}

SinkConfig sink_of(std::string_view url) {
  SinkConfig sink;
  sink.url = *Url::parse(url);
  return sink;
}

TEST(Registry, SchemesBecomeSourcesAndTargets) {
  for (const char* url : {"mysql://h:1/", "mariadb://h/shop", "postgresql://h1,h2:5433/d",
                          "postgres://h/d?slot=s&publication=p"}) {
    EXPECT_TRUE(make_source(source_of(url), kUse)) << url;
  }
  for (const char* url : {"postgresql://h/d", "postgres://h/d", "mysql://h/", "mariadb://h/d",
                          "sqlite:///tmp/x.db", "null://"}) {
    EXPECT_TRUE(make_target(sink_of(url))) << url;
  }
}

TEST(Registry, DescriptionsHaveNoPassword) {
  const auto source = make_source(source_of("mariadb://u:swordfish@h:3307/shop"), kUse);
  EXPECT_EQ((*source)->description(), "mariadb://h:3307");
  const auto several = make_source(source_of("postgresql://u:swordfish@h:1,i:2/shop"), kUse);
  EXPECT_EQ((*several)->description().find("swordfish"), std::string::npos);
  for (const char* url : {"postgresql://u:swordfish@h/d", "mysql://u:swordfish@h/"}) {
    const auto target = make_target(sink_of(url));
    EXPECT_EQ((*target)->description().find("swordfish"), std::string::npos);
  }
}

TEST(Registry, UnknownSchemesAreRefused) {
  EXPECT_EQ(make_source(source_of("null://"), kUse).error().to_string(),
            "a source cannot be null://; hint: one of mysql://, mariadb://, postgresql://, "
            "postgres://");
  EXPECT_EQ(make_source(source_of("postgresq://h/d"), kUse).error().hint(),
            "did you mean postgresql://?");
  EXPECT_EQ(make_target(sink_of("sqlit://h")).error().hint(), "did you mean sqlite://?");
}

TEST(Registry, UnknownOptionsAreRefused) {
  EXPECT_FALSE(make_source(source_of("mysql://h/?tsl=required"), kUse));
  for (const char* url :
       {"postgresql://h/d?x=y", "mysql://h/?x=y", "sqlite:///x?y=z", "null://?x=y"}) {
    EXPECT_FALSE(make_target(sink_of(url))) << url;
  }
}

TEST(Registry, OptionsOfOtherSourcesAreRefused) {
  SourceConfig source = source_of("mariadb://h/");
  source.given = {"slot"};
  EXPECT_EQ(make_source(source, kUse).error().to_string(),
            "option \"slot\" is not for a source that is mariadb://; hint: it is one of "
            "postgresql://");
  source = source_of("postgres://h/d");
  source.given = {"follow_table_copies"};
  EXPECT_FALSE(make_source(source, kUse));
  source.given = {"server_id"};
  EXPECT_EQ(make_source(source, kUse).error().to_string(),
            "option \"server_id\" is not for a source that is postgres://; hint: it is one of "
            "mysql://");
}

TEST(Registry, SeveralHostsAreForPostgres) {
  EXPECT_TRUE(make_target(sink_of("postgresql://h1,h2:5433/d")));
  for (const char* url : {"mysql://h1,h2/", "mariadb://h1,h2/", "null://h1,h2"}) {
    const auto target = make_target(sink_of(url));
    ASSERT_FALSE(target) << url;
    EXPECT_NE(target.error().message().find("several hosts"), std::string::npos) << url;
  }
  EXPECT_FALSE(make_source(source_of("mysql://h1,h2/"), kUse));
}

TEST(Registry, PatternsOfTheSourceAreChecked) {
  SourceConfig source = source_of("mysql://h/");
  source.tables = {"shop"};
  EXPECT_FALSE(make_source(source, kUse));
}

TEST(MysqlUrl, ReadsEveryOption) {
  const auto options = mysql_connection(
      *Url::parse("mysql://u:p@h:3307/d?tls=verify-identity&ca_file=/ca&certificate_file=/c&"
                  "key_file=/k&socket=/s"));
  ASSERT_TRUE(options);
  EXPECT_EQ(options->host, "h");
  EXPECT_EQ(options->port, 3307);
  EXPECT_EQ(options->user, "u");
  EXPECT_EQ(options->password.reveal(), "p");
  EXPECT_EQ(options->database, "d");
  EXPECT_EQ(options->tls.mode, mysql::TlsMode::verify_identity);
  EXPECT_EQ(options->tls.ca_file, "/ca");
  EXPECT_EQ(options->tls.certificate_file, "/c");
  EXPECT_EQ(options->tls.key_file, "/k");
  EXPECT_EQ(options->unix_socket, "/s");
  const auto defaults = mysql_connection(*Url::parse("mysql://h"));
  EXPECT_EQ(defaults->port, 3306);
  EXPECT_EQ(defaults->tls.mode, mysql::TlsMode::preferred);
}

TEST(MysqlUrl, RefusesWhatMakesNoSense) {
  for (const char* url : {"mysql://", "mysql://h/a/b", "mysql://h/?tls=maybe",
                          "mysql://h/?certificate_file=/c", "mysql://h/?colour=red"}) {
    const auto options = mysql_connection(*Url::parse(url));
    ASSERT_FALSE(options) << url;
    EXPECT_EQ(options.error().kind(), ErrorKind::invalid_config);
  }
}

}  // namespace
}  // namespace tailrace::app
