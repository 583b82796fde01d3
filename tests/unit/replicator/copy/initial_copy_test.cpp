#include "copy_bed.h"

namespace tailrace {
namespace {

using namespace testing;

class InitialCopy : public CopyBed {};

TEST_F(InitialCopy, WhatExistsIsCopiedAndFollowed) {
  fill(40);
  ASSERT_TRUE(run_until_caught_up());
  expect_equal(*store_);
  EXPECT_EQ(store_->finished, (std::set<std::string>{"t", "u", "bag"}));
  EXPECT_EQ(store_->keys_made, (std::set<std::string>{"t", "u", "bag"}));
  EXPECT_EQ(store_->ever_converging, (std::set<std::string>{"t", "u", "bag"}));
  EXPECT_TRUE(store_->converging.empty());
  EXPECT_TRUE(store_->log.empty()) << "nothing of it came with the stream";
  script_->add({put("new", "1"), removal("k100")});
  ASSERT_TRUE(run_until_caught_up());
  expect_equal(*store_);
  EXPECT_EQ(script_->snapshots, 1);
}

TEST_F(InitialCopy, AnEmptySourceIsExactAtOnce) {
  script_->tables.clear();
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  script_->add({put("a", "1")});
  ASSERT_TRUE(wait_for_end(*store_));
  expect_equal(*store_);
}

TEST_F(InitialCopy, ForeignKeysComeLastAndOnRequest) {
  copy_.foreign_keys = true;
  fill(3);
  ASSERT_TRUE(run_until_caught_up());
  EXPECT_EQ(store_->finished, (std::set<std::string>{"t", "u", "bag", "t fk", "u fk", "bag fk"}));
}

TEST_F(InitialCopy, TheStatusTellsHowFarItIs) {
  fill(40);
  std::atomic<bool> go_on = false;
  script_->before_read = [&] {
    while (script_->reads >= 5 && !go_on) std::this_thread::sleep_for(1ms);
  };
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(wait_until([&] { return pipeline->status().sinks[0].copy.rows > 0; }));
  const SinkStatus during = pipeline->status().sinks[0];
  EXPECT_EQ(during.phase, CopyPhase::copying);
  EXPECT_EQ(during.copy.tables, 3U);
  EXPECT_EQ(during.copy.rows_expected, 120U);
  EXPECT_LT(during.copy.rows, 120U);
  EXPECT_FALSE(during.copy.tables_in_work.empty());
  EXPECT_EQ(during.durable.position.text, "40");
  go_on = true;
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  const CopyProgress after = pipeline->status().sinks[0].copy;
  EXPECT_EQ(after.tables_done, 3U);
  EXPECT_EQ(after.rows, 120U);
  EXPECT_EQ(after.rows_expected, 120U);
}

TEST_F(InitialCopy, TheSourceIsToldOfNothingBehindTheBegin) {
  fill(20);
  std::atomic<bool> go_on = false;
  script_->before_read = [&] {
    while (!go_on) std::this_thread::sleep_for(1ms);
  };
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(store_->wait_for_position("20"));
  for (int i = 0; i < 50; ++i) script_->add({put("x" + std::to_string(i), "1")});
  std::this_thread::sleep_for(400ms);  // it is told every 200 ms
  {
    const std::scoped_lock lock(script_->mutex);
    for (const std::size_t told : script_->confirmed) EXPECT_LE(told, 20U);
  }
  go_on = true;
  ASSERT_TRUE(wait_for_end(*store_));
  expect_equal(*store_);
}

// The source is written to between any two chunks; with one moment for all readers, and with a
// moment for each.
TEST_F(InitialCopy, ConvergesUnderWritesAtRandom) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  for (unsigned round = 0; round < 24; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    script_ = std::make_shared<ScriptedSource::Script>();
    script_->tables = {"t", "u", "bag"};
    script_->exact = round % 2 == 0;
    script_->ids_tell_nothing = round % 4 >= 2;
    script_->rows_per_block = 1 + round % 3;
    store_ = std::make_shared<MemoryStore>();
    watch(*store_);
    std::mt19937 random(seed + round);
    std::mutex mutex;
    fill(40);
    script_->before_read = [&] {
      const std::scoped_lock lock(mutex);
      for (unsigned n = random() % 4; n > 0; --n) write_something(random);
    };
    copy_.workers = 1 + round % 3;
    const auto pipeline = make({store_});
    pipeline->start();
    ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
    ASSERT_TRUE(wait_for_end(*store_));
    expect_equal(*store_);
    pipeline->request_stop();
    EXPECT_TRUE(pipeline->wait());
    std::filesystem::remove_all(state_dir_);
  }
}

TEST_F(InitialCopy, ATruncationInTheMiddleTakesNothingThatCameAfterIt) {
  for (const bool exact : {false, true}) {
    script_ = std::make_shared<ScriptedSource::Script>();
    script_->exact = exact;
    store_ = std::make_shared<MemoryStore>();
    watch(*store_);
    script_->add({put("a", "1"), put("b", "1"), put("c", "1"), put("d", "1")});
    copy_.workers = 1;
    copy_.chunk_rows = 2;
    script_->before_read = [&] {  // between the first chunk and the second
      if (script_->reads == 1) script_->add({truncation(), put("a", "2"), put("d", "2")});
    };
    ASSERT_TRUE(run_until_caught_up());
    const auto pipeline = make({store_});
    pipeline->start();
    ASSERT_TRUE(wait_for_end(*store_));
    expect_equal(*store_);
    pipeline->request_stop();
    ASSERT_TRUE(pipeline->wait());
    std::filesystem::remove_all(state_dir_);
  }
}

// Rows read behind it: a truncation that they have seen must not meet them.
TEST_F(InitialCopy, ATruncationBeforeTheFirstChunkIsDropped) {
  for (const bool ids_tell_nothing : {false, true}) {
    script_ = std::make_shared<ScriptedSource::Script>();
    script_->ids_tell_nothing = ids_tell_nothing;
    store_ = std::make_shared<MemoryStore>();
    watch(*store_);
    script_->add({put("a", "1"), put("b", "1")});
    script_->before_read = [&] {
      if (script_->reads == 0) script_->add({truncation(), put("c", "2")});
    };
    ASSERT_TRUE(run_until_caught_up());
    expect_equal(*store_);
    EXPECT_TRUE(store_->log.empty());
    std::filesystem::remove_all(state_dir_);
  }
}

TEST_F(InitialCopy, ATableThatHasRowsAlreadyStopsTheSinkUntilItIsEmptied) {
  fill(5);
  store_->rows["mine"] = "1";
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(wait_until([&] { return pipeline->status().sinks[0].state == RunState::blocked; }));
  const std::string message = pipeline->status().sinks[0].error->message;
  EXPECT_NE(message.find("target table shop.t has rows already"), std::string::npos) << message;
  EXPECT_NE(message.find("DELETE FROM shop.t"), std::string::npos) << message;
  {
    const std::scoped_lock lock(store_->mutex);
    store_->rows.clear();
  }
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  expect_equal(*store_);
}

TEST_F(InitialCopy, RowsThatAreThereAreReplacedOnRequest) {
  fill(5);
  copy_.existing = CopyOptions::Existing::replace;
  store_->rows["mine"] = "1";
  store_->bag.insert("mine=1");
  ASSERT_TRUE(run_until_caught_up());
  expect_equal(*store_);
}

TEST_F(InitialCopy, RowsThatAreThereAreKeptOnRequest) {
  fill(5);
  store_->on_commit = {};
  copy_.existing = CopyOptions::Existing::keep;
  store_->rows["mine"] = "1";
  store_->rows["k100"] = "stale";
  script_->before_read = [&] {  // removed before it is read, inserted into the target long ago
    if (script_->reads == 0) script_->add({removal("k100")});
  };
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  ASSERT_TRUE(wait_for_end(*store_));
  const std::scoped_lock lock(store_->mutex);
  EXPECT_EQ(store_->rows.at("mine"), "1");
  EXPECT_EQ(store_->rows.at("k101"), "old");
  EXPECT_EQ(store_->rows.count("k100"), 0U);
}

TEST_F(InitialCopy, ATableWithoutKeyCannotBeMergedWithWhatIsThere) {
  fill(5);
  copy_.existing = CopyOptions::Existing::keep;
  store_->bag.insert("mine=1");
  const Status status = run_until_caught_up();
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().to_string().find("without a key"), std::string::npos);
}

TEST_F(InitialCopy, ARefusedRowBlocksTheSinkAndNamesItsTable) {
  fill(5);
  store_->reject_key = "k103";
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(wait_until([&] { return pipeline->status().sinks[0].state == RunState::blocked; }));
  const std::string message = pipeline->status().sinks[0].error->message;
  EXPECT_NE(message.find("k103"), std::string::npos) << message;
  EXPECT_NE(message.find("copy of table shop."), std::string::npos) << message;
  {
    const std::scoped_lock lock(store_->mutex);
    store_->reject_key.reset();
  }
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  expect_equal(*store_);
}

TEST_F(InitialCopy, ATargetThatCannotBeCopiedToIsRefusedBeforeAnythingIsStored) {
  fill(1);
  store_->can_be_copied_to = false;
  const Status status = run_until_caught_up();
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().to_string().find("--start now"), std::string::npos);
  EXPECT_FALSE(store_->checkpoint);
}

TEST_F(InitialCopy, ATableWhoseShapeChangesIsCopiedAnew) {
  fill(30);
  copy_.workers = 1;
  script_->before_read = [&] {
    const std::scoped_lock lock(script_->mutex);
    if (script_->reads == 3) script_->columns = 3;
  };
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  expect_equal(*store_);
  EXPECT_GE(script_->snapshots, 2);
}

TEST_F(InitialCopy, ATableThatIsDroppedMeanwhileDoesNotHoldTheOthers) {
  fill(30);
  copy_.workers = 1;
  script_->before_read = [&] {
    const std::scoped_lock lock(script_->mutex);
    if (script_->reads != 2) return;
    script_->tables = {"u", "bag"};
    script_->columns = 3;  // its reader finds out
  };
  store_->on_commit = {};
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  const std::scoped_lock lock(store_->mutex);
  const ScriptedState source = script_->state(script_->size());
  EXPECT_EQ(store_->state().only("u"), source.only("u"));
  EXPECT_EQ(store_->bag, source.bag);
}

TEST_F(InitialCopy, ASinkThatIsNewGetsItsCopyWhileTheOtherFlows) {
  fill(20);
  {
    const auto pipeline = make({store_});
    pipeline->start();
    ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
    pipeline->request_stop();
    ASSERT_TRUE(pipeline->wait());
  }
  std::atomic<bool> go_on = false;
  script_->before_read = [&] {
    while (!go_on) std::this_thread::sleep_for(1ms);
  };
  const auto pipeline = make({store_, other_});
  pipeline->start();
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::copying, 1));
  for (int i = 0; i < 50; ++i) script_->add({put("x" + std::to_string(i), "1")});
  ASSERT_TRUE(wait_for_end(*store_));
  EXPECT_EQ(pipeline->status().sinks[1].phase, CopyPhase::copying);
  go_on = true;
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact, 1));
  ASSERT_TRUE(wait_for_end(*other_));
  expect_equal(*store_);
  expect_equal(*other_);
}

TEST_F(InitialCopy, StartNowCopiesNothing) {
  fill(5);
  start_ = {StartPoint::Kind::now, {}};
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(store_->wait_for_position("5"));
  script_->add({put("new", "1")});
  ASSERT_TRUE(store_->wait_for_position("6"));
  EXPECT_EQ(pipeline->status().sinks[0].phase, CopyPhase::following);
  EXPECT_EQ(store_->read_rows().size(), 1U);
}

TEST_F(InitialCopy, ASinkWithoutACheckpointIsNewWhateverItsLedgerSays) {
  fill(5);
  store_->ledger = {{"copy", R"({"version":1,"tables_known":true})"},
                    {"table shop.gone", "not even JSON"}};
  store_->on_commit = {};
  ASSERT_TRUE(run_until_caught_up());
  expect_equal(*store_);
  EXPECT_EQ(store_->ledger.count("table shop.gone"), 0U);
}

}  // namespace
}  // namespace tailrace
