// Rows that changed at the source without being logged: their table is copied again by itself.
#include "copy_bed.h"

namespace tailrace {
namespace {

using namespace testing;

class StaleTables : public CopyBed {
 protected:
  void reset(bool exact) {
    std::filesystem::remove_all(state_dir_);
    script_ = std::make_shared<ScriptedSource::Script>();
    script_->tables = {"t", "u", "bag"};
    script_->exact = exact;
    store_ = std::make_shared<MemoryStore>();
    watch(*store_);
  }
  // Nothing is left to be done, and everything is there.
  void expect_it_ends_equal(const Pipeline& pipeline, CopyPhase phase = CopyPhase::exact) {
    ASSERT_TRUE(store_->wait([&] { return is_at_its_end(); }));
    ASSERT_TRUE(wait_for_phase(pipeline, phase))
        << pipeline.status().sinks[0].error.value_or(ErrorReport()).message;
    expect_equal(*store_);
  }
  // Locked. The script may still grow while tables are read.
  bool is_at_its_end() {
    const auto ledger = CopyLedger::parse(store_->entries());
    return ledger && ledger->settled() && store_->checkpoint &&
           store_->checkpoint->position.text == std::to_string(script_->size());
  }
  bool ledger_has(const std::string& key) {
    const std::scoped_lock lock(store_->mutex);
    return store_->ledger.contains(key);
  }
};

TEST_F(StaleTables, ATableOfACopiedSink) {
  fill(30);
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  script_->add({silent_change("other"), put("k500", "new")});
  script_->add({put("k501", "new"), removal("k103"), put("k100", "later")});
  expect_it_ends_equal(*pipeline);
  EXPECT_EQ(store_->read_rows().at("k102"), "other");
  EXPECT_EQ(pipeline->status().sinks[0].retries, 0U);
}

// The other tables were never copied, and stay what they are.
TEST_F(StaleTables, ATableOfASinkThatOnlyFollows) {
  start_ = {StartPoint::Kind::earliest, {}};
  fill(30);
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(store_->wait_for_position("30"));
  script_->add({silent_change("other")});
  ASSERT_TRUE(store_->wait([&] { return store_->ledger.contains("table shop.t"); }));
  expect_it_ends_equal(*pipeline, CopyPhase::following);
  EXPECT_FALSE(ledger_has("table shop.u"));
}

TEST_F(StaleTables, ATableWithoutAKey) {
  fill(10);
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  script_->add({silent_change("other", "bag")});
  script_->add({put("k100", "again", "bag")});
  expect_it_ends_equal(*pipeline);
}

// In the middle of the first copy of it, as often as there are chunks.
TEST_F(StaleTables, AnotherReasonWhileItIsCopiedStartsItAgain) {
  for (const bool exact : {false, true}) {
    reset(exact);
    fill(40);
    const auto pipeline = make({store_});
    pipeline->start();
    ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
    std::atomic<int> times = 0;
    script_->before_read = [&, script = script_.get()] {
      const int time = times++;
      if (time >= 12 || time % 3 != 1) return;
      script->add({silent_change("round " + std::to_string(time)), put("k105", "own")});
    };
    script_->add({silent_change("first")});
    ASSERT_TRUE(wait_until([&] { return times > 12; }));
    expect_it_ends_equal(*pipeline);
    script_->before_read = {};
  }
}

TEST_F(StaleTables, UnderWritesAtRandom) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  for (unsigned round = 0; round < 8; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    reset(round % 2 == 0);
    script_->ids_tell_nothing = round % 4 >= 2;
    fill(40);
    const auto pipeline = make({store_});
    pipeline->start();
    std::mt19937 random(seed + round);
    for (int i = 0; i < 600; ++i) {
      write_something(random);
      if (random() % 60 == 0) {
        const char* table = std::array{"t", "u", "bag"}[random() % 3];
        script_->add({silent_change("all " + std::to_string(i), table)});
      }
      if (random() % 4 == 0) std::this_thread::sleep_for(200us);
    }
    expect_it_ends_equal(*pipeline);
    if (HasFailure()) return;
  }
}

// The catalogue is ahead of the stream: rows of its definition come to the target behind the
// change.
TEST_F(StaleTables, RowsAreReadWithADefinitionThatTheStreamHasBrought) {
  fill(30);
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  {
    const std::scoped_lock lock(store_->mutex);
    store_->on_commit = [](const MemoryStore&) { std::this_thread::sleep_for(1ms); };
  }
  script_->add({silent_change("other")});
  for (int i = 0; i < 1500; ++i) script_->add({put("other", std::to_string(i), "u")});
  std::atomic<std::size_t> altered = 0;
  {
    const std::scoped_lock lock(script_->mutex);
    altered = script_->transactions.size() + 1;
    script_->columns = 3;
  }
  script_->add({alteration()});
  std::atomic<bool> early = false;
  script_->before_read = [&] {
    if (std::stoull(store_->position()) < altered) early = true;
  };
  expect_it_ends_equal(*pipeline);
  EXPECT_GT(script_->reads, 0);
  EXPECT_FALSE(early);
  script_->before_read = {};
}

TEST_F(StaleTables, SurviveAKillAtAnyCall) {
  for (const bool exact : {false, true}) {
    for (int i = 0;; ++i) {
      SCOPED_TRACE("killed at call " + std::to_string(i));
      reset(exact);
      store_->faults = script_->faults;
      fill(16);
      {
        const auto pipeline = make({store_}, true);
        pipeline->start();
        ASSERT_TRUE(pipeline->wait());
      }
      script_->add({silent_change("other"), put("k200", "new")});
      script_->add({silent_change("more", "bag"), put("k201", "new")});
      script_->before_read = [script = script_.get()] {
        if (script->size() < 40) script->add({put("k105", "x"), put("x", "1", "bag")});
      };
      script_->faults->die_at = script_->faults->count() + i;
      bool came_to_its_end = false;
      {
        const auto pipeline = make({store_});
        pipeline->start();
        ASSERT_TRUE(wait_until([&] {
          const std::scoped_lock lock(store_->mutex);
          came_to_its_end = script_->size() > 18 && is_at_its_end();
          return came_to_its_end || script_->faults->happened;
        }));
      }
      script_->faults->die_at = -1;
      const auto pipeline = make({store_});
      pipeline->start();
      expect_it_ends_equal(*pipeline);
      if (HasFailure()) return;
      if (came_to_its_end) break;
    }
  }
}

// Then it is a person's, and nothing was taken away.
TEST_F(StaleTables, WhereNothingCanBeCopiedTheSinkIsBlocked) {
  start_ = {StartPoint::Kind::earliest, {}};
  store_->can_be_copied_to = false;
  fill(5);
  script_->add({silent_change("other")});
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(wait_until([&] { return pipeline->status().sinks[0].state == RunState::blocked; }));
  const std::size_t position = std::stoull(store_->position());
  EXPECT_LT(position, 6U);
  EXPECT_EQ(store_->read_rows(), script_->state(position).rows);
}

}  // namespace
}  // namespace tailrace
