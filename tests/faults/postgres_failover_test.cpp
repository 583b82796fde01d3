// The primary is lost; the standby that takes over has the slot, and tailrace goes on there.
#include <chrono>
#include <random>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/eventually.h"
#include "tests/support/postgres_server.h"
#include "tests/support/replication/replication_bed.h"
#include "tests/support/replication/workload.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

TEST(FailoverTest, GoesOnAtTheStandbyWithNothingLostOrDoubled) {
  if (bed_missing(why_unavailable(Engine::postgres18))) return;
  if (bed_missing(why_unavailable(Engine::postgres15))) return;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  ReplicationBed bed(Engine::postgres18, Engine::postgres15);
  create_workload_tables(bed.source());
  const PostgresServer standby(
      {.private_instance = true, .version = 18, .standby_of = &bed.source()});
  // tailrace never sees what the standby does not have.
  bed.source().sql("ALTER SYSTEM SET synchronized_standby_slots = 'standby'");
  bed.source().sql("SELECT pg_reload_conf()");

  ServerUrl url = parse_url(bed.source_url());
  std::string both = to_string(url);
  const std::string first = "127.0.0.1:" + std::to_string(url.port);
  both.replace(both.find(first), first.size(),
               first + ",127.0.0.1:" + std::to_string(standby.port()));
  TailraceProcess tailrace(bed.run_arguments({}, both));
  ASSERT_TRUE(eventually([&] { return bed.slot("active") == "t"; })) << tailrace.error_output();
  const auto workload = Workload::of(bed.source(), seed, Values::postgres_only);
  bed.source().sql(workload->transactions(50), "shop");
  ASSERT_TRUE(bed.comes_up_to_date()) << tailrace.error_output();
  ASSERT_TRUE(eventually(
      [&] {
        bed.source().sql("SELECT pg_log_standby_snapshot()");
        return standby.sql(
                   "SELECT synced AND NOT temporary AND invalidation_reason IS NULL FROM "
                   "pg_replication_slots WHERE slot_name = 'tailrace_bed'") == "t";
      },
      120s));

  bed.source().sql(workload->transactions(100), "shop");
  const std::string last = bed.source_position();
  ASSERT_TRUE(eventually(
      [&] { return standby.sql("SELECT pg_last_wal_replay_lsn() >= '" + last + "'") == "t"; }));
  bed.source().stop(StopMode::crash);
  standby.sql("SELECT pg_promote()");
  standby.sql(workload->transactions(100), "shop");
  const std::string end = standby.sql("SELECT pg_current_wal_flush_lsn()");
  EXPECT_TRUE(eventually([&] { return bed.has_reached(end); }, 90s))
      << bed.stored_position() << "\n"
      << tailrace.error_output();
  EXPECT_TRUE(bed.stored_position().ends_with("@2")) << bed.stored_position();
  EXPECT_EQ(bed.differences_from(standby.url("shop")), "");
}

}  // namespace
}  // namespace tailrace::testing
