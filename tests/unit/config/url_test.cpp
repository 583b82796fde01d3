#include "config/url.h"

#include <array>

#include <gtest/gtest.h>

namespace tailrace {
namespace {

Url parsed(std::string_view text) {
  auto url = Url::parse(text);
  EXPECT_TRUE(url) << text << ": " << url.error().to_string();
  return url ? std::move(*url) : Url{};
}

std::string refusal(std::string_view text) {
  const auto url = Url::parse(text);
  EXPECT_FALSE(url) << text;
  if (url) return {};
  EXPECT_EQ(url.error().kind(), ErrorKind::invalid_config);
  return url.error().to_string();
}

TEST(Url, HasAllParts) {
  const Url url = parsed("MySQL://cdc:secret@db1.example:3307/shop?tls=required&ca=/etc/ca.pem");
  EXPECT_EQ(url.scheme, "mysql");
  EXPECT_EQ(url.user, "cdc");
  EXPECT_EQ(url.password.reveal(), "secret");
  EXPECT_EQ(url.host, "db1.example");
  EXPECT_EQ(url.port, 3307);
  EXPECT_EQ(url.database(), "shop");
  EXPECT_EQ(url.option("tls"), "required");
  EXPECT_EQ(url.option("ca"), "/etc/ca.pem");
  EXPECT_EQ(url.option("key"), std::nullopt);
}

TEST(Url, PartsMayBeMissing) {
  const Url url = parsed("mariadb://db1");
  EXPECT_EQ(url.host, "db1");
  EXPECT_TRUE(url.user.empty());
  EXPECT_FALSE(url.has_password);
  EXPECT_FALSE(url.port);
  EXPECT_TRUE(url.database().empty());
  EXPECT_TRUE(parsed("mysql://root:@db1/").has_password);
  EXPECT_FALSE(parsed("mysql://root@db1/").has_password);
  EXPECT_EQ(parsed("null://").scheme, "null");
}

TEST(Url, IsPercentDecoded) {
  const Url url = parsed("postgresql://us%40er:p%3Aa%2Fs%25@h/d%20b?application_name=a%26b");
  EXPECT_EQ(url.user, "us@er");
  EXPECT_EQ(url.password.reveal(), "p:a/s%");
  EXPECT_EQ(url.database(), "d b");
  EXPECT_EQ(url.option("application_name"), "a&b");
}

TEST(Url, PasswordMayHoldRawAtAndColon) {
  const Url url = parsed("mysql://root:a@b:c@db1:1/x");
  EXPECT_EQ(url.user, "root");
  EXPECT_EQ(url.password.reveal(), "a@b:c");
  EXPECT_EQ(url.host, "db1");
}

TEST(Url, Ipv6) {
  const Url url = parsed("mysql://root@[::1]:3306/x");
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.port, 3306);
  EXPECT_EQ(url.host_and_port(), "[::1]:3306");
  EXPECT_EQ(parsed("mysql://[fe80::1]").host, "fe80::1");
  EXPECT_NE(refusal("mysql://::1/x").find("brackets"), std::string::npos);
  refusal("mysql://[::1/x");
  refusal("mysql://[db1]/x");
  refusal("mysql://[::1]x/x");
}

TEST(Url, SeveralHosts) {
  const Url url = parsed("postgresql://u:p,w@h1:5432,[::1]:5433,h%2C3/db?tls=required");
  EXPECT_EQ(url.password.reveal(), "p,w");
  EXPECT_EQ(url.host, "h1");
  EXPECT_EQ(url.port, 5432);
  ASSERT_EQ(url.other_hosts.size(), 2U);
  EXPECT_EQ(url.other_hosts[0].name, "::1");
  EXPECT_EQ(url.other_hosts[0].port, 5433);
  EXPECT_EQ(url.other_hosts[1].name, "h,3");
  EXPECT_FALSE(url.other_hosts[1].port);
  EXPECT_EQ(url.to_string(), "postgresql://u@h1:5432,[::1]:5433,h,3/db");
  EXPECT_TRUE(parsed("mysql://h").expect_one_host());
  const Status several = parsed("mysql://u:p@h1,h2:2/x").expect_one_host();
  ASSERT_FALSE(several);
  EXPECT_NE(several.error().to_string().find("mysql://u@h1,h2:2/x"), std::string::npos);
  for (const char* text : {"postgresql://h1,/d", "postgresql://,h2/d", "postgresql://u@,/d",
                           "postgresql://h1:1,h2:x/d", "postgresql://h1,h2:0/d",
                           "postgresql://h1,::1/d", "sqlite://localhost,h2/x"}) {
    refusal(text);
  }
}

TEST(Url, Sqlite) {
  EXPECT_EQ(parsed("sqlite:///tmp/a%20b.db").path, "/tmp/a b.db");
  EXPECT_EQ(parsed("sqlite:///tmp/a%20b.db").to_string(), "sqlite:///tmp/a b.db");
  EXPECT_EQ(parsed("sqlite:here.db?mode=wal").path, "here.db");
  EXPECT_EQ(parsed("sqlite:here.db?mode=wal").option("mode"), "wal");
  EXPECT_NE(refusal("sqlite://shop.db").find("not a host"), std::string::npos);
  refusal("sqlite://");
  refusal("sqlite:");
  refusal("sqlite:///tmp/");
}

TEST(Url, NeverPrintsThePassword) {
  const Url url = parsed("mysql://cdc:swordfish@db1:3306/shop?key=/etc/key");
  EXPECT_EQ(url.to_string(), "mysql://cdc@db1:3306/shop");
}

TEST(Url, NoRefusalRepeatsThePassword) {
  for (const char* text :
       {"mysql://root:swordfish", "mysql://root:swordfish/x@db1/shop",
        "mysql://root:swordfish?x@db1/shop?tls=required", "mysql://root:swordfish#x@db1",
        "mysql://root:swordfish%zz@db1", "mysql://root:swordfish@db1:70000",
        "mysql://root:swordfish@db1:x", "mysql:root:swordfish@db1", "root:swordfish@db1/shop",
        "mysql://root:12345/swordfish@db1/shop", "mysql://root:swordfish@db1/x#y"}) {
    EXPECT_EQ(refusal(text).find("swordfish"), std::string::npos) << text;
  }
}

TEST(Url, RefusesWhatIsNotOne) {
  refusal("");
  refusal("db1");
  refusal("db1/shop");
  refusal("1mysql://db1");
  refusal("mysql://db1:0");
  refusal("mysql://db1:99999");
  refusal("mysql://db1:33x");
  refusal("mysql://db1/a%2");
  refusal("mysql://db1/a%00b");
  refusal("mysql://db1/?tls");
  refusal("mysql://db1/?=x");
}

TEST(Url, AnAtSignMayStandInTheValueOfAnOption) {
  EXPECT_EQ(parsed("mysql://db1:3306/shop?owner=a@b").option("owner"), "a@b");
}

TEST(Url, UnknownOptionsNameTheNearest) {
  static constexpr std::array<std::string_view, 2> kKnown{"tls", "ca"};
  EXPECT_TRUE(parsed("mysql://db1/?tls=required&ca=x").expect_options(kKnown));
  const Status refused = parsed("mysql://db1/?tsl=required").expect_options(kKnown);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().to_string(),
            "unknown option \"tsl\" in the URL mysql://db1/; hint: did you mean \"tls\"?");
}

TEST(Url, EncodingAndDecodingAreInverse) {
  std::string all;
  for (int byte = 1; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
}

}  // namespace
}  // namespace tailrace
