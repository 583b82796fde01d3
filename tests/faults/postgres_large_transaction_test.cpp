// Transactions of a PostgreSQL source that are larger than any memory budget.
#include <algorithm>
#include <chrono>

#include <gtest/gtest.h>

#include "tests/support/beds.h"
#include "tests/support/eventually.h"
#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostResidentKib = 200U << 10;

void create_big(ReplicationBed& bed) {
  bed.source().sql("CREATE TABLE big (id integer PRIMARY KEY, filler text, n bigint)", "shop");
}

std::string insert_rows(int count) {
  return "INSERT INTO big SELECT n, repeat(chr(65 + n % 26), 80), n::bigint * 1000003 FROM "
         "generate_series(1, " +
         std::to_string(count) + ") n;";
}

// The peak of a daemon that leaves by itself; 0 when it did not end well.
std::size_t peak_until_done(TailraceProcess& tailrace, std::chrono::seconds deadline) {
  std::size_t peak_kib = 0;
  const bool ended = eventually(
      [&] {
        peak_kib = std::max(peak_kib, tailrace.peak_resident_kib());
        return !tailrace.running();
      },
      deadline);
  const auto how = tailrace.wait(1ms);
  return ended && how && how->ok() ? peak_kib : 0;
}

class LargeTransactionTest : public ::testing::TestWithParam<int> {};

TEST_P(LargeTransactionTest, IsAppliedWholeInBoundedMemory) {
  if (bed_missing(why_unavailable(Engine::postgres18))) return;
  if (bed_missing(why_unavailable(Engine::postgres15))) return;
  ReplicationBed bed(Engine::postgres18, Engine::postgres15);
  create_big(bed);
  bed.catch_up();
  bed.source().sql(insert_rows(GetParam()), "shop");
  TailraceProcess tailrace(bed.run_arguments({"--exit-when-caught-up"}));
  const std::size_t peak_kib = peak_until_done(tailrace, 300s);
  ASSERT_NE(peak_kib, 0U) << tailrace.error_output();
  RecordProperty("peak_resident_kib", static_cast<int>(peak_kib));
  EXPECT_LT(peak_kib, kMostResidentKib);
  const std::string sums = "SELECT count(*), sum(id), sum(n), sum(hashtext(filler)) FROM shop.big";
  EXPECT_EQ(bed.target_sql(sums), bed.source().sql(sums, "shop"));
}

TEST_P(LargeTransactionTest, IsReadInBoundedMemory) {
  if (bed_missing(why_unavailable(Engine::postgres18))) return;
  ReplicationBed bed(Engine::postgres18, Engine::sqlite);
  create_big(bed);
  TailraceProcess tailrace({"run", "--from", bed.source_url(), "--to", "null://", "--name", "bed",
                            "--create-slot", "--state-dir", (bed.folder() / "state").string()});
  ASSERT_TRUE(eventually([&] { return bed.slot("active") == "t"; })) << tailrace.error_output();
  bed.source().sql(insert_rows(GetParam()), "shop");
  const std::string end = bed.source_position();
  std::size_t peak_kib = 0;
  EXPECT_TRUE(eventually(
      [&] {
        peak_kib = std::max(peak_kib, tailrace.peak_resident_kib());
        return bed.slot("confirmed_flush_lsn >= '" + end + "'") == "t";
      },
      300s))
      << tailrace.error_output();
  RecordProperty("peak_resident_kib", static_cast<int>(peak_kib));
  EXPECT_GT(peak_kib, 0U);
  EXPECT_LT(peak_kib, kMostResidentKib);
}

INSTANTIATE_TEST_SUITE_P(Rows, LargeTransactionTest, ::testing::Values(200'000, 5'000'000),
                         ::testing::PrintToStringParamName());

// The server sends it while it is still open, and then that it never happened.
class StreamedRollbackTest : public ::testing::TestWithParam<Engine> {};

TEST_P(StreamedRollbackTest, LeavesNoTrace) {
  if (bed_missing(why_unavailable(GetParam()))) return;
  if (bed_missing(why_unavailable(Engine::postgres15))) return;
  ReplicationBed bed(GetParam(), Engine::postgres15,
                     {.source_arguments = {"-c", "logical_decoding_work_mem=64kB"}});
  create_big(bed);
  bed.catch_up();
  TailraceProcess tailrace(bed.run_arguments());
  bed.source().sql("BEGIN;" + insert_rows(100'000) + R"(
    DO $$ BEGIN
      FOR attempt IN 1..600 LOOP
        PERFORM pg_stat_clear_snapshot();
        IF (SELECT stream_count FROM pg_stat_replication_slots WHERE slot_name = 'tailrace_bed') > 0
        THEN RETURN; END IF;
        PERFORM pg_sleep(0.05);
      END LOOP;
      RAISE EXCEPTION 'nothing was streamed';
    END $$;
    ROLLBACK;
    INSERT INTO big VALUES (7, 'small', 1);)",
                   "shop");
  EXPECT_TRUE(bed.comes_up_to_date()) << tailrace.error_output();
  EXPECT_EQ(bed.target_sql("SELECT id FROM shop.big"), "7");
  EXPECT_EQ(bed.differences(), "");
}

// Changes of savepoints that were rolled back are taken out of what was sent early.
TEST_P(StreamedRollbackTest, SavepointsRolledBackAreLeftOut) {
  if (bed_missing(why_unavailable(GetParam()))) return;
  if (bed_missing(why_unavailable(Engine::postgres15))) return;
  ReplicationBed bed(GetParam(), Engine::postgres15,
                     {.source_arguments = {"-c", "logical_decoding_work_mem=64kB"}});
  create_big(bed);
  bed.source().sql("CREATE TABLE late (id integer PRIMARY KEY, v text)", "shop");
  bed.catch_up();
  bed.source().sql(R"(
    BEGIN;
    INSERT INTO big SELECT n, repeat('a', 80), n FROM generate_series(1, 3000) n;
    SAVEPOINT one;
    UPDATE big SET n = -1;
    INSERT INTO late VALUES (1, 'undone');
    SAVEPOINT two;
    DELETE FROM big WHERE id > 2000;
    ROLLBACK TO two;
    INSERT INTO big SELECT n, repeat('b', 80), n FROM generate_series(5001, 8000) n;
    ROLLBACK TO one;
    INSERT INTO late VALUES (2, 'kept');
    SAVEPOINT three;
    UPDATE big SET n = n + 1 WHERE id % 2 = 0;
    SAVEPOINT four;
    INSERT INTO big SELECT n, repeat('c', 80), n FROM generate_series(9001, 9500) n;
    RELEASE four;
    RELEASE three;
    SAVEPOINT five;
    TRUNCATE late;
    ROLLBACK TO five;
    DELETE FROM big WHERE id <= 100;
    COMMIT;)",
                   "shop");
  bed.catch_up();
  EXPECT_EQ(bed.source().sql("SELECT stream_count > 0 FROM pg_stat_replication_slots"), "t");
  EXPECT_EQ(bed.differences(), "");
  EXPECT_EQ(bed.target_sql("SELECT v FROM shop.late"), "kept");
  EXPECT_EQ(bed.target_sql("SELECT count(*) FROM shop.big"), "3400");
}

INSTANTIATE_TEST_SUITE_P(Sources, StreamedRollbackTest,
                         ::testing::Values(Engine::postgres15, Engine::postgres18),
                         [](const auto& instance) { return name_of(instance.param); });

}  // namespace
}  // namespace tailrace::testing
