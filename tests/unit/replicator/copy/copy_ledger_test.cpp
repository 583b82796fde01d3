#include "replicator/copy/copy_ledger.h"

#include <gtest/gtest.h>

namespace tailrace {
namespace {

TableCopy planned_table() {
  TableCopy table;
  table.name = {"shop", "orders"};
  table.shape = "abc";
  table.rows_expected = 30;
  table.chunks = {{{"", "10"}, false, {}, 0},
                  {{"10", "20"}, true, {Position{"7"}, true, 10}, 99},
                  {{"20", ""}, false, {}, 0}};
  table.rows = 10;
  table.bytes = 99;
  return table;
}

CopyLedger parsed(const std::vector<LedgerEntry>& entries) {
  auto ledger = CopyLedger::parse(entries);
  EXPECT_TRUE(ledger) << ledger.error().to_string();
  return ledger ? *std::move(ledger) : CopyLedger();
}

TEST(CopyLedger, WhatIsWrittenIsReadAgain) {
  auto entries = entries_of(planned_table());
  CopyLedger written;
  written.begin();
  written.set_tables_known();
  entries.push_back(written.entry());
  const CopyLedger ledger = parsed(entries);
  EXPECT_TRUE(ledger.begun());
  EXPECT_TRUE(ledger.tables_known());
  ASSERT_EQ(ledger.tables().size(), 1U);
  const TableCopy& table = ledger.tables()[0];
  EXPECT_EQ(table.name, (TableName{"shop", "orders"}));
  EXPECT_EQ(table.rows, 10U);
  EXPECT_EQ(table.bytes, 99U);
  EXPECT_EQ(table.chunks_done(), 1U);
  ASSERT_EQ(table.chunks.size(), 3U);
  EXPECT_EQ(table.chunks[1].range, (KeyRange{"10", "20"}));
  EXPECT_EQ(table.chunks[1].read.position.text, "7");
  EXPECT_TRUE(table.chunks[1].read.exact);
  EXPECT_EQ(entries_of(table), entries_of(planned_table()));
}

TEST(CopyLedger, ATableWithoutChunksKeepsItsFigures) {
  TableCopy table = planned_table();
  table.chunks.clear();
  table.state = TableCopy::State::converging;
  table.from.text = "7";
  table.until.text = "9";
  const std::vector<LedgerEntry> entries{table_entry(table)};
  const CopyLedger ledger = parsed(entries);
  EXPECT_EQ(ledger.tables()[0].rows, 10U);
  EXPECT_EQ(ledger.tables()[0].from.text, "7");
  EXPECT_EQ(ledger.tables()[0].until.text, "9");
  EXPECT_EQ(ledger.phase(), CopyPhase::converging);
}

TEST(CopyLedger, ThePhaseIsTheLeastOfItsTables) {
  CopyLedger ledger;
  EXPECT_EQ(ledger.phase(), CopyPhase::following);
  EXPECT_TRUE(ledger.settled());
  ledger.begin();
  EXPECT_EQ(ledger.phase(), CopyPhase::copying);
  EXPECT_TRUE(ledger.initial_copy_pending());
  ledger.set_tables_known();
  EXPECT_EQ(ledger.phase(), CopyPhase::exact);
  ledger.add({"a", "b"});
  ledger.add({"a", "c"});
  EXPECT_EQ(ledger.phase(), CopyPhase::copying);
  EXPECT_TRUE(ledger.initial_copy_pending());
  for (TableCopy& table : ledger.tables()) table.state = TableCopy::State::exact;
  EXPECT_EQ(ledger.phase(), CopyPhase::converging) << "indexes are missing";
  EXPECT_FALSE(ledger.settled());
  for (TableCopy& table : ledger.tables()) table.finished = true;
  EXPECT_EQ(ledger.phase(), CopyPhase::exact);
  ledger.find({"a", "c"})->state = TableCopy::State::converging;
  EXPECT_EQ(ledger.phase(), CopyPhase::converging);
  EXPECT_FALSE(ledger.initial_copy_pending());
}

TEST(CopyLedger, ATableThatIsCopiedAgainDoesNotHoldTheStream) {
  CopyLedger ledger;
  ledger.add({"a", "b"}).mode = TableCopy::Mode::again;
  EXPECT_FALSE(ledger.initial_copy_pending());
  EXPECT_EQ(ledger.phase(), CopyPhase::copying);
  ASSERT_NE(ledger.next_again(), nullptr);
  ledger.next_again()->state = TableCopy::State::converging;
  EXPECT_EQ(ledger.next_again(), nullptr);
  ledger.remove({"a", "b"});
  EXPECT_EQ(ledger.phase(), CopyPhase::following);
}

TEST(CopyLedger, NamesThatLookAlikeHaveKeysOfTheirOwn) {
  const auto key = [](std::string schema, std::string table) {
    TableCopy copy;
    copy.name = {std::move(schema), std::move(table)};
    return table_entry(copy).key;
  };
  EXPECT_EQ(key("shop", "orders"), "table shop.orders");
  EXPECT_NE(key("a.b", "c"), key("a", "b.c"));
  EXPECT_NE(key("a", "b 1"), key("a", "b%201"));
  const std::string longest(400, 'x');
  EXPECT_NE(key(longest, "a"), key(longest, "b"));
  EXPECT_LE(key(longest, "a").size() + 10, 255U);
  std::string wide;
  for (int i = 0; i < 100; ++i) wide += "\xE2\x82\xAC";
  TableCopy copy = planned_table();
  copy.name = {wide, "t 1"};
  EXPECT_EQ(parsed(entries_of(copy)).tables()[0].name, copy.name);
}

TEST(CopyLedger, DamageIsNamedAndNeverTakenForANewCopy) {
  const auto refused = [](std::vector<LedgerEntry> entries, const std::string& names) {
    const auto ledger = CopyLedger::parse(entries);
    ASSERT_FALSE(ledger) << names;
    EXPECT_EQ(ledger.error().kind(), ErrorKind::checkpoint_corrupt);
    EXPECT_NE(ledger.error().message().find(names), std::string::npos) << ledger.error().message();
    EXPECT_FALSE(ledger.error().hint().empty());
  };
  refused({{"copy", "{"}}, "copy");
  refused({{"copy", R"({"version":2,"tables_known":true})"}}, "version 2");
  auto entries = entries_of(planned_table());
  entries.erase(entries.begin() + 2);
  refused(entries, "names 3 chunks, but 2");
  entries = entries_of(planned_table());
  entries.erase(entries.begin());
  refused(entries, "chunk shop.orders 0");
  entries = entries_of(planned_table());
  entries[0].key = "table shop.other";
  refused(entries, "another table");
  entries = entries_of(planned_table());
  entries[1].key = "chunk shop.orders x";
  refused(entries, "no number");
  EXPECT_TRUE(CopyLedger::parse(std::vector<LedgerEntry>{{"columns shop.orders", "whatever"}}));
}

TEST(CopyLedger, ChunksAreForgottenByTheirKeys) {
  const TableCopy table = planned_table();
  std::vector<LedgerEntry> entries;
  forget_chunks(table, table.chunks.size(), entries);
  ASSERT_EQ(entries.size(), 3U);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    EXPECT_EQ(entries[i].key, chunk_entry(table.name, i, table.chunks[i]).key);
    EXPECT_TRUE(entries[i].text.empty());
  }
}

TEST(CopyLedger, AnotherShapeHasAnotherFingerprint) {
  TableSchema schema;
  schema.name = {"shop", "t"};
  schema.columns = {{.name = "id"}};
  const std::string before = fingerprint(schema);
  EXPECT_EQ(before, fingerprint(schema));
  schema.columns[0].nullable = false;
  EXPECT_NE(before, fingerprint(schema));
}

}  // namespace
}  // namespace tailrace
