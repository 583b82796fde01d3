// A partitioned table of a PostgreSQL source is one table at the target.
#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {
namespace {

class PartitionTest : public ::testing::TestWithParam<EnginePair> {};

TEST_P(PartitionTest, RowsMoveAndPartitionsComeAndGo) {
  if (bed_missing(why_unavailable(GetParam().source))) return;
  if (bed_missing(why_unavailable(GetParam().target))) return;
  ReplicationBed bed(GetParam().source, GetParam().target);
  bed.source().sql(R"(
    CREATE TABLE events (id integer, day date, what text, PRIMARY KEY (id, day))
      PARTITION BY RANGE (day);
    CREATE TABLE events_2023 PARTITION OF events FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
    CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
      PARTITION BY LIST (id);
    CREATE TABLE events_2024_low PARTITION OF events_2024 FOR VALUES IN (1, 2, 3);
    CREATE TABLE events_2024_rest PARTITION OF events_2024 DEFAULT;
  )",
                   "shop");
  bed.catch_up();
  bed.source().sql(R"(
    INSERT INTO events VALUES (1, '2023-05-05', 'a'), (2, '2024-05-05', 'b'), (9, '2024-06-06', 'c');
    UPDATE events SET day = '2024-05-06' WHERE id = 1;
    UPDATE events SET what = 'moved' WHERE id = 1;
    UPDATE events SET id = 20 WHERE id = 2;
    INSERT INTO events_2024_rest VALUES (30, '2024-07-07', 'directly');
  )",
                   "shop");
  bed.catch_up();
  EXPECT_EQ(bed.differences(), "");
  bed.source().sql(R"(
    CREATE TABLE events_2025 (what text, day date NOT NULL, id integer NOT NULL);
    ALTER TABLE events_2025 ADD PRIMARY KEY (id, day);
    ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    INSERT INTO events VALUES (40, '2025-01-01', 'in the new one');
    UPDATE events SET day = '2025-02-02' WHERE id = 30;
    DELETE FROM events WHERE id = 9;
  )",
                   "shop");
  bed.catch_up();
  EXPECT_EQ(bed.differences(), "");
  bed.source().sql("TRUNCATE events; INSERT INTO events VALUES (1, '2025-03-03', 'after')", "shop");
  bed.catch_up();
  EXPECT_EQ(bed.differences(), "");
  EXPECT_EQ(bed.target_sql("SELECT what FROM " + bed.target_table("events")), "after");
}

INSTANTIATE_TEST_SUITE_P(Pairs, PartitionTest,
                         ::testing::Values(EnginePair{Engine::postgres15, Engine::postgres18},
                                           EnginePair{Engine::postgres18, Engine::mariadb}),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
