#include "sinks/null/null_target.h"

#include <gtest/gtest.h>

namespace tailrace {
namespace {

TEST(NullTargetTest, LedgerFollowsTheUnit) {
  NullTarget target;
  Lease lease = {"p", "s", "me", {}};
  const auto sink = *target.open(lease);
  ASSERT_TRUE(sink->begin());
  ASSERT_TRUE(sink->write_ledger(std::vector<LedgerEntry>{{"a", "1"}, {"b", "1"}}));
  EXPECT_TRUE(sink->read_ledger()->empty());
  sink->rollback();
  ASSERT_TRUE(sink->write_ledger(std::vector<LedgerEntry>{{"a", "2"}, {"c", "1"}}));
  ASSERT_TRUE(sink->commit({"source", {"1"}, 1}));
  EXPECT_EQ(*sink->read_ledger(), (std::vector<LedgerEntry>{{"a", "2"}, {"c", "1"}}));
  const auto loader = *target.open_loader(lease);
  ASSERT_TRUE(loader->commit(std::vector<LedgerEntry>{{"a", ""}, {"d", "1"}}));
  EXPECT_EQ(*sink->read_ledger(), (std::vector<LedgerEntry>{{"c", "1"}, {"d", "1"}}));
  // A new session of the process finds it.
  EXPECT_EQ((*target.open(lease))->read_ledger()->size(), 2U);
}

TEST(NullTargetTest, LoadersCountRowsOfChunks) {
  NullTarget target;
  const auto loader = *target.open_loader({"p", "s", "me", 1});
  const std::vector<NetRow> rows(3);
  ASSERT_TRUE(loader->load(rows));
  loader->rollback();
  EXPECT_EQ(target.change_count(), 0U);
  ASSERT_TRUE(loader->load(rows));
  ASSERT_TRUE(loader->load(rows));
  ASSERT_TRUE(loader->commit({}));
  EXPECT_EQ(target.change_count(), 6U);
  EXPECT_EQ(target.unit_count(), 1U);
}

}  // namespace
}  // namespace tailrace
