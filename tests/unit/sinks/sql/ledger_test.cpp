#include "sinks/sql/ledger.h"

#include <gtest/gtest.h>

namespace tailrace::sql {
namespace {

TEST(LedgerTest, TellsPutsFromRemoves) {
  const std::vector<LedgerEntry> entries = {{"a", "1"}, {"b", ""}, {"c", "3"}};
  const auto change = plan_ledger(entries);
  ASSERT_TRUE(change);
  ASSERT_EQ(change->puts.size(), 2U);
  EXPECT_EQ(change->puts[0]->key, "a");
  EXPECT_EQ(change->puts[1]->key, "c");
  ASSERT_EQ(change->removes.size(), 1U);
  EXPECT_EQ(change->removes[0]->key, "b");
}

TEST(LedgerTest, OfSeveralEntriesWithOneKeyTheLastCounts) {
  const std::vector<LedgerEntry> entries = {{"a", "1"}, {"a", "2"}, {"b", "1"}, {"b", ""}};
  const auto change = plan_ledger(entries);
  ASSERT_TRUE(change);
  ASSERT_EQ(change->puts.size(), 1U);
  EXPECT_EQ(change->puts[0]->text, "2");
  ASSERT_EQ(change->removes.size(), 1U);
  EXPECT_EQ(change->removes[0]->key, "b");
}

TEST(LedgerTest, RefusesKeysThatTheTableCannotHave) {
  EXPECT_TRUE(plan_ledger(std::vector<LedgerEntry>{{std::string(255, 'k'), "1"}}));
  for (const std::size_t octets : {std::size_t{0}, std::size_t{256}}) {
    const auto change = plan_ledger(std::vector<LedgerEntry>{{std::string(octets, 'k'), "1"}});
    ASSERT_FALSE(change);
    EXPECT_EQ(change.error().kind(), ErrorKind::internal);
  }
}

TEST(LedgerTest, MissingRowsNameTheCommandThatCopiesTheTable) {
  const Lease lease = {"shop", "mail", "me", 1};
  const std::string command = "tailrace snapshot shop --sink mail --table account.users";
  const TableName source = {"account", "users"};
  for (const Error& error : {missing_row(lease, source), lost_row(lease, source)}) {
    EXPECT_EQ(error.kind(), ErrorKind::row_rejected);
    EXPECT_TRUE(error.hint().ends_with(command)) << error.hint();
  }
}

}  // namespace
}  // namespace tailrace::sql
