#include "sinks/postgres/staging.h"

#include <gtest/gtest.h>

#include "sinks/postgres/postgres_dialect.h"

namespace tailrace::postgres {
namespace {

sql::TableMapping mapping_of(const std::vector<std::string>& types, bool identity = false) {
  sql::TableMapping mapping;
  mapping.target.name = {"s", "t"};
  for (const std::string& type : types) {
    auto& column = mapping.target.columns.emplace_back();
    column.name = "C" + std::to_string(mapping.target.columns.size());
    column.type_name = type;
    column.base_type_name = column.native_base = type.substr(0, type.find('('));
  }
  mapping.target.columns[0].identity_always = identity;
  for (std::size_t i = 0; i < types.size(); ++i) {
    mapping.columns.push_back(
        {static_cast<std::uint16_t>(i), nullptr, &mapping.target.columns[i], i == 0, false});
  }
  mapping.key = {0};
  return mapping;
}

TEST(PostgresStaging, RowsGoIntoTheTableItself) {
  const auto mapping = mapping_of({"integer", "numeric(5,2)"});
  EXPECT_FALSE(needs_staging(mapping));
  EXPECT_EQ(copy_statement(PostgresDialect(), mapping), R"(COPY "s"."t" ("C1", "C2") FROM STDIN)");
}

TEST(PostgresStaging, UpsertsGoThroughATemporaryTable) {
  const auto mapping = mapping_of({"integer", "numeric(5,2)"}, true);
  EXPECT_EQ(stage_statement(mapping),
            "DROP TABLE IF EXISTS pg_temp.tailrace_stage; CREATE TEMPORARY TABLE tailrace_stage"
            " (c0 integer, c1 numeric(5,2)) ON COMMIT DROP");
  EXPECT_EQ(unstage_statement(PostgresDialect(), mapping, true),
            R"(INSERT INTO "s"."t" ("C1", "C2") OVERRIDING SYSTEM VALUE SELECT c0, c1)"
            R"( FROM pg_temp.tailrace_stage ON CONFLICT ("C1") DO UPDATE SET "C2" = EXCLUDED."C2";)"
            R"( TRUNCATE pg_temp.tailrace_stage)");
}

// 1234.50 has other words in other locales.
TEST(PostgresStaging, MoneyIsANumberUntilItIsThere) {
  const auto mapping = mapping_of({"integer", "money", "money[]"});
  EXPECT_TRUE(needs_staging(mapping));
  EXPECT_NE(stage_statement(mapping).find("(c0 integer, c1 numeric, c2 numeric[])"),
            std::string::npos);
  EXPECT_NE(unstage_statement(PostgresDialect(), mapping, false)
                .find("SELECT c0, c1::money::money, c2::money[]::money[] FROM"),
            std::string::npos);
}

}  // namespace
}  // namespace tailrace::postgres
