#include "extractors/postgres/wal_extractor.h"

#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assembling.h"

namespace tailrace::postgres {
namespace {

using recorded::begin_message;
using recorded::commit_message;
using recorded::insert_message;
using recorded::MessageBytes;
using recorded::relation_message;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::uint64_t kStart = 0x1000;
constexpr std::uint32_t kTable = 16384;

// Of all extractors of this test; a receive() that waits moves it on.
Feedback::Time clock_now{std::chrono::hours(1)};

// What the server says, and what it heard.
struct Server {
  struct Heard {
    std::uint64_t written = 0;
    std::uint64_t flushed = 0;
    bool reply_requested = false;
  };
  std::deque<std::string> messages;
  std::vector<Heard> heard;
  bool answers = false;        // a status that asks for a reply gets a keepalive
  std::uint64_t end = kStart;  // in those
  int left = 0;
  std::optional<Error> cut;

  void keepalive(std::uint64_t position, bool reply_requested = false) {
    const auto since_2000 =
        std::chrono::duration_cast<std::chrono::microseconds>(clock_now.time_since_epoch());
    messages.push_back(MessageBytes('k')
                           .u64(position)
                           .u64(static_cast<std::uint64_t>(since_2000.count()))
                           .u8(reply_requested ? 1 : 0));
  }
  void data(const std::string& message) {
    messages.push_back("w" + std::string(24, '\0') + message);
  }
  void transaction(std::uint64_t commit, std::uint64_t behind) {
    data(begin_message(7, commit));
    data(relation_message(kTable, "t"));
    data(insert_message(kTable, {"1", "a"}));
    data(commit_message(commit, behind));
  }
};

class FakeStream final : public WalStream {
 public:
  explicit FakeStream(Server& server) : server_(server) {}

  Result<std::optional<Bytes>> receive(milliseconds longest) override {
    if (server_.cut) return *server_.cut;
    if (server_.messages.empty()) {
      clock_now += longest;
      return std::optional<Bytes>();
    }
    last_ = std::move(server_.messages.front());
    server_.messages.pop_front();
    return std::optional<Bytes>(as_bytes(last_));
  }
  Status send(Bytes payload) override {
    ByteReader in(payload);
    EXPECT_EQ(in.u8(), 'r');
    Server::Heard heard;
    heard.written = in.u64_be();
    heard.flushed = in.u64_be();
    EXPECT_EQ(in.u64_be(), heard.flushed);
    in.u64_be();
    heard.reply_requested = in.u8() == 1;
    EXPECT_TRUE(in.expect_end());
    server_.heard.push_back(heard);
    if (heard.reply_requested && server_.answers) server_.keepalive(server_.end);
    return {};
  }
  void leave() override { ++server_.left; }
  void interrupt() override { server_.cut = Error(ErrorKind::cancelled, "interrupted"); }
  void cut(Error reason) override { server_.cut = std::move(reason); }

 private:
  Server& server_;
  std::string last_;
};

class WalExtractorTest : public ::testing::Test {
 protected:
  WalExtractorTest() : settings_{.assembler = {.filter = recorded::capturing()}, .feedback = {}} {
    settings_.feedback.start = Lsn{kStart};
    settings_.now = [] { return clock_now; };
  }
  void open() {
    extractor_ =
        std::make_unique<WalExtractor>(std::make_unique<FakeStream>(server_),
                                       std::make_unique<recorded::MemoryCatalogue>(), settings_);
  }
  // Goes on for so long, by the fake clock.
  void run(milliseconds time) {
    const auto until = clock_now + time;
    while (clock_now < until) ASSERT_TRUE(extractor_->next(collector_.builder()));
  }
  Error run_to_error() {
    for (int i = 0; i < 100'000; ++i) {
      auto received = extractor_->next(collector_.builder());
      if (!received) return std::move(received).error();
    }
    return Error(ErrorKind::internal, "no error came");
  }

  Server server_;
  WalSettings settings_;
  recorded::Collector collector_{true};
  std::unique_ptr<WalExtractor> extractor_;
};

TEST_F(WalExtractorTest, TransactionsAreDrainedWhole) {
  open();
  server_.data(begin_message(7, 0x2000));
  server_.data(relation_message(kTable, "t"));
  server_.data(insert_message(kTable, {"1", "a"}));
  auto received = extractor_->next(collector_.builder());
  ASSERT_TRUE(received);
  EXPECT_FALSE(received->drained);  // half of one
  server_.data(commit_message(0x2000, 0x2030));
  received = extractor_->next(collector_.builder());
  ASSERT_TRUE(received);
  EXPECT_TRUE(received->drained);
  EXPECT_THAT(collector_.lines(),
              ElementsAre("begin 7:0/2000", "insert public.t (1, a)", "commit 0/2030@1"));
}

TEST_F(WalExtractorTest, OnlyWhatIsConfirmedAndWasReceivedIsTold) {
  open();
  server_.transaction(0x2000, 0x2030);
  run(seconds(1));
  EXPECT_EQ(server_.heard.back().flushed, 0U);
  extractor_->confirm(Position{"0/2030@1"});
  run(seconds(1));
  EXPECT_EQ(server_.heard.back().written, 0x2030U);
  EXPECT_EQ(server_.heard.back().flushed, 0x2030U);
  extractor_->confirm(Position{"0/9000@1"});
  extractor_->confirm(Position{"nonsense"});
  extractor_->confirm(Position{"0/1000@1"});
  run(seconds(20));
  EXPECT_EQ(server_.heard.back().flushed, 0x2030U);
}

TEST_F(WalExtractorTest, KeepalivesBetweenTransactionsAreProgress) {
  open();
  server_.keepalive(0x1800);
  run(seconds(1));
  EXPECT_THAT(collector_.lines(), ElementsAre("progress 0/1800@1"));
  clock_now += seconds(5);
  server_.data(begin_message(7, 0x2000));
  server_.keepalive(0x1FF0);
  run(seconds(1));
  EXPECT_THAT(collector_.lines(), IsEmpty());
}

// After a reconnect a server decodes from an older place, and its keepalives say so.
TEST_F(WalExtractorTest, KeepalivesFromBeforeTheStartAreNone) {
  open();
  server_.keepalive(0x0800);
  server_.keepalive(0x0FFF, true);
  run(seconds(2));
  EXPECT_THAT(collector_.lines(), IsEmpty());
  EXPECT_EQ(server_.heard.back().written, kStart);
}

TEST_F(WalExtractorTest, ARequestIsAnsweredAndMakesProgressThatIsWanted) {
  open();
  run(seconds(1));
  const auto before = server_.heard.size();
  server_.keepalive(0x1800, true);
  ASSERT_TRUE(extractor_->next(collector_.builder()));
  ASSERT_TRUE(extractor_->next(collector_.builder()));
  EXPECT_GT(server_.heard.size(), before);
  EXPECT_THAT(collector_.lines(), ElementsAre("progress 0/1800@1 wanted"));
}

// Half an hour at rest: asked about once a second all the time, and never given up.
TEST_F(WalExtractorTest, AnIdleServerIsAskedWhereItIs) {
  open();
  server_.answers = true;
  run(std::chrono::minutes(30));
  const auto asked = std::count_if(server_.heard.begin(), server_.heard.end(),
                                   [](const auto& heard) { return heard.reply_requested; });
  EXPECT_GE(asked, 1700);
  EXPECT_LE(asked, 1900);
  // The end of the log moves without a change of ours.
  server_.end = 0x5000;
  run(seconds(3));
  EXPECT_THAT(collector_.lines(), Contains("progress 0/5000@1"));
}

TEST_F(WalExtractorTest, AServerThatDoesNotAnswerIsGivenUp) {
  settings_.longest_silence = seconds(20);
  open();
  const auto begun = clock_now;
  const Error error = run_to_error();
  EXPECT_EQ(error.kind(), ErrorKind::unreachable);
  EXPECT_THAT(error.to_string(), HasSubstr("behind position 0/1000"));
  EXPECT_GE(clock_now - begun, seconds(20));
  EXPECT_LE(clock_now - begun, seconds(22));
}

TEST_F(WalExtractorTest, AServerThatWaitsForAStuckSinkIsLetGo) {
  settings_.feedback.longest_hold = seconds(30);
  open();
  server_.transaction(0x2000, 0x2030);
  const auto begun = clock_now;
  std::optional<Error> error;
  while (!error && clock_now - begun < std::chrono::minutes(2)) {
    server_.keepalive(0x2030, true);
    auto received = extractor_->next(collector_.builder());
    if (!received) error = std::move(received).error();
    clock_now += milliseconds(100);
  }
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), ErrorKind::shutting_down);
  EXPECT_GE(clock_now - begun, seconds(30));
  EXPECT_LE(clock_now - begun, seconds(32));
}

TEST_F(WalExtractorTest, WhileNothingCanBeReadStatusesGoOn) {
  open();
  for (int i = 0; i < 60; ++i, clock_now += seconds(1)) extractor_->keep_alive();
  EXPECT_GE(server_.heard.size(), 6U);
  EXPECT_LE(server_.heard.size(), 8U);
  EXPECT_FALSE(server_.cut);
}

TEST_F(WalExtractorTest, WhileNothingCanBeReadAServerThatLeavesIsLetGo) {
  bool leaving = true;
  settings_.server_is_leaving = [&] { return leaving; };
  settings_.feedback.longest_hold = seconds(30);
  open();
  const auto blocked_for = [&](int count) {
    for (int i = 0; i < count; ++i, clock_now += seconds(1)) extractor_->keep_alive();
  };
  ASSERT_TRUE(extractor_->next(collector_.builder()));
  blocked_for(20);
  leaving = false;
  blocked_for(20);
  leaving = true;
  blocked_for(20);
  EXPECT_FALSE(server_.cut);
  blocked_for(20);
  ASSERT_TRUE(server_.cut);
  EXPECT_EQ(run_to_error().kind(), ErrorKind::shutting_down);
}

TEST_F(WalExtractorTest, TheWatchEndsASession) {
  int looks = 0;
  settings_.watch = [&]() -> Status {
    if (++looks < 3) return {};
    return Error(ErrorKind::source_settings, "something is missing");
  };
  open();
  server_.answers = true;
  const auto begun = clock_now;
  const Error error = run_to_error();
  EXPECT_EQ(error.kind(), ErrorKind::source_settings);
  EXPECT_EQ((clock_now - begun) / std::chrono::minutes(1), 3);
}

TEST_F(WalExtractorTest, LeavesInGoodOrderButNotAfterAnError) {
  open();
  extractor_.reset();
  EXPECT_EQ(server_.left, 1);
  open();
  extractor_->interrupt();
  EXPECT_EQ(run_to_error().kind(), ErrorKind::cancelled);
  extractor_.reset();
  EXPECT_EQ(server_.left, 1);
}

TEST_F(WalExtractorTest, WhatTheNextSessionMustDoWithoutIsRemembered) {
  open();
  EXPECT_FALSE(settings_.limits->text_only);
  server_.data(begin_message(7, 0x2000));
  server_.data(relation_message(recorded::definition_of(kTable, 'd', {"id*", "v"})));
  // A binary value of a type that has no binary form here: an array.
  server_.data(MessageBytes('R')
                   .u32(kTable)
                   .string("public")
                   .string("t")
                   .letter('d')
                   .u16(1)
                   .u8(1)
                   .string("id")
                   .u32(1007)
                   .u32(0xFFFFFFFF));
  server_.data(MessageBytes('I').u32(kTable).letter('N').u16(1).letter('b').u32(1).raw("x"));
  EXPECT_EQ(run_to_error().kind(), ErrorKind::busy);
  EXPECT_TRUE(settings_.limits->text_only);
  EXPECT_FALSE(settings_.limits->whole_transactions);
}

TEST_F(WalExtractorTest, AnythingElseIsRefused) {
  open();
  server_.messages.push_back("?what");
  EXPECT_EQ(run_to_error().kind(), ErrorKind::stream_corrupt);
}

// As long as the server's log does not grow there is nothing to see; nor is there while what was
// seen waits for its place.
TEST_F(WalExtractorTest, TablesAreLookedAtWhenTheLogHasGrown) {
  int looks = 0;
  std::uint64_t end = kStart;
  settings_.look = [&](const ToldTables::State&) -> Result<CatalogueLook> {
    ++looks;
    return CatalogueLook{.position = Lsn{end}};
  };
  open();
  server_.keepalive(kStart);
  run(seconds(10));
  EXPECT_EQ(looks, 1);
  end = 0x2000;
  server_.keepalive(0x1800);
  run(seconds(10));
  EXPECT_EQ(looks, 2);
  server_.keepalive(0x1900);
  run(seconds(10));
  EXPECT_EQ(looks, 2);
  server_.keepalive(0x2000);
  server_.keepalive(0x2100);
  run(seconds(1));
  EXPECT_EQ(looks, 3);
  end = 0x2100;
  run(seconds(5));
  EXPECT_EQ(looks, 3);
}

// Not being told is no reason to end a stream.
TEST_F(WalExtractorTest, ALookThatFailsIsTriedAgain) {
  int looks = 0;
  settings_.look = [&](const ToldTables::State&) -> Result<CatalogueLook> {
    ++looks;
    return Error(ErrorKind::busy, "locked");
  };
  open();
  run(seconds(9));
  EXPECT_GE(looks, 4);
  EXPECT_LE(looks, 6);
}

}  // namespace
}  // namespace tailrace::postgres
