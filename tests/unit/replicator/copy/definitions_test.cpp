// Definitions that follow although no row does.
#include "copy_bed.h"

namespace tailrace {
namespace {

using namespace testing;

TableDetails with_index(const std::string& name) {
  TableDetails details;
  details.indexes = {{.name = name, .columns = {{1}}}};
  return details;
}

class Definitions : public CopyBed {
 protected:
  Definitions() { start_ = {StartPoint::Kind::earliest, {}}; }

  void alter(const std::string& table, const std::string& index) {
    {
      const std::scoped_lock lock(script_->mutex);
      script_->details[table] = with_index(index);
    }
    script_->add({alteration(table)});
  }
  bool target_gets(const std::string& table, const std::string& index) {
    return store_->wait([&] { return store_->details[table] == with_index(index); });
  }
  int finishes() {
    const std::scoped_lock lock(store_->mutex);
    return store_->finishes;
  }
  bool nothing_is_due() {
    return store_->wait([&] {
      return std::none_of(store_->ledger.begin(), store_->ledger.end(), [](const auto& entry) {
        return entry.first.starts_with("definition ") &&
               entry.second.find("\"due\":true") != std::string::npos;
      });
    });
  }
};

TEST_F(Definitions, AnIndexIsMadeWithoutARow) {
  fill(3);
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(store_->wait_for_position("3"));
  alter("t", "by_v");
  EXPECT_TRUE(target_gets("t", "by_v"));
  EXPECT_TRUE(nothing_is_due());
  EXPECT_EQ(finishes(), 1) << "the other tables did not change";
  EXPECT_EQ(pipeline->status().sinks[0].phase, CopyPhase::following);
}

// Also a run that ends by itself leaves nothing behind.
TEST_F(Definitions, ARunUntilCaughtUpWaitsForThem) {
  fill(3);
  alter("u", "by_v");
  ASSERT_TRUE(run_until_caught_up());
  EXPECT_EQ(store_->details["u"], with_index("by_v"));
}

// The catalogue is later than the stream: what it says counts when the stream has come there, and
// not at all when that has brought another change.
TEST_F(Definitions, WhatIsReadTooEarlyIsReadAgain) {
  fill(3);
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(store_->wait_for_position("3"));
  {
    const std::scoped_lock lock(store_->mutex);
    store_->on_finish = [](const MemoryStore& now, const TableDetails& details) {
      const std::string name = details.indexes[0].name;
      EXPECT_GE(std::stoull(now.checkpoint->position.text),
                std::stoull(name.substr(name.find('_') + 1)));
    };
  }
  const auto alter_now = [&] { alter("t", "index_" + std::to_string(script_->size() + 1)); };
  std::atomic<int> times = 0;
  script_->before_catalogue = [&] {
    if (times++ >= 10) return;
    script_->silent = true;
    alter_now();
  };
  alter_now();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(wait_until([&] { return script_->silent.load(); }));
    std::this_thread::sleep_for(10ms);
    script_->silent = false;
  }
  EXPECT_TRUE(target_gets("t", "index_14"));
  EXPECT_TRUE(nothing_is_due());
  EXPECT_EQ(finishes(), 1);
}

TEST_F(Definitions, RowsNeverWaitForWhatTheTargetRefuses) {
  fill(3);
  store_->unfit = "unique index \"by_v\": two rows are equal in it";
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(store_->wait_for_position("3"));
  alter("t", "by_v");
  ASSERT_TRUE(wait_until([&] { return pipeline->status().sinks[0].copy.error.has_value(); }));
  EXPECT_NE(pipeline->status().sinks[0].copy.error->message.find("two rows are equal"),
            std::string::npos);
  script_->add({put("flows", "on")});
  ASSERT_TRUE(wait_for_end(*store_));
  EXPECT_EQ(pipeline->status().sinks[0].state, RunState::streaming);
  {
    const std::scoped_lock lock(store_->mutex);
    store_->unfit.clear();
  }
  EXPECT_TRUE(nothing_is_due());
  EXPECT_TRUE(wait_until([&] { return !pipeline->status().sinks[0].copy.error; }));
}

TEST_F(Definitions, AreLeftAloneWhereThePolicySaysSo) {
  for (const SchemaPolicy policy : {SchemaPolicy::ignore, SchemaPolicy::stop}) {
    schema_ = policy;
    fill(1);
    alter("t", "by_v");
    ASSERT_TRUE(run_until_caught_up());
    EXPECT_EQ(finishes(), 0);
  }
}

// What was read before the table was copied again is not what it is finished with.
TEST_F(Definitions, ATableThatIsCopiedAgainIsDescribedAnew) {
  fill(20);
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(store_->wait_for_position("20"));
  {
    const std::scoped_lock lock(store_->mutex);
    store_->stale_once = "t";
  }
  script_->before_read = [&] {
    const std::scoped_lock lock(script_->mutex);
    script_->details["t"] = with_index("later");
  };
  alter("t", "by_v");
  EXPECT_TRUE(target_gets("t", "later"));
  EXPECT_TRUE(nothing_is_due());
  EXPECT_EQ(finishes(), 1);
  script_->before_read = {};
}

// Once they are there, an idle source's position is stored as seldom as before.
TEST_F(Definitions, NothingIsWaitedForAfterwards) {
  idle_checkpoint_ = 1h;
  fill(3);
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(store_->wait_for_position("3"));
  alter("t", "by_v");
  ASSERT_TRUE(target_gets("t", "by_v"));
  ASSERT_TRUE(nothing_is_due());
  std::this_thread::sleep_for(50ms);
  const auto commits = [&] {
    const std::scoped_lock lock(store_->mutex);
    return store_->commits;
  };
  const int before = commits();
  for (int i = 0; i < 5; ++i) {
    script_->add({});
    std::this_thread::sleep_for(10ms);
  }
  script_->add({put("last", "1")});
  ASSERT_TRUE(wait_for_end(*store_));
  EXPECT_EQ(commits(), before + 1);
}

// Those of a table that was copied are asked for anew when the process was killed before.
TEST_F(Definitions, SurviveAKillAtAnyCall) {
  for (const bool copied : {false, true}) {
    for (int i = 0;; ++i) {
      SCOPED_TRACE("killed at call " + std::to_string(i));
      std::filesystem::remove_all(state_dir_);
      start_ = {copied ? StartPoint::Kind::snapshot : StartPoint::Kind::earliest, {}};
      script_ = std::make_shared<ScriptedSource::Script>();
      script_->tables = {"t", "u"};
      store_ = std::make_shared<MemoryStore>();
      store_->faults = script_->faults;
      fill(4);
      ASSERT_TRUE(run_until_caught_up());
      alter("t", "by_v");
      alter("u", "by_u");
      script_->faults->die_at = script_->faults->count() + i;
      const auto is_done = [&] {
        const std::scoped_lock lock(store_->mutex);
        return store_->details["t"] == with_index("by_v") &&
               store_->details["u"] == with_index("by_u");
      };
      {
        const auto pipeline = make({store_});
        pipeline->start();
        ASSERT_TRUE(wait_until([&] { return script_->faults->happened || is_done(); }));
      }
      const bool came_to_its_end = !script_->faults->happened;
      script_->faults->die_at = -1;
      ASSERT_TRUE(run_until_caught_up());
      ASSERT_TRUE(is_done());
      ASSERT_TRUE(nothing_is_due());
      if (came_to_its_end) break;
    }
  }
}

}  // namespace
}  // namespace tailrace
