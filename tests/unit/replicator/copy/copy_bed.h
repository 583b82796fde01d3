#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "../memory_target.h"
#include "../scripted_source.h"
#include "replicator/copy/copy_ledger.h"
#include "replicator/pipeline.h"

namespace tailrace::testing {

using namespace std::chrono_literals;

inline ScriptedRow put(std::string key, std::string value, std::string table = "t") {
  return {ChangeKind::insert, std::move(key), std::move(value), std::move(table)};
}
inline ScriptedRow removal(std::string key, std::string table = "t") {
  return {ChangeKind::remove, std::move(key), {}, std::move(table)};
}
inline ScriptedRow truncation(std::string table = "t") {
  return {ChangeKind::insert, {}, {}, std::move(table), true};
}
inline ScriptedRow silent_change(std::string value, std::string table = "t") {
  ScriptedRow row{ChangeKind::insert, {}, std::move(value), std::move(table)};
  row.silent = true;
  return row;
}
inline ScriptedRow alteration(std::string table = "t") {
  ScriptedRow row{ChangeKind::insert, {}, {}, std::move(table)};
  row.alter = true;
  return row;
}

// Pipelines that begin with a copy, between a script and targets in memory. With every commit at a
// target it is checked that a table which the ledger calls exact holds what the source's history
// comes to at the checkpoint.
class CopyBed : public ::testing::Test {
 protected:
  CopyBed() {
    script_->tables = {"t", "u", "bag"};
    watch(*store_);
    watch(*other_);
  }
  ~CopyBed() override { std::filesystem::remove_all(state_dir_); }

  void watch(MemoryStore& store) {
    store.on_commit = [script = script_](const MemoryStore& now) {
      const auto ledger = CopyLedger::parse(now.entries());
      ASSERT_TRUE(ledger) << ledger.error().to_string();
      const std::size_t number = now.checkpoint ? std::stoull(now.checkpoint->position.text) : 0;
      const ScriptedState history = script->state(number);
      for (const TableCopy& table : ledger->tables()) {
        if (table.state != TableCopy::State::exact) continue;
        EXPECT_EQ(now.state().only(table.name.table), history.only(table.name.table))
            << "table " << table.name.table << " is called exact at " << number;
      }
    };
  }
  std::unique_ptr<Pipeline> make(std::vector<std::shared_ptr<MemoryStore>> stores,
                                 bool exit_when_caught_up = false) {
    PipelineOptions options;
    options.name = "p";
    options.state_dir = state_dir_;
    options.start = start_;
    options.exit_when_caught_up = exit_when_caught_up;
    options.retry = {1ms, 5ms, 10ms};
    options.copy_times = {2ms, 5ms, 20ms};
    options.queue.memory_bytes = 64 << 10;
    std::vector<SinkPlan> sinks;
    for (std::size_t i = 0; i < stores.size(); ++i) {
      ApplyOptions apply;
      apply.max_changes = 10;
      apply.idle_checkpoint = idle_checkpoint_;
      sinks.push_back({"s" + std::to_string(i),
                       std::make_unique<MemoryTarget>(stores[i]),
                       {},
                       apply,
                       copy_,
                       schema_});
    }
    std::shared_ptr<spdlog::sinks::sink> out = log_;
    if (::getenv("TAILRACE_TEST_LOG") != nullptr) {
      out = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    }
    auto made = Pipeline::create(std::move(options), std::make_unique<ScriptedSource>(script_),
                                 std::move(sinks),
                                 std::make_shared<spdlog::logger>("test", std::move(out)));
    EXPECT_TRUE(made) << made.error().to_string();
    return made ? *std::move(made) : nullptr;
  }
  Status run_until_caught_up() {
    const auto pipeline = make({store_}, true);
    pipeline->start();
    return pipeline->wait();
  }
  void fill(int rows) {
    for (int i = 0; i < rows; ++i) {
      script_->add({put("k" + std::to_string(100 + i), "old"),
                    put("k" + std::to_string(100 + i), "old", "u"),
                    put("k" + std::to_string(100 + i), "old", "bag")});
    }
  }
  // One transaction at random, over few keys.
  void write_something(std::mt19937& random) {
    std::vector<ScriptedRow> rows;
    for (unsigned n = 0; n <= random() % 3; ++n) {
      const std::string key = "k" + std::to_string(100 + random() % 40);
      const std::string table = random() % 2 == 0 ? "t" : "u";
      switch (random() % 8) {
        case 0:
        case 1:
          rows.push_back(removal(key, table));
          break;
        case 2:
          rows.push_back(put(key, std::to_string(random() % 1000), "bag"));
          break;
        case 3:
          if (random() % 8 == 0) {
            rows.push_back(truncation(random() % 3 == 0 ? "bag" : table));
            break;
          }
          [[fallthrough]];
        default:
          rows.push_back(put(key, std::to_string(random() % 1000), table));
      }
    }
    script_->add(std::move(rows));
  }
  bool wait_for_phase(const Pipeline& pipeline, CopyPhase phase, std::size_t sink = 0) {
    return wait_until([&] { return pipeline.status().sinks[sink].phase == phase; });
  }
  template <typename Predicate>
  static bool wait_until(Predicate predicate, std::chrono::seconds limit = 20s) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!predicate()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }
  bool wait_for_end(MemoryStore& store) {
    return store.wait_for_position(std::to_string(script_->size()));
  }
  void expect_equal(MemoryStore& store) {
    const ScriptedState source = script_->state(script_->size());
    const std::scoped_lock lock(store.mutex);
    EXPECT_EQ(store.rows, source.rows);
    EXPECT_EQ(store.bag, source.bag);
  }

  std::size_t times_logged(const std::string& text) {
    const auto lines = log_->last_formatted();
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(),
        [&](const std::string& line) { return line.find(text) != std::string::npos; }));
  }

  std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> log_ =
      std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(1000);
  std::chrono::milliseconds idle_checkpoint_ = 10ms;
  CopyOptions copy_ = {.workers = 2, .chunk_rows = 7};
  SchemaPolicy schema_ = SchemaPolicy::apply;
  StartPoint start_ = {StartPoint::Kind::snapshot, {}};
  std::filesystem::path state_dir_ =
      std::filesystem::temp_directory_path() / ("tailrace-copy-test-" + std::to_string(::getpid()));
  std::shared_ptr<ScriptedSource::Script> script_ = std::make_shared<ScriptedSource::Script>();
  std::shared_ptr<MemoryStore> store_ = std::make_shared<MemoryStore>();
  std::shared_ptr<MemoryStore> other_ = std::make_shared<MemoryStore>();
};

}  // namespace tailrace::testing
