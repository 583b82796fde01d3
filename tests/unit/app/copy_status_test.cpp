#include "app/copy_status.h"

#include <gtest/gtest.h>

namespace tailrace::app {
namespace {

CopyProgress progress() {
  return {.tables = 4,
          .tables_done = 1,
          .rows = 500,
          .rows_expected = 1000,
          .bytes = 2048,
          .rows_per_second = 0,
          .seconds_left = {},
          .tables_in_work = {},
          .error = {}};
}

TEST(CopyStatus, PercentIsNeverWholeBeforeTheEnd) {
  CopyProgress copy = progress();
  EXPECT_EQ(copy_percent(copy), 50U);
  copy.rows = 5000;  // an estimate was too low
  EXPECT_EQ(copy_percent(copy), 99U);
  copy.tables_done = 4;
  EXPECT_EQ(copy_percent(copy), 100U);
  EXPECT_FALSE(copy_percent({}));
}

TEST(CopyStatus, AmountsSayWhatIsKnown) {
  CopyProgress copy = progress();
  EXPECT_EQ(copy_amounts(copy), "500 of about 1,000 rows, 2.0 KiB");
  copy.rows_per_second = 1234.5;
  copy.seconds_left = 90;
  EXPECT_EQ(copy_amounts(copy), "500 of about 1,000 rows, 2.0 KiB, 1,234 rows/s, 2 min left");
  copy.rows_expected = 0;
  copy.seconds_left = 0;
  EXPECT_EQ(copy_amounts(copy), "500 rows, 2.0 KiB, 1,234 rows/s");
}

TEST(CopyStatus, IsDescribedWhileThereIsSomethingToDo) {
  SinkStatus sink;
  sink.name = "mail";
  sink.copy = progress();
  for (const CopyPhase phase : {CopyPhase::following, CopyPhase::exact}) {
    sink.phase = phase;
    EXPECT_EQ(describe_copy(sink), "");
  }
  for (const CopyPhase phase : {CopyPhase::copying, CopyPhase::converging}) {
    sink.phase = phase;
    EXPECT_EQ(describe_copy(sink),
              "    copy to mail: 1 of 4 tables, 50 %, 500 of about 1,000 rows, 2.0 KiB\n");
  }
}

TEST(CopyStatus, OfManyTablesSomeAreNamed) {
  SinkStatus sink;
  sink.phase = CopyPhase::copying;
  for (int i = 0; i < 8; ++i) sink.copy.tables_in_work.push_back("s.t" + std::to_string(i));
  const std::string text = describe_copy(sink);
  EXPECT_NE(text.find("s.t0, s.t1, s.t2, s.t3, s.t4 and 3 more"), std::string::npos) << text;
}

}  // namespace
}  // namespace tailrace::app
