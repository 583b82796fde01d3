#include "app/tail.h"

#include <algorithm>
#include <deque>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include "core/block_builder.h"

namespace tailrace::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kBreak = -1;  // the connection goes
constexpr int kFatal = -2;

// Transactions 1, 2, 3, ...; transaction n has n changes, and position "n" is behind it. A script
// says how many changes each session delivers before it breaks.
class ScriptedSource final : public Source {
 public:
  ScriptedSource(int last, std::deque<std::pair<int, int>> script)
      : last_(last), script_(std::move(script)) {}

  std::string description() const override { return "scripted"; }
  Result<Checkpoint> resolve(const StartPoint& start) override {
    return Checkpoint{
        .source_id = "s",
        .position = {start.kind == StartPoint::Kind::position ? start.position.text : "0"}};
  }
  Result<Checkpoint> current(std::stop_token) override { return Checkpoint{}; }
  Result<std::unique_ptr<Extractor>> open(const Checkpoint& from) override;
  Result<std::partial_ordering> compare(const Position&, const Position&) const override {
    return std::partial_ordering::unordered;
  }
  Result<Position> earlier(const Position& left, const Position&) const override { return left; }
  Result<std::optional<bool>> contains(const Position&, std::string_view,
                                       const Position&) const override {
    return std::optional(false);
  }
  Findings check() override { return {}; }

  std::vector<std::string> opened;

 private:
  int last_;
  std::deque<std::pair<int, int>> script_;  // changes, then what happens
};

class ScriptedExtractor final : public Extractor {
 public:
  ScriptedExtractor(int next, int last, std::pair<int, int> script)
      : next_(next), last_(last), script_(script) {
    auto schema = std::make_shared<TableSchema>();
    schema->name = {"s", "t"};
    schema->columns.resize(1);
    schema->columns[0].name = "id";
    schema->columns[0].type = LogicalType::int32;
    schema_ = schema;
  }

  Result<Received> next(BlockBuilder& out) override {
    if (next_ > last_) {
      if (interrupted_) return Error(ErrorKind::cancelled, "interrupted");
      if (script_.second == kFatal) return Error(ErrorKind::position_lost, "purged");
      std::this_thread::yield();
      return Received{.drained = true};
    }
    const std::string id = "t" + std::to_string(next_);
    out.begin({.id = id, .commit_time_us = 0, .origin = {}});
    for (int i = 1; i <= next_; ++i) {
      if (script_.first-- == 0) {
        if (auto flushed = out.flush(); !flushed) return std::move(flushed).error();
        if (script_.second == kFatal) return Error(ErrorKind::position_lost, "purged");
        return Error(ErrorKind::unreachable, "gone");
      }
      out.start_change(ChangeKind::insert, schema_);
      out.skip_image();
      out.start_image();
      out.put(std::to_string(next_ * 100 + i));
      out.end_image();
      if (auto ended = out.end_change(); !ended) return std::move(ended).error();
    }
    const std::string position = std::to_string(next_++);
    if (auto ended = out.commit({.position = position}); !ended) return std::move(ended).error();
    return Received{.drained = next_ > last_};
  }
  void confirm(const Position&) override {}
  void interrupt() override { interrupted_ = true; }

 private:
  int next_;
  int last_;
  std::pair<int, int> script_;
  std::atomic<bool> interrupted_ = false;
  SchemaPtr schema_;
};

Result<std::unique_ptr<Extractor>> ScriptedSource::open(const Checkpoint& from) {
  opened.push_back(from.position.text);
  std::pair<int, int> script{1'000'000, kBreak};
  if (!script_.empty()) {
    script = script_.front();
    script_.pop_front();
  }
  return Result<std::unique_ptr<Extractor>>(
      std::make_unique<ScriptedExtractor>(std::stoi(from.position.text) + 1, last_, script));
}

std::shared_ptr<spdlog::logger> quiet() {
  return std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::null_sink_mt>());
}

constexpr RetryTimes kFast{.first = std::chrono::milliseconds(1),
                           .longest = std::chrono::milliseconds(1),
                           .blocked = std::chrono::milliseconds(1)};

struct Outcome {
  Status status;
  std::vector<int> ids;
  std::string text;
};

// Runs until `enough` changes were written.
Outcome tail(ScriptedSource& source, std::size_t enough, Tail::Options options = {}) {
  options.retry = kFast;
  Outcome outcome;
  std::stop_source stop;
  Tail tail(
      source, options,
      [&](std::string_view lines) {
        outcome.text += lines;
        if (static_cast<std::size_t>(std::count(outcome.text.begin(), outcome.text.end(), '\n')) >=
            enough) {
          stop.request_stop();
        }
        return true;
      },
      quiet());
  outcome.status = tail.run(stop.get_token());
  constexpr std::string_view kMark = R"("after":{"id":)";
  for (auto at = outcome.text.find(kMark); at != std::string::npos;
       at = outcome.text.find(kMark, at + 1)) {
    outcome.ids.push_back(std::stoi(outcome.text.substr(at + kMark.size())));
  }
  return outcome;
}

TEST(Tail, PrintsEveryChangeOnce) {
  ScriptedSource source(3, {});
  const Outcome outcome = tail(source, 6);
  EXPECT_TRUE(outcome.status);
  EXPECT_THAT(outcome.ids, ElementsAre(101, 201, 202, 301, 302, 303));
  EXPECT_THAT(outcome.text, HasSubstr(R"({"position":"1","id":"t2","time":null,"schema":"s",)"));
}

TEST(Tail, AfterALostConnectionNothingIsMissingOrTwice) {
  ScriptedSource source(3, {{2, kBreak}, {0, kBreak}, {1, kBreak}, {3, kBreak}});
  const Outcome outcome = tail(source, 6);
  EXPECT_TRUE(outcome.status);
  EXPECT_THAT(outcome.ids, ElementsAre(101, 201, 202, 301, 302, 303));
  EXPECT_THAT(source.opened, ElementsAre("0", "1", "1", "1", "2"));
}

TEST(Tail, BeginsWhereItIsTold) {
  ScriptedSource source(3, {});
  const Outcome outcome = tail(source, 3,
                               {.start = {.kind = StartPoint::Kind::position, .position = {"2"}},
                                .limit = 0,
                                .retry = {},
                                .one_session = false});
  EXPECT_THAT(outcome.ids, ElementsAre(301, 302, 303));
}

TEST(Tail, EndsAtTheLimit) {
  ScriptedSource source(3, {});
  const Outcome outcome =
      tail(source, 1'000, {.start = {}, .limit = 2, .retry = {}, .one_session = false});
  EXPECT_TRUE(outcome.status);
  EXPECT_THAT(outcome.ids, ElementsAre(101, 201));
}

TEST(Tail, OfOneSessionEndsWithIt) {
  ScriptedSource source(3, {{2, kBreak}});
  const Outcome outcome =
      tail(source, 1'000, {.start = {}, .limit = 0, .retry = {}, .one_session = true});
  ASSERT_FALSE(outcome.status);
  EXPECT_EQ(outcome.status.error().kind(), ErrorKind::unreachable);
  EXPECT_THAT(outcome.status.error().hint(), HasSubstr("not seen"));
  EXPECT_THAT(outcome.ids, ElementsAre(101, 201));
  EXPECT_THAT(source.opened, ElementsAre("0"));
}

TEST(Tail, EndsWhenNobodyReads) {
  ScriptedSource source(3, {});
  Tail tail(
      source, {}, [](std::string_view) { return false; }, quiet());
  EXPECT_TRUE(tail.run(std::stop_token()));
}

TEST(Tail, EndsWithALastingError) {
  ScriptedSource source(3, {{4, kFatal}});
  const Outcome outcome = tail(source, 1'000);
  ASSERT_FALSE(outcome.status);
  EXPECT_EQ(outcome.status.error().kind(), ErrorKind::position_lost);
  EXPECT_THAT(outcome.ids, ElementsAre(101, 201, 202, 301));
}

TEST(Tail, StopsWhileItWaitsForChanges) {
  ScriptedSource source(0, {});
  std::stop_source stop;
  Tail tail(
      source, {}, [](std::string_view) { return true; }, quiet());
  Status ended = Error(ErrorKind::internal, "not run");
  std::jthread worker([&] { ended = tail.run(stop.get_token()); });
  stop.request_stop();
  worker.join();
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace tailrace::app
