#include "sinks/postgres/truncate.h"

#include <gtest/gtest.h>

#include "sinks/postgres/postgres_dialect.h"

namespace tailrace::postgres {
namespace {

const TableName kA{"s", "a"};
const TableName kB{"s", "b"};
const TableName kOutside{"s", "outside"};

std::string statements(const std::vector<TruncatedTable>& tables, bool restart = false) {
  std::string out;
  for (const std::string& sql : truncate_statements(PostgresDialect(), tables, restart)) {
    out += (out.empty() ? "" : "; ") + sql;
  }
  return out;
}

TEST(PostgresTruncate, TablesTogether) {
  EXPECT_EQ(statements({{kA, {}, {}}}), R"(TRUNCATE TABLE "s"."a")");
  EXPECT_EQ(statements({{kA, {kB}, {}}, {kB, {kA}, {}}}), R"(TRUNCATE TABLE "s"."a", "s"."b")");
  EXPECT_EQ(statements({{kA, {}, {}}}, true), R"(TRUNCATE TABLE "s"."a" RESTART IDENTITY)");
  EXPECT_EQ(statements({}), "");
}

TEST(PostgresTruncate, TablesThatOthersReferToAreDeletedFrom) {
  EXPECT_EQ(statements({{kA, {kOutside}, {}}, {kB, {}, {}}}),
            R"(DELETE FROM "s"."a"; TRUNCATE TABLE "s"."b")");
  // b stays a table that refers to a.
  EXPECT_EQ(statements({{kA, {kB}, {}}, {kB, {kOutside}, {}}}),
            R"(WITH d0 AS (DELETE FROM "s"."a"), d1 AS (DELETE FROM "s"."b") SELECT)");
  EXPECT_EQ(statements({{kA, {kOutside}, {{"s", "a_id_seq"}}}}, true),
            R"(DELETE FROM "s"."a"; ALTER SEQUENCE "s"."a_id_seq" RESTART)");
}

}  // namespace
}  // namespace tailrace::postgres
