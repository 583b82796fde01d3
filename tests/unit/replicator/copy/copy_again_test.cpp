#include "copy_bed.h"
#include "replicator/copy/copy_request.h"

namespace tailrace {
namespace {

using namespace testing;

class CopyAgain : public CopyBed {
 protected:
  void request(std::vector<std::string> tables, const std::string& sink = "s0") {
    ASSERT_TRUE(request_copy(state_dir_, "p", sink, tables));
  }
  bool requests_are_taken() {
    return wait_until([&] { return find_copy_requests(state_dir_ / "p" / "requests").empty(); });
  }
  void damage(MemoryStore& store) {
    const std::scoped_lock lock(store.mutex);
    store.on_commit = {};
    store.rows.erase("k101");
    store.rows["k102"] = "wrong";
    store.rows["k999"] = "not there";
    store.bag.insert("k999=not there");
  }
  std::unique_ptr<Pipeline> exact_pipeline() {
    auto pipeline = make({store_});
    pipeline->start();
    EXPECT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
    return pipeline;
  }
};

TEST_F(CopyAgain, RepairsATableWhileTheOthersFlow) {
  fill(40);
  const auto pipeline = exact_pipeline();
  damage(*store_);
  request({"shop.t"});
  ASSERT_TRUE(requests_are_taken());
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  const ScriptedState source = script_->state(script_->size());
  const std::scoped_lock lock(store_->mutex);
  EXPECT_EQ(store_->rows, source.rows);
  EXPECT_NE(store_->bag, source.bag) << "nobody asked for it";
}

TEST_F(CopyAgain, RepairsEveryTableOfASinkThatOnlyFollowed) {
  start_ = {StartPoint::Kind::now, {}};
  fill(20);
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(store_->wait_for_position("20"));
  request({});
  ASSERT_TRUE(requests_are_taken());
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  expect_equal(*store_);
}

TEST_F(CopyAgain, ConvergesUnderWritesAtRandom) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  for (unsigned round = 0; round < 8; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    std::filesystem::remove_all(state_dir_);
    script_ = std::make_shared<ScriptedSource::Script>();
    script_->tables = {"t", "u", "bag"};
    script_->exact = round % 2 == 0;
    script_->ids_tell_nothing = round % 4 >= 2;
    store_ = std::make_shared<MemoryStore>();
    fill(40);
    const auto pipeline = exact_pipeline();
    damage(*store_);
    request({});
    std::atomic<bool> enough = false;
    std::jthread writer([&] {
      std::mt19937 random(seed + round);
      for (int i = 0; i < 3000 && !enough; ++i) {
        write_something(random);
        std::this_thread::sleep_for(200us);
      }
    });
    ASSERT_TRUE(requests_are_taken());
    {
      const std::scoped_lock lock(store_->mutex);
      watch(*store_);
    }
    ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
    enough = true;
    writer.join();
    ASSERT_TRUE(wait_for_end(*store_));
    expect_equal(*store_);
  }
}

// The stream brings a row between two chunks, and its removal afterwards; all of them were read
// behind both. What comes after the last chunk must not be dropped.
TEST_F(CopyAgain, ARowThatOnlyTheStreamBroughtIsRemovedByIt) {
  copy_.chunk_rows = 10;
  fill(30);
  const auto pipeline = exact_pipeline();
  {
    // Units take their time, so that the last chunk is read long before the removal is applied.
    const std::scoped_lock lock(store_->mutex);
    store_->on_commit = [](const MemoryStore&) { std::this_thread::sleep_for(2ms); };
  }
  std::atomic<bool> once = false;
  script_->before_read = [&] {
    if (once.exchange(true)) return;
    script_->add({put("k115x", "for a while")});
    for (int i = 0; i < 300; ++i) script_->add({put("other", std::to_string(i), "u")});
    script_->add({removal("k115x")});
  };
  request({"shop.t"});
  ASSERT_TRUE(requests_are_taken());
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  ASSERT_TRUE(wait_for_end(*store_));
  expect_equal(*store_);
}

TEST_F(CopyAgain, SurvivesAKillAtAnyCall) {
  for (const bool exact : {false, true}) {
    for (int i = 0;; ++i) {
      SCOPED_TRACE("killed at call " + std::to_string(i));
      std::filesystem::remove_all(state_dir_);
      script_ = std::make_shared<ScriptedSource::Script>();
      script_->tables = {"t", "bag"};
      script_->exact = exact;
      store_ = std::make_shared<MemoryStore>();
      store_->faults = script_->faults;
      fill(20);
      {
        const auto pipeline = exact_pipeline();
        pipeline->request_stop();
        ASSERT_TRUE(pipeline->wait());
      }
      damage(*store_);
      request({});
      script_->before_read = [script = script_.get()] {
        if (script->size() > 60) return;
        script->add({put("k105", std::to_string(script->size())), put("x", "1", "bag")});
        script->add({removal("k106"), put("k106", "again")});
      };
      script_->faults->die_at = script_->faults->count() + i;
      bool came_to_its_end = false;
      {
        const auto pipeline = make({store_});
        pipeline->start();
        ASSERT_TRUE(wait_until([&] {
          came_to_its_end = pipeline->status().sinks[0].phase == CopyPhase::exact &&
                            find_copy_requests(state_dir_ / "p" / "requests").empty();
          return came_to_its_end || script_->faults->happened;
        }));
      }
      script_->faults->die_at = -1;
      watch(*store_);
      const auto pipeline = make({store_});
      pipeline->start();
      ASSERT_TRUE(requests_are_taken());
      ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
      ASSERT_TRUE(wait_for_end(*store_));
      const ScriptedState source = script_->state(script_->size());
      {
        const std::scoped_lock lock(store_->mutex);
        ASSERT_EQ(store_->state().only("t"), source.only("t"));
        ASSERT_EQ(store_->bag, source.bag);
      }
      if (came_to_its_end) break;
    }
  }
}

TEST_F(CopyAgain, WhatIsUnknownIsDroppedAndTheRestIsDone) {
  fill(5);
  const auto pipeline = exact_pipeline();
  damage(*store_);
  request({"shop.unknown", "shop.t"});
  request({}, "nobody");
  ASSERT_TRUE(requests_are_taken());
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  EXPECT_EQ(store_->read_rows(), script_->state(5).rows);
}

TEST_F(CopyAgain, ARefusedRowHoldsUpItsTableAlone) {
  fill(20);
  copy_.chunk_rows = 100;
  const auto pipeline = exact_pipeline();
  damage(*store_);
  {
    const std::scoped_lock lock(store_->mutex);
    store_->reject_key = "k110";
  }
  request({"shop.t"});
  ASSERT_TRUE(wait_until([&] { return pipeline->status().sinks[0].copy.error.has_value(); }));
  script_->add({put("flows", "1", "u")});
  ASSERT_TRUE(wait_for_end(*store_));
  EXPECT_NE(pipeline->status().sinks[0].state, RunState::blocked);
  {
    const std::scoped_lock lock(store_->mutex);
    EXPECT_EQ(store_->rows.at("k102"), "wrong") << "the refused chunk left nothing behind";
    store_->reject_key.reset();
  }
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  EXPECT_EQ(store_->read_rows(), script_->state(script_->size()).rows);
  EXPECT_FALSE(pipeline->status().sinks[0].copy.error);
}

TEST_F(CopyAgain, ATargetThatCannotDoItKeepsItsRows) {
  fill(5);
  const auto pipeline = exact_pipeline();
  damage(*store_);
  const auto before = store_->read_rows();
  {
    const std::scoped_lock lock(store_->mutex);
    store_->can_be_copied_to = false;
  }
  request({"shop.t"});
  ASSERT_TRUE(requests_are_taken());
  script_->add({put("flows", "1", "u")});
  ASSERT_TRUE(wait_for_end(*store_));
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  auto after = store_->read_rows();
  after.erase("u/flows");
  EXPECT_EQ(after, before);
}

}  // namespace
}  // namespace tailrace
