#include "replicator/pipeline.h"

#include <filesystem>
#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "memory_target.h"
#include "replicator/progress_file.h"
#include "scripted_source.h"

namespace tailrace {
namespace {

using namespace std::chrono_literals;
using testing::MemoryStore;
using testing::MemoryTarget;
using testing::ScriptedRow;
using testing::ScriptedSource;

ScriptedRow put(std::string key, std::string value) {
  return {ChangeKind::insert, std::move(key), std::move(value)};
}

class PipelineTest : public ::testing::Test {
 protected:
  ~PipelineTest() override { std::filesystem::remove_all(state_dir_); }

  std::unique_ptr<Pipeline> make(std::vector<std::shared_ptr<MemoryStore>> stores,
                                 bool exit_when_caught_up = false,
                                 ApplyStyle style = ApplyStyle::net) {
    PipelineOptions options;
    options.name = "p";
    options.state_dir = state_dir_;
    options.start = {StartPoint::Kind::earliest, {}};
    options.exit_when_caught_up = exit_when_caught_up;
    options.retry = {1ms, 10ms, 30ms};
    options.queue.memory_bytes = 64 << 10;
    options.queue.disk_bytes = disk_bytes_;
    std::vector<SinkPlan> sinks;
    for (std::size_t i = 0; i < stores.size(); ++i) {
      ApplyOptions apply;
      apply.max_changes = 50;
      apply.idle_checkpoint = idle_checkpoint_;
      sinks.push_back(
          {"s" + std::to_string(i), std::make_unique<MemoryTarget>(stores[i], style), {}, apply});
    }
    auto log =
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::null_sink_mt>());
    auto made = Pipeline::create(std::move(options), std::make_unique<ScriptedSource>(script_),
                                 std::move(sinks), log);
    EXPECT_TRUE(made) << made.error().to_string();
    return made ? *std::move(made) : nullptr;
  }
  Status run_until_caught_up(std::vector<std::shared_ptr<MemoryStore>> stores) {
    return run_once(make(std::move(stores), true));
  }
  static Status run_once(const std::unique_ptr<Pipeline>& pipeline) {
    pipeline->start();
    return pipeline->wait();
  }
  void add_numbered(int from, int to) {
    for (int i = from; i <= to; ++i) {
      script_->add({put("k" + std::to_string(i % 17), std::to_string(i))});
    }
  }
  static void set_down(MemoryStore& store, bool down) {
    const std::scoped_lock lock(store.mutex);
    store.down = down;
  }
  // What the source's history comes to.
  std::map<std::string, std::string> expected() {
    std::map<std::string, std::string> rows;
    for (const auto& transaction : script_->transactions) {
      for (const ScriptedRow& row : transaction) {
        if (row.kind == ChangeKind::remove) {
          rows.erase(row.key);
        } else {
          rows[row.key] = row.value;
        }
      }
    }
    return rows;
  }

  // The positions that the source was told are durable, once it was told this one.
  std::vector<std::size_t> confirmed_up_to(std::size_t number) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    for (;;) {
      {
        const std::scoped_lock lock(script_->mutex);
        const bool there = !script_->confirmed.empty() && script_->confirmed.back() >= number;
        if (there || std::chrono::steady_clock::now() > deadline) return script_->confirmed;
      }
      std::this_thread::sleep_for(1ms);
    }
  }

  std::chrono::milliseconds idle_checkpoint_ = 10ms;
  std::uint64_t disk_bytes_ = std::uint64_t{1} << 30;
  std::filesystem::path state_dir_ = std::filesystem::temp_directory_path() /
                                     ("tailrace-pipeline-test-" + std::to_string(::getpid()));
  std::shared_ptr<ScriptedSource::Script> script_ = std::make_shared<ScriptedSource::Script>();
  std::shared_ptr<MemoryStore> store_ = std::make_shared<MemoryStore>();
  std::shared_ptr<MemoryStore> other_ = std::make_shared<MemoryStore>();
};

TEST_F(PipelineTest, BringsEverySinkToTheSourcesPosition) {
  add_numbered(1, 500);
  ASSERT_TRUE(run_until_caught_up({store_, other_}));
  EXPECT_EQ(store_->rows, expected());
  EXPECT_EQ(other_->rows, expected());
  EXPECT_EQ(store_->position(), "500");
}

TEST_F(PipelineTest, GoesOnWhereItStopped) {
  add_numbered(1, 100);
  ASSERT_TRUE(run_until_caught_up({store_}));
  const std::size_t applied = store_->log.size();
  add_numbered(101, 150);
  ASSERT_TRUE(run_until_caught_up({store_}));
  EXPECT_EQ(store_->rows, expected());
  EXPECT_LE(store_->log.size(), applied + 50);
}

TEST_F(PipelineTest, AppliesEachChangeOnceAndInOrder) {
  const auto pipeline = make({store_}, true, ApplyStyle::ordered);
  add_numbered(1, 300);
  pipeline->start();
  // caught up with what was there at start; the rest follows in a second run
  ASSERT_TRUE(pipeline->wait());
  ASSERT_EQ(store_->log.size(), 300U);
  for (int i = 1; i <= 300; ++i) {
    EXPECT_EQ(store_->log[static_cast<std::size_t>(i - 1)],
              "insert k" + std::to_string(i % 17) + "=" + std::to_string(i));
  }
}

// A PostgreSQL source says nothing of a new definition but by the rows that have it. A target whose
// definitions commit is changed with the first of them: older rows of its unit would come again,
// after a crash, to a table that they do not fit any more.
TEST_F(PipelineTest, AUnitHoldsRowsOfOneVersionWhereDefinitionsCommit) {
  for (const bool commits : {true, false}) {
    store_ = std::make_shared<MemoryStore>();
    store_->definitions_commit = commits;
    script_ = std::make_shared<ScriptedSource::Script>();
    std::filesystem::remove_all(state_dir_);
    for (int i = 0; i < 12; ++i) {
      ScriptedRow row = put("k" + std::to_string(i), std::to_string(i));
      row.version = i < 5 || i == 9 ? 1 : 2;
      script_->add({put("other", std::to_string(i)), row});
      script_->transactions.back().front().table = "u";
    }
    ASSERT_TRUE(run_until_caught_up({store_}));
    EXPECT_EQ(store_->rows.size(), 13U);
    const bool mixed = std::any_of(store_->widths.begin(), store_->widths.end(),
                                   [](const auto& unit) { return unit.size() > 1; });
    EXPECT_EQ(mixed, !commits);
  }
}

TEST_F(PipelineTest, ACutInTheMiddleOfATransactionLeavesNoTrace) {
  script_->add({put("a", "1")});
  script_->add({put("b", "1"), put("c", "1"), put("d", "1")});
  script_->add({put("e", "1")});
  script_->cut_after_rows = 3;
  script_->rows_per_block = 1;  // the sink sees part of it before the cut
  const auto pipeline = make({store_}, true, ApplyStyle::ordered);
  pipeline->start();
  ASSERT_TRUE(pipeline->wait());
  const std::vector<std::string> once{"insert a=1", "insert b=1", "insert c=1", "insert d=1",
                                      "insert e=1"};
  EXPECT_EQ(store_->log, once);
  EXPECT_GE(script_->sessions, 2);
}

TEST_F(PipelineTest, ALostAnswerToCommitIsResolvedByReadingTheCheckpoint) {
  store_->lose_answer_to_commits = 2;
  const auto pipeline = make({store_}, true, ApplyStyle::ordered);
  add_numbered(1, 200);
  pipeline->start();
  ASSERT_TRUE(pipeline->wait());
  EXPECT_EQ(store_->log.size(), 200U);
}

TEST_F(PipelineTest, ALostCommitIsDoneAgain) {
  store_->lose_commits = 2;
  const auto pipeline = make({store_}, true, ApplyStyle::ordered);
  add_numbered(1, 200);
  pipeline->start();
  ASSERT_TRUE(pipeline->wait());
  EXPECT_EQ(store_->log.size(), 200U);
}

TEST_F(PipelineTest, ASinkThatIsDownDelaysOnlyItself) {
  other_->down = true;
  add_numbered(1, 50);
  const auto pipeline = make({store_, other_});
  pipeline->start();
  ASSERT_TRUE(store_->wait_for_position("50"));
  add_numbered(51, 100);
  ASSERT_TRUE(store_->wait_for_position("100"));
  set_down(*other_, false);
  ASSERT_TRUE(other_->wait_for_position("100"));
  EXPECT_EQ(other_->read_rows(), expected());
  pipeline->request_stop();
  EXPECT_TRUE(pipeline->wait());
}

TEST_F(PipelineTest, ARefusedRowBlocksTheSinkUntilItIsRepaired) {
  store_->reject_key = "bad";
  script_->add({put("good", "1")});
  script_->add({put("bad", "1")});
  script_->add({put("later", "1")});
  const auto pipeline = make({store_, other_});
  pipeline->start();
  ASSERT_TRUE(other_->wait_for_position("3"));
  while (pipeline->status().sinks[0].state != RunState::blocked) std::this_thread::sleep_for(1ms);
  const auto status = pipeline->status().sinks[0];
  EXPECT_NE(status.error->message.find("row bad"), std::string::npos) << status.error->message;
  EXPECT_NE(status.error->message.find("behind position 1: "), std::string::npos)
      << status.error->message;
  EXPECT_EQ(store_->position(), "1");  // what came before it is there
  {
    const std::scoped_lock lock(store_->mutex);
    store_->reject_key.reset();
  }
  ASSERT_TRUE(store_->wait_for_position("3"));
  EXPECT_EQ(store_->read_rows(), expected());
}

// By a sink, before the target has seen it.
TEST_F(PipelineTest, AValueThatTheTargetCannotHoldIsFoundInItsTransaction) {
  store_->reject_key = "bad";
  store_->reject_kind = ErrorKind::unsupported_value;
  script_->add({put("good", "1")});
  script_->add({put("also good", "1"), put("bad", "1")});
  script_->add({put("later", "1")});
  const auto pipeline = make({store_});
  pipeline->start();
  while (pipeline->status().sinks[0].state != RunState::blocked) std::this_thread::sleep_for(1ms);
  const auto status = pipeline->status().sinks[0];
  EXPECT_NE(status.error->message.find("behind position 1: "), std::string::npos)
      << status.error->message;
  EXPECT_NE(status.error->message.find("row bad"), std::string::npos) << status.error->message;
  EXPECT_EQ(store_->position(), "1");
}

TEST_F(PipelineTest, ABlockedSinkEndsARunThatShouldCatchUp) {
  store_->reject_key = "bad";
  script_->add({put("bad", "1")});
  const Status status = run_until_caught_up({store_, other_});
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().to_string().find("sink s0"), std::string::npos);
  EXPECT_EQ(other_->position(), "1");
}

TEST_F(PipelineTest, AFencedSinkStopsAndTheOthersGoOn) {
  add_numbered(1, 10);
  const auto pipeline = make({store_, other_});
  pipeline->start();
  ASSERT_TRUE(store_->wait_for_position("10"));
  {
    const std::scoped_lock lock(store_->mutex);
    ++store_->epoch;  // a second daemon took it
  }
  add_numbered(11, 20);
  ASSERT_TRUE(other_->wait_for_position("20"));
  while (pipeline->status().sinks[0].state != RunState::failed) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(store_->position(), "10");
}

TEST_F(PipelineTest, ATargetThatWasSetBackIsFilledAgain) {
  add_numbered(1, 40);
  const auto pipeline = make({store_, other_});
  pipeline->start();
  ASSERT_TRUE(store_->wait_for_position("40"));
  ASSERT_TRUE(other_->wait_for_position("40"));
  {
    const std::scoped_lock lock(store_->mutex);  // restored from a backup, connections lost
    store_->rows.clear();
    store_->checkpoint->position.text = "0";
    store_->fail_applies = 1;
  }
  add_numbered(41, 60);
  ASSERT_TRUE(store_->wait_for_position("60"));
  EXPECT_EQ(store_->read_rows(), expected());
  ASSERT_TRUE(other_->wait_for_position("60"));
  EXPECT_EQ(other_->read_rows(), expected());
}

TEST_F(PipelineTest, ACheckpointThatIsGoneIsNeverTakenForANewSink) {
  add_numbered(1, 10);
  ASSERT_TRUE(run_until_caught_up({store_}));
  store_->checkpoint.reset();
  store_->rows.clear();
  const Status status = run_until_caught_up({store_});
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().to_string().find("gone"), std::string::npos);
  EXPECT_TRUE(store_->rows.empty());
}

TEST_F(PipelineTest, ATransactionLargerThanTheQueueGoesThroughWhole) {
  std::vector<ScriptedRow> rows;
  for (int i = 0; i < 20'000; ++i)
    rows.push_back(put("k" + std::to_string(i), std::string(50, 'x')));
  script_->rows_per_block = 100;
  script_->add(rows);
  script_->add({put("after", "1")});
  ASSERT_TRUE(run_until_caught_up({store_, other_}));
  EXPECT_EQ(store_->rows.size(), 20'001U);
  EXPECT_EQ(other_->rows.size(), 20'001U);
}

TEST_F(PipelineTest, ASinkAheadOfTheOthersTakesNothingTwice) {
  for (const bool ids_tell_nothing : {false, true}) {
    script_->ids_tell_nothing = ids_tell_nothing;
    const auto ahead = std::make_shared<MemoryStore>();
    const auto behind = std::make_shared<MemoryStore>();
    script_->transactions.clear();
    add_numbered(1, 60);
    ASSERT_TRUE(run_once(make({ahead}, true, ApplyStyle::ordered)));
    behind->checkpoint = Checkpoint{"script", {"20"}, 0};
    add_numbered(61, 80);
    ASSERT_TRUE(run_once(make({ahead, behind}, true, ApplyStyle::ordered)));
    EXPECT_EQ(ahead->log.size(), 80U);
    EXPECT_EQ(behind->log.size(), 60U);
    std::filesystem::remove_all(state_dir_);
  }
}

TEST_F(PipelineTest, TheSourceIsToldWhatEverySinkHolds) {
  add_numbered(1, 30);
  other_->down = true;
  const auto pipeline = make({store_, other_});
  pipeline->start();
  ASSERT_TRUE(store_->wait_for_position("30"));
  {
    const std::scoped_lock lock(script_->mutex);
    EXPECT_TRUE(script_->confirmed.empty() || script_->confirmed.back() == 0U);
  }
  set_down(*other_, false);
  EXPECT_EQ(confirmed_up_to(30).back(), 30U);
}

// The source forgets what it is told: a start while a target is down has to begin behind that, and
// knows the target's place from the file alone.
TEST_F(PipelineTest, WhatTheSourceIsToldIsRememberedBefore) {
  int older = 0;
  script_->on_confirm = [&](std::size_t number) {
    const auto remembered = read_progress_file(state_dir_ / "p" / "progress.json");
    const bool known = remembered && remembered->contains("s0");
    const std::string at = known ? remembered->at("s0").checkpoint.position.text : "0";
    if (std::stoull(at) < number) ++older;
  };
  const auto pipeline = make({store_});
  pipeline->start();
  for (std::size_t i = 1; i <= 3; ++i) {
    add_numbered(static_cast<int>(i) * 10 - 9, static_cast<int>(i) * 10);
    EXPECT_EQ(confirmed_up_to(i * 10).back(), i * 10);
  }
  const std::scoped_lock lock(script_->mutex);
  EXPECT_EQ(older, 0);
}

TEST_F(PipelineTest, ProgressThatTheSourceWaitsForIsStoredAtOnce) {
  idle_checkpoint_ = 1h;
  add_numbered(1, 3);
  script_->wanted = 9;
  const auto pipeline = make({store_});
  pipeline->start();
  ASSERT_TRUE(store_->wait_for_position("9"));
  EXPECT_EQ(confirmed_up_to(9).back(), 9U);
}

TEST_F(PipelineTest, ASourceIsKeptAliveWhileTheQueueIsFull) {
  disk_bytes_ = 64 << 10;
  for (int i = 0; i < 400; ++i)
    script_->add({put("k" + std::to_string(i), std::string(1000, 'x'))});
  script_->rows_per_block = 1;
  store_->down = true;
  const auto pipeline = make({store_, other_});
  pipeline->start();
  const auto kept_alive = [&] {
    const std::scoped_lock lock(script_->mutex);
    return script_->kept_alive;
  };
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (kept_alive() == 0 && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_GT(kept_alive(), 0);
  set_down(*store_, false);
  ASSERT_TRUE(store_->wait_for_position("400"));
}

TEST_F(PipelineTest, AFatalSourceEndsThePipelineAndSaysWhy) {
  add_numbered(1, 5);
  script_->fatal = ErrorKind::position_lost;
  const auto pipeline = make({store_});
  pipeline->start();
  const Status status = pipeline->wait();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind(), ErrorKind::position_lost);
  EXPECT_EQ(store_->position(), "5");  // what was received is applied
}

TEST_F(PipelineTest, ABlockedSourceIsTriedAgain) {
  script_->blocked = true;
  add_numbered(1, 5);
  const auto pipeline = make({store_});
  pipeline->start();
  while (pipeline->status().state != RunState::blocked) std::this_thread::sleep_for(1ms);
  {
    const std::scoped_lock lock(script_->mutex);
    script_->blocked = false;
  }
  ASSERT_TRUE(store_->wait_for_position("5"));
}

TEST_F(PipelineTest, ASecondDaemonOnTheSameStateFolderRefusesToStart) {
  const auto pipeline = make({store_});
  PipelineOptions options;
  options.name = "p";
  options.state_dir = state_dir_;
  const auto second = Pipeline::create(options, std::make_unique<ScriptedSource>(script_), {},
                                       std::make_shared<spdlog::logger>("x"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), ErrorKind::invalid_config);
}

TEST_F(PipelineTest, RandomFaultsLoseNothingAndRepeatNothing) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  script_->rows_per_block = 2;
  std::jthread writer([&] {
    for (int i = 1; i <= 400; ++i) {
      std::vector<ScriptedRow> rows;
      for (unsigned n = 0; n <= random() % 4; ++n) {
        rows.push_back(put("k" + std::to_string(random() % 30), std::to_string(i)));
      }
      script_->add(rows);
      std::this_thread::sleep_for(100us);
    }
  });
  const auto pipeline = make({store_, other_}, false, ApplyStyle::ordered);
  pipeline->start();
  std::mt19937 faults(seed + 1);
  for (int i = 0; i < 60; ++i) {
    std::this_thread::sleep_for(1ms);
    const auto& victim = faults() % 2 == 0 ? store_ : other_;
    const unsigned kind = faults() % 4;
    if (kind == 3) {
      const std::scoped_lock lock(script_->mutex);
      script_->cut_after_rows = static_cast<int>(faults() % 5);
      continue;
    }
    const std::scoped_lock lock(victim->mutex);
    (kind == 0   ? victim->lose_commits
     : kind == 1 ? victim->lose_answer_to_commits
                 : victim->fail_applies) = 1;
  }
  writer.join();
  ASSERT_TRUE(store_->wait_for_position("400"));
  ASSERT_TRUE(other_->wait_for_position("400"));
  EXPECT_EQ(store_->read_rows(), expected());
  std::vector<std::string> history;
  for (const auto& transaction : script_->transactions) {
    for (const ScriptedRow& row : transaction)
      history.push_back("insert " + row.key + "=" + row.value);
  }
  EXPECT_EQ(store_->log, history);
  EXPECT_EQ(other_->log, history);
}

}  // namespace
}  // namespace tailrace
