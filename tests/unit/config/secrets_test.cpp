#include "config/secrets.h"

#include <filesystem>
#include <fstream>
#include <map>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tailrace {
namespace {

SecretStore store_of(std::map<std::string, std::string> variables,
                     std::map<std::string, std::string> files = {}) {
  return {.variable = [=](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            if (found == variables.end()) return std::nullopt;
            return found->second;
          },
          .file = [=](const std::string& path) -> Result<std::string> {
            const auto found = files.find(path);
            if (found == files.end()) {
              return Error(ErrorKind::invalid_config, "could not read " + path);
            }
            return found->second;
          }};
}

std::string expanded(std::string_view text, const SecretStore& store) {
  auto result = expand_references(text, store);
  return result ? *result : "refused: " + result.error().to_string();
}

TEST(Secrets, ReferencesAreReplacedAnywhere) {
  const SecretStore store = store_of({{"HOST", "db1"}, {"EMPTY", ""}}, {{"/run/pw", "s3cret\n"}});
  EXPECT_EQ(expanded("plain $ text", store), "plain $ text");
  EXPECT_EQ(expanded("a ${env:HOST} b ${file:/run/pw}${env:EMPTY}", store), "a db1 b s3cret");
  EXPECT_EQ(expanded("$${env:HOST}", store), "${env:HOST}");
}

TEST(Secrets, OneLineBreakIsTakenOff) {
  const SecretStore store = store_of({}, {{"a", "x\r\n"}, {"b", "x\n\n"}, {"c", "x "}});
  EXPECT_EQ(expanded("${file:a}", store), "x");
  EXPECT_EQ(expanded("${file:b}", store), "x\n");
  EXPECT_EQ(expanded("${file:c}", store), "x ");
}

TEST(Secrets, WhatCannotBeFoundIsRefused) {
  const SecretStore store = store_of({});
  EXPECT_EQ(expanded("${env:NONE}", store), "refused: the environment variable NONE is not set");
  EXPECT_EQ(expanded("${file:/none}", store), "refused: could not read /none");
  for (const char* text : {"${env:}", "${vault:x}", "${HOME}", "${}", "${env:X"}) {
    EXPECT_TRUE(expanded(text, store).starts_with("refused")) << text;
  }
}

TEST(Secrets, WhatAReferenceBringsIsNotExpandedAgain) {
  EXPECT_EQ(expanded("${env:A}", store_of({{"A", "${env:B}"}, {"B", "x"}})), "${env:B}");
}

std::string url(std::string_view text, const SecretStore& store) {
  auto result = expand_url_references(text, store);
  return result ? *result : "refused";
}

TEST(Secrets, APasswordInAUrlIsEncoded) {
  const SecretStore store = store_of(
      {{"PW", "a@b/c:d"}, {"HOST", "db1:3307"}, {"USER", "cdc"}, {"ALL", "mysql://a:b@c/d"}});
  EXPECT_EQ(url("mysql://cdc:${env:PW}@${env:HOST}/x", store),
            "mysql://cdc:a%40b%2Fc%3Ad@db1:3307/x");
  EXPECT_EQ(url("mysql://${env:USER}:${env:PW}@h/x", store), "mysql://cdc:a%40b%2Fc%3Ad@h/x");
  EXPECT_EQ(url("${env:ALL}", store), "mysql://a:b@c/d");
  EXPECT_EQ(url("mysql://${env:HOST}/x", store), "mysql://db1:3307/x");
}

TEST(Secrets, PasswordByName) {
  EXPECT_EQ(password_variable("mail-db.1"), "TAILRACE_PASSWORD_MAIL_DB_1");
  const SecretStore store = store_of({{"TAILRACE_PASSWORD_MAIL", "x"}});
  EXPECT_EQ(find_password("mail", store)->reveal(), "x");
  EXPECT_FALSE(find_password("other", store));
}

TEST(Secrets, OfProcessReadsFiles) {
  const auto path =
      std::filesystem::temp_directory_path() / ("tailrace_secret_" + std::to_string(::getpid()));
  std::ofstream(path) << "from a file\n";
  const SecretStore store = SecretStore::of_process();
  EXPECT_EQ(expanded("${file:" + path.string() + "}", store), "from a file");
  std::filesystem::remove(path);
  EXPECT_NE(expanded("${file:" + path.string() + "}", store).find("No such file"),
            std::string::npos);
}

}  // namespace
}  // namespace tailrace
