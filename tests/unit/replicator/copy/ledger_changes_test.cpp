#include "replicator/copy/ledger_changes.h"

#include <gtest/gtest.h>

namespace tailrace {
namespace {

const TableName kOld{"shop", "old"};
const TableName kNew{"shop", "new"};

class LedgerChangesTest : public ::testing::Test {
 protected:
  TableCopy& copy(const TableName& name, TableCopy::State state) {
    TableCopy& table = copies_.add(name);
    table.state = state;
    return table;
  }
  // What the target's ledger says after these changes must be what they made of it here.
  void apply(const TableEvent& event, bool follows = true) {
    LedgerChanges changes(copies_, definitions_);
    changes.apply(event, follows);
    for (const LedgerEntry& entry : changes.entries()) {
      if (entry.text.empty()) {
        stored_.erase(entry.key);
      } else {
        stored_[entry.key] = entry.text;
      }
    }
    stale_ = changes.stale();
  }
  void store() {
    for (const TableCopy& table : copies_.tables()) {
      for (const LedgerEntry& entry : entries_of(table)) stored_[entry.key] = entry.text;
    }
    for (const auto& [name, table] : definitions_.tables()) {
      const LedgerEntry entry = definitions_.entry_of(name);
      if (!entry.text.empty()) stored_[entry.key] = entry.text;
    }
  }
  void expect_stored() {
    std::vector<LedgerEntry> entries;
    for (const auto& [key, text] : stored_) entries.push_back({key, text});
    const auto copies = CopyLedger::parse(entries);
    ASSERT_TRUE(copies) << copies.error().to_string();
    EXPECT_EQ(copies->tables().size(), copies_.tables().size());
    for (const TableCopy& table : copies_.tables()) {
      const TableCopy* read = copies->find(table.name);
      ASSERT_NE(read, nullptr) << table.name.to_string();
      EXPECT_EQ(read->state, table.state);
      EXPECT_EQ(read->why, table.why);
      EXPECT_EQ(read->gone, table.gone);
    }
    const auto definitions = DefinitionLedger::parse(entries);
    ASSERT_TRUE(definitions) << definitions.error().to_string();
    EXPECT_EQ(definitions->tables(), definitions_.tables());
    EXPECT_EQ(definitions->due(), definitions_.due());
  }

  CopyLedger copies_;
  DefinitionLedger definitions_;
  std::map<std::string, std::string> stored_;
  std::vector<StaleTable> stale_;
};

TEST_F(LedgerChangesTest, WhatIsKnownOfATableGoesWithItsName) {
  copy(kOld, TableCopy::State::exact).finished = true;
  definitions_.put(kOld, {false, {{"index by_v", ""}}});
  store();
  apply({SchemaChangeKind::rename_table, {kOld, kNew}});
  expect_stored();
  EXPECT_EQ(copies_.find(kOld), nullptr);
  ASSERT_NE(copies_.find(kNew), nullptr);
  EXPECT_TRUE(copies_.find(kNew)->finished);
  EXPECT_EQ(definitions_.of(kNew).given.count("index by_v"), 1U);
  EXPECT_TRUE(definitions_.due().contains(kNew));
  EXPECT_TRUE(stale_.empty());
}

TEST_F(LedgerChangesTest, ATableThatIsRenamedWhileItIsCopiedIsReadAnew) {
  TableCopy& table = copy(kOld, TableCopy::State::copying);
  table.chunks.resize(3);
  table.chunks[0].done = true;
  store();
  apply({SchemaChangeKind::rename_table, {kOld, kNew}});
  expect_stored();
  ASSERT_EQ(stale_.size(), 1U);
  EXPECT_EQ(stale_[0].table, kNew);
  EXPECT_EQ(copies_.find(kNew)->mode, TableCopy::Mode::again);
  EXPECT_EQ(copies_.find(kNew)->state, TableCopy::State::copying);
}

// The copy had begun with it, and did not find it any more: the stream tells later where it went.
TEST_F(LedgerChangesTest, ATableThatWasGoneBeforeItWasReadIsReadUnderItsNewName) {
  copy(kOld, TableCopy::State::exact).gone = true;
  store();
  apply({SchemaChangeKind::rename_table, {kOld, kNew}});
  expect_stored();
  ASSERT_EQ(stale_.size(), 1U);
  EXPECT_EQ(stale_[0].table, kNew);
}

TEST_F(LedgerChangesTest, ASwapOfNamesMovesBoth) {
  const TableName away{"shop", "away"};
  copy(kOld, TableCopy::State::exact).rows = 1;
  copy(kNew, TableCopy::State::exact).rows = 2;
  store();
  apply({SchemaChangeKind::rename_table, {kOld, away, kNew, kOld, away, kNew}});
  expect_stored();
  EXPECT_EQ(copies_.find(kOld)->rows, 2U);
  EXPECT_EQ(copies_.find(kNew)->rows, 1U);
  EXPECT_EQ(copies_.find(away), nullptr);
}

TEST_F(LedgerChangesTest, ADroppedTableLeavesNothing) {
  copy(kOld, TableCopy::State::copying).chunks.resize(2);
  definitions_.set_due(kOld);
  store();
  apply({SchemaChangeKind::drop_table, {kOld}});
  expect_stored();
  EXPECT_TRUE(stored_.empty());
}

TEST_F(LedgerChangesTest, DefinitionsAreDueOnlyWhereTheyAreFollowed) {
  apply({SchemaChangeKind::create_table, {kOld}}, false);
  EXPECT_TRUE(stored_.empty());
  apply({SchemaChangeKind::create_table, {kOld}});
  apply({SchemaChangeKind::swap_table, {kNew, {"shop", "_new_gho"}}});
  expect_stored();
  EXPECT_EQ(definitions_.due(), (std::set<TableName>{kOld, kNew}));
}

TEST_F(LedgerChangesTest, ADamagedEntryIsNeverPassedOver) {
  const LedgerEntry damaged{"definition shop.old", "{}"};
  const auto parsed = DefinitionLedger::parse({&damaged, 1});
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().kind(), ErrorKind::checkpoint_corrupt);
}

}  // namespace
}  // namespace tailrace
