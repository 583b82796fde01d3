#include "copy_bed.h"

namespace tailrace {
namespace {

using namespace testing;

class CopyFaults : public CopyBed {
 protected:
  // Everything as before the first run.
  void reset() {
    std::filesystem::remove_all(state_dir_);
    script_ = std::make_shared<ScriptedSource::Script>();
    script_->tables = {"t", "u", "bag"};
    script_->exact = exact_;
    store_ = std::make_shared<MemoryStore>();
    store_->faults = script_->faults;
    watch(*store_);
    copy_.foreign_keys = true;
    copy_.chunk_rows = 4;
    fill(10);
    // So that chunks see different moments, and the stream has something to say of each.
    script_->before_read = [script = script_.get()] {  // which calls it, so it is alive
      const std::string key = "k" + std::to_string(100 + script->size() % 12);
      if (script->size() > 40) return;
      script->add({put(key, "new"), put(key, "new", "bag"), removal("k103", "u")});
    };
  }
  void expect_finished() {
    EXPECT_EQ(store_->finished, (std::set<std::string>{"t", "u", "bag", "t fk", "u fk", "bag fk"}));
    for (const auto& [key, text] : store_->ledger) {
      EXPECT_EQ(key.find("chunk"), std::string::npos) << key;
    }
  }
  int calls_of_a_whole_run() {
    reset();
    EXPECT_TRUE(run_until_caught_up());
    expect_finished();
    return script_->faults->count();
  }
  // The pipeline comes to its end: everything there, and exact.
  void run_to_the_end() {
    const auto pipeline = make({store_});
    pipeline->start();
    ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact))
        << pipeline->status().sinks[0].error.value_or(ErrorReport()).message;
    ASSERT_TRUE(wait_for_end(*store_));
    expect_equal(*store_);
    expect_finished();
  }

  bool exact_ = false;
};

TEST_F(CopyFaults, AnyCallMayFailOnce) {
  for (const bool exact : {false, true}) {
    exact_ = exact;
    const int calls = calls_of_a_whole_run();
    ASSERT_GT(calls, 50);
    for (int i = 0; i < calls; ++i) {
      SCOPED_TRACE("call " + std::to_string(i));
      reset();
      script_->faults->fail_at = i;
      if (i % 3 == 1) script_->faults->kind = ErrorKind::busy;
      if (i % 3 == 2) script_->faults->kind = ErrorKind::disk_full;
      run_to_the_end();
      if (HasFailure()) return;
    }
  }
}

TEST_F(CopyFaults, TheProcessMayBeKilledAtAnyCall) {
  for (const bool exact : {false, true}) {
    exact_ = exact;
    const int calls = calls_of_a_whole_run();
    for (int i = 0; i < calls; ++i) {
      SCOPED_TRACE("killed at call " + std::to_string(i));
      reset();
      script_->faults->die_at = i;
      {
        const auto pipeline = make({store_});
        pipeline->start();
        ASSERT_TRUE(wait_until([&] {
          return script_->faults->happened || pipeline->status().sinks[0].phase == CopyPhase::exact;
        }));
      }
      script_->faults->die_at = -1;
      run_to_the_end();
      if (HasFailure()) return;
    }
  }
}

// The rows that are there go before the definition does, and the ledger knows.
TEST_F(CopyFaults, ADefinitionMayChangeBeforeAKillAtAnyCall) {
  for (int i = 0;; ++i) {
    SCOPED_TRACE("killed at call " + std::to_string(i));
    reset();
    copy_.workers = 1;
    const auto change_at = [script = script_.get()](int reads, int columns) {
      const std::scoped_lock lock(script->mutex);
      if (script->reads == reads) script->columns = columns;
    };
    script_->before_read = [change_at] { change_at(3, 3); };
    script_->faults->die_at = i;
    bool came_to_its_end = false;
    {
      const auto pipeline = make({store_});
      pipeline->start();
      ASSERT_TRUE(wait_until([&] {
        came_to_its_end = pipeline->status().sinks[0].phase == CopyPhase::exact;
        return came_to_its_end || script_->faults->happened;
      }));
    }
    script_->faults->die_at = -1;
    // It may be what it was before.
    if (i % 2 == 0) {
      const std::scoped_lock lock(script_->mutex);
      script_->columns = 2;
    }
    run_to_the_end();
    if (HasFailure() || (came_to_its_end && !script_->faults->happened)) return;
  }
}

TEST_F(CopyFaults, AStopEndsAnyCallThatHangs) {
  const int calls = calls_of_a_whole_run();
  for (int i = 0; i < calls; ++i) {
    SCOPED_TRACE("hangs at call " + std::to_string(i));
    reset();
    script_->faults->hang_at = i;
    {
      const auto pipeline = make({store_});
      pipeline->start();
      ASSERT_TRUE(wait_until([&] {
        return script_->faults->happened || pipeline->status().sinks[0].phase == CopyPhase::exact;
      }));
      // What is asked of the sink's own session may take the time that a drain has; all else ends
      // at once.
    }
    script_->faults->hang_at = -1;
    run_to_the_end();
    if (HasFailure()) return;
  }
}

TEST_F(CopyFaults, AStopEndsTheCopyAtOnce) {
  reset();
  std::atomic<bool> reading = false;
  script_->before_read = [&] { reading = true; };
  copy_.rows_per_second = 1;
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(wait_until([&] { return reading.load(); }));
  const auto asked = std::chrono::steady_clock::now();
  pipeline->request_stop();
  EXPECT_TRUE(pipeline->wait());
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 2s);
}

TEST_F(CopyFaults, ALostAnswerToTheCommitOfAChunkIsFoundInTheLedger) {
  reset();
  store_->lose_answer_to_commits = 6;
  run_to_the_end();
}

TEST_F(CopyFaults, AnotherDaemonThatTakesTheSinkEndsTheCopy) {
  reset();
  script_->before_read = [&] {
    const std::scoped_lock lock(store_->mutex);
    if (script_->reads == 2) ++store_->epoch;
  };
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(wait_until([&] { return pipeline->status().sinks[0].state == RunState::failed; }));
  EXPECT_EQ(pipeline->status().sinks[0].error->kind, "fenced");
}

TEST_F(CopyFaults, ADamagedLedgerIsNeverCopiedOver) {
  reset();
  ASSERT_TRUE(run_until_caught_up());
  store_->on_commit = {};
  store_->ledger["table shop.t"] = "{}";
  const Status status = run_until_caught_up();
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().to_string().find("table shop.t"), std::string::npos);
}

}  // namespace
}  // namespace tailrace
