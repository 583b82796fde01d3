#include "replicator/net_effect.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/block_builder.h"

namespace tailrace {
namespace {

using Row = std::vector<std::optional<std::string>>;  // "?" stands for unchanged

SchemaPtr table(std::vector<std::uint16_t> key = {0}) {
  TableSchema schema;
  schema.name = {"shop", "t"};
  schema.columns = {{.name = "id"}, {.name = "a"}, {.name = "b"}};
  schema.key = std::move(key);
  return std::make_shared<const TableSchema>(schema);
}

// Builds changes into one block, and feeds them to a NetEffect.
class NetEffectTest : public ::testing::Test {
 protected:
  NetEffectTest()
      : builder_(1, [this](BlockPtr block) {
          block_ = std::move(block);
          return Status();
        }) {
    builder_.begin({});
  }

  void image(const Row& row) {
    if (row.empty()) return builder_.skip_image();
    builder_.start_image();
    for (const auto& value : row) {
      if (!value) {
        builder_.put_null();
      } else if (*value == "?") {
        builder_.put_unchanged();
      } else {
        builder_.put(*value);
      }
    }
    builder_.end_image();
  }
  void change(ChangeKind kind, const Row& before, const Row& after) {
    builder_.start_change(kind, schema_);
    image(before);
    image(after);
    ASSERT_TRUE(builder_.end_change());
  }
  void insert(const Row& row) { change(ChangeKind::insert, {}, row); }
  void update(const Row& before, const Row& after) { change(ChangeKind::update, before, after); }
  void remove(const Row& row) { change(ChangeKind::remove, row, {}); }

  NetTable net() {
    EXPECT_TRUE(builder_.flush());
    BlockCursor cursor(*block_);
    while (const auto record = cursor.next()) {
      if (const auto* found = std::get_if<Change>(&*record)) {
        added_.push_back(effect_.add(*found, block_));
      }
    }
    if (effect_.empty()) return {};
    return effect_.tables().at(0)->result({"x", "t"});
  }
  static std::string text(std::span<const Value> row) {
    std::string out;
    for (const Value& value : row) {
      out += value.is_null() ? "NULL" : value.is_unchanged() ? "?" : std::string(value.text());
      out += '|';
    }
    return out;
  }

  SchemaPtr schema_ = table();
  BlockBuilder builder_;
  BlockPtr block_;
  NetEffect effect_;
  std::vector<NetEffect::Added> added_;
};

TEST_F(NetEffectTest, InsertThenUpdateIsOneInsert) {
  insert({"1", "x", "y"});
  update({"1", "x", "y"}, {"1", "z", "y"});
  const NetTable result = net();
  ASSERT_EQ(result.inserts.size(), 1U);
  EXPECT_EQ(text(result.inserts[0].after), "1|z|y|");
  EXPECT_TRUE(result.updates.empty());
}

TEST_F(NetEffectTest, InsertThenRemoveMayFindNothing) {
  insert({"1", "x", "y"});
  remove({"1", "x", "y"});
  const NetTable result = net();
  EXPECT_TRUE(result.inserts.empty());
  ASSERT_EQ(result.removes.size(), 1U);
  EXPECT_TRUE(result.removes[0].may_be_absent);
  EXPECT_EQ(text(result.removes[0].before), "1|x|y|");
}

TEST_F(NetEffectTest, UpdatesKeepTheFirstBeforeAndTheLastAfter) {
  update({"1", "a", "b"}, {"1", "c", "b"});
  update({"1", "c", "b"}, {"1", "d", "b"});
  const NetTable result = net();
  ASSERT_EQ(result.updates.size(), 1U);
  EXPECT_EQ(text(result.updates[0].before), "1|a|b|");
  EXPECT_EQ(text(result.updates[0].after), "1|d|b|");
}

TEST_F(NetEffectTest, UpdateThenRemoveIsARemove) {
  update({"1", "a", "b"}, {"1", "c", "b"});
  remove({"1", "c", "b"});
  const NetTable result = net();
  ASSERT_EQ(result.removes.size(), 1U);
  EXPECT_FALSE(result.removes[0].may_be_absent);
  EXPECT_EQ(text(result.removes[0].before), "1|a|b|");
}

TEST_F(NetEffectTest, RemoveThenInsertIsAnUpdate) {
  remove({"1", "a", "b"});
  insert({"1", "n", "m"});
  const NetTable result = net();
  ASSERT_EQ(result.updates.size(), 1U);
  EXPECT_EQ(text(result.updates[0].before), "1|a|b|");
  EXPECT_EQ(text(result.updates[0].after), "1|n|m|");
}

TEST_F(NetEffectTest, InsertRemoveInsertIsAnInsert) {
  insert({"1", "a", "b"});
  remove({"1", "a", "b"});
  insert({"1", "c", "d"});
  const NetTable result = net();
  ASSERT_EQ(result.inserts.size(), 1U);
  EXPECT_TRUE(result.removes.empty());
  EXPECT_EQ(text(result.inserts[0].after), "1|c|d|");
}

TEST_F(NetEffectTest, AKeyChangeIsARemoveAndAnInsert) {
  update({"1", "a", "b"}, {"2", "a", "b"});
  const NetTable result = net();
  ASSERT_EQ(result.removes.size(), 1U);
  ASSERT_EQ(result.inserts.size(), 1U);
  EXPECT_EQ(text(result.removes[0].before), "1|a|b|");
  EXPECT_EQ(text(result.inserts[0].after), "2|a|b|");
}

TEST_F(NetEffectTest, AChainOfKeyChangesEndsAtTheLastKey) {
  update({"1", "a", "b"}, {"2", "a", "b"});
  update({"2", "a", "b"}, {"3", "a", "b"});
  const NetTable result = net();
  ASSERT_EQ(result.removes.size(), 2U);  // 1, and 2 which may not be there
  ASSERT_EQ(result.inserts.size(), 1U);
  EXPECT_EQ(text(result.inserts[0].after), "3|a|b|");
}

TEST_F(NetEffectTest, TwoKeysThatSwapBecomeTwoUpdates) {
  update({"1", "a", "b"}, {"3", "a", "b"});
  update({"2", "c", "d"}, {"1", "c", "d"});
  update({"3", "a", "b"}, {"2", "a", "b"});
  const NetTable result = net();
  ASSERT_EQ(result.updates.size(), 2U);
  EXPECT_EQ(text(result.updates[0].after), "1|c|d|");
  EXPECT_EQ(text(result.updates[1].after), "2|a|b|");
}

TEST_F(NetEffectTest, UnsentColumnsComeFromEarlierChanges) {
  insert({"1", "big", "b"});
  update({}, {"1", "?", "c"});
  const NetTable result = net();
  ASSERT_EQ(result.inserts.size(), 1U);
  EXPECT_EQ(text(result.inserts[0].after), "1|big|c|");
}

TEST_F(NetEffectTest, UnsentColumnsStayUnsentWithoutAnEarlierValue) {
  update({}, {"1", "?", "c"});
  const NetTable result = net();
  ASSERT_EQ(result.updates.size(), 1U);
  EXPECT_EQ(text(result.updates[0].after), "1|?|c|");
}

TEST_F(NetEffectTest, AKeyChangeWithUnsentColumnsMustGoInOrder) {
  update({"1", "?", "?"}, {"2", "?", "c"});
  net();
  ASSERT_EQ(added_.size(), 1U);
  EXPECT_EQ(added_[0], NetEffect::Added::in_order_only);
}

TEST_F(NetEffectTest, InsertsWithoutAKeyAreGatheredAsTheyAre) {
  schema_ = table({});
  for (int i = 0; i < 3; ++i) insert({"1", "a", "b"});
  const NetTable result = net();
  ASSERT_EQ(result.inserts.size(), 3U);
  EXPECT_EQ(text(result.inserts[2].after), "1|a|b|");
}

TEST_F(NetEffectTest, OtherChangesWithoutAKeyMustGoInOrder) {
  schema_ = table({});
  update({"1", "a", "b"}, {"1", "a", "c"});
  remove({"1", "a", "c"});
  net();
  EXPECT_EQ(added_, std::vector(2, NetEffect::Added::in_order_only));
}

TEST_F(NetEffectTest, KeysOfSeveralColumnsAreNotMixedUp) {
  schema_ = table({0, 1});
  insert({"a", "bc", "1"});
  insert({"ab", "c", "2"});
  EXPECT_EQ(net().inserts.size(), 2U);
}

TEST_F(NetEffectTest, ManyKeysAreAllFound) {
  for (int i = 0; i < 1000; ++i) insert({std::to_string(i), "a", "b"});
  for (int i = 0; i < 1000; i += 2) remove({std::to_string(i), "a", "b"});
  const NetTable result = net();
  EXPECT_EQ(result.inserts.size(), 500U);
  EXPECT_EQ(result.removes.size(), 500U);
}

TEST_F(NetEffectTest, AChangedSchemaAsksForAFlush) {
  insert({"1", "a", "b"});
  net();
  TableSchema wider = *schema_;
  wider.columns.push_back({.name = "c"});
  Change change;
  change.schema = std::make_shared<const TableSchema>(wider);
  EXPECT_TRUE(effect_.must_flush_before(change));
  change.schema = std::make_shared<const TableSchema>(*schema_);  // equal, another object
  EXPECT_FALSE(effect_.must_flush_before(change));
}

}  // namespace
}  // namespace tailrace
