#include <algorithm>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/commands.h"
#include "app/type_contract.h"

namespace tailrace::app {
namespace {

using testing::HasSubstr;

TypeRow row_of(Engine from, Engine to, const std::string& type) {
  const auto rows = type_contract(from, to);
  const auto found = std::find_if(rows.begin(), rows.end(),
                                  [&](const TypeRow& row) { return row.source == type; });
  if (found != rows.end()) return *found;
  ADD_FAILURE() << "no row of " << type;
  return {};
}

std::string printed(const TypesCommand& command) {
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(print_types(command, {out, err}), kExitOk);
  EXPECT_EQ(err.str(), "");
  return out.str();
}

// build/dev/tailrace types --markdown > docs/types.md
TEST(PrintTypes, ThePageIsWhatTheCodeSays) {
  std::ifstream file(TAILRACE_SOURCE_DIR "/docs/types.md");
  std::ostringstream page;
  page << file.rdbuf();
  EXPECT_EQ(printed({{}, {}, true}), page.str())
      << "run: tailrace types --markdown > docs/types.md, and read the difference";
}

TEST(PrintTypes, EveryColumnThatTailraceCreatesHoldsItsRows) {
  for (const Engine from : {Engine::mysql, Engine::mariadb, Engine::postgresql}) {
    for (const Engine to : {Engine::mysql, Engine::mariadb, Engine::postgresql, Engine::sqlite}) {
      const auto rows = type_contract(from, to);
      EXPECT_GT(rows.size(), 30U);
      for (const TypeRow& row : rows) {
        EXPECT_NE(row.held, "not at all") << name_of(from) << " to " << name_of(to) << row.source;
      }
    }
  }
}

TEST(PrintTypes, WhatIsRefusedComesFromTheWriters) {
  const TypeRow date = row_of(Engine::mariadb, Engine::postgresql, "date");
  EXPECT_THAT(date.refused, HasSubstr("0000-00-00"));
  EXPECT_THAT(date.refused, Not(HasSubstr("9999")));
  const TypeRow same = row_of(Engine::mariadb, Engine::mysql, "date");
  EXPECT_EQ(same.refused, "");
  const TypeRow number = row_of(Engine::postgresql, Engine::mysql, "numeric");
  EXPECT_THAT(number.refused, HasSubstr("more than 35 digits"));
  EXPECT_THAT(number.refused, HasSubstr("NaN"));
  EXPECT_THAT(number.options, HasSubstr("nan=null"));
  EXPECT_THAT(number.options, HasSubstr("infinity=clamp"));
  EXPECT_EQ(row_of(Engine::postgresql, Engine::postgresql, "numeric").refused, "");
  EXPECT_EQ(row_of(Engine::postgresql, Engine::sqlite, "double precision").refused, "");
}

TEST(PrintTypes, KeysAreToldApart) {
  const TypeRow text = row_of(Engine::postgresql, Engine::mysql, "text");
  EXPECT_THAT(text.target, HasSubstr("LONGTEXT; key: VARCHAR(768)"));
  EXPECT_EQ(text.refused, "in the key: longer texts");
  EXPECT_EQ(text.options, "");
}

TEST(PrintTypes, OnePairForATerminal) {
  const std::string text = printed({"mysql", "sqlite", false});
  EXPECT_THAT(text, testing::StartsWith("MySQL to SQLite\n"));
  EXPECT_THAT(text, HasSubstr("bigint unsigned -> TEXT"));
  EXPECT_THAT(text, Not(HasSubstr("PostgreSQL")));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 110U) << line;
}

}  // namespace
}  // namespace tailrace::app
