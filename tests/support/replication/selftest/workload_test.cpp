// The load on PostgreSQL is valid on every version, and reaches every table.
#include "tests/support/replication/workload.h"

#include <random>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/postgres_server.h"

namespace tailrace::testing {
namespace {

class WorkloadTest : public ::testing::TestWithParam<int> {};

TEST_P(WorkloadTest, FillsEveryTable) {
  if (bed_missing(PostgresServer::why_unavailable(GetParam(), true))) return;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  const PostgresServer source({.private_instance = true, .version = GetParam()});
  source.sql("CREATE DATABASE shop");
  source.sql("CREATE SCHEMA shop; ALTER DATABASE shop SET search_path = shop", "shop");
  create_workload_tables(source);
  source.sql(Workload::of(source, seed)->transactions(400), "shop");
  source.sql(Workload::of(source, seed + 1, Values::postgres_only)->transactions(200), "shop");
  for (const char* table : {"scalars", "lists", "shapes", "items", "documents", "archive", "words",
                            "tokens", "badges", "seats", "bulk"}) {
    EXPECT_NE(source.sql("SELECT count(*) FROM " + std::string(table), "shop"), "0") << table;
  }
  EXPECT_EQ(source.sql("SELECT count(*) FROM pg_prepared_xacts"), "0");
}

INSTANTIATE_TEST_SUITE_P(Versions, WorkloadTest, ::testing::Values(15, 18),
                         [](const auto& instance) { return std::to_string(instance.param); });

}  // namespace
}  // namespace tailrace::testing
