// Transactions from messages made by hand: places, origins, what is passed over, and what is
// refused.

#include "extractors/postgres/wal_assembler.h"

#include <gmock/gmock.h>

#include "assembling.h"

namespace tailrace::postgres::recorded {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kSecond = 1'000'000;

class Assembling : public ::testing::Test {
 protected:
  void make(WalAssembler::Setup setup) {
    assembler_ = std::make_unique<WalAssembler>(std::move(setup), catalogue_);
  }
  WalAssembler& assembler() {
    if (assembler_ == nullptr) make({.filter = capturing({"!public.other"})});
    return *assembler_;
  }
  Status take(const std::string& message) {
    return assembler().take(as_bytes(message), now_us_, collector_.builder());
  }
  // All but the last must be taken.
  Status take(const std::vector<std::string>& messages) {
    for (std::size_t i = 0; i + 1 < messages.size(); ++i) {
      const Status taken = take(messages[i]);
      EXPECT_TRUE(taken) << i << " " << taken.error().to_string();
    }
    return take(messages.back());
  }
  std::vector<std::string> records(const std::vector<std::string>& messages) {
    const Status taken = take(messages);
    EXPECT_TRUE(taken) << taken.error().to_string();
    return collector_.lines();
  }
  Status idle(std::uint64_t lsn, std::int64_t server_time_us, bool wanted = false) {
    return assembler().idle_at(Lsn{lsn}, server_time_us, wanted, collector_.builder());
  }

  MemoryCatalogue catalogue_;
  Collector collector_{true};
  std::int64_t now_us_ = 100 * kSecond;
  std::unique_ptr<WalAssembler> assembler_;
};

TEST_F(Assembling, IdsAndPositions) {
  make({.filter = capturing(), .timeline = 3});
  EXPECT_THAT(records({begin_message(743, 0x16B3748), relation_message(1, "t"),
                       insert_message(1, {"1", "a"}), commit_message(0x16B3748, 0x16B3778)}),
              ElementsAre("begin 743:0/16B3748", "insert public.t (1, a)", "commit 0/16B3778@3"));
  EXPECT_EQ(assembler().last_end(), Lsn{0x16B3778});
  EXPECT_THAT(records({begin_message(744, 0x16B4000), insert_message(1, {"2", "b"}),
                       commit_message(0x16B4000, 0x16B4030)}),
              ElementsAre("begin 744:0/16B4000", "insert public.t (2, b)", "commit 0/16B4030@3"));
}

// After a reconnect the server decodes from where its slot must, and its keepalives say so. A
// record of that place would send the next session back to what was handed over already.
TEST_F(Assembling, NoProgressBeforeTheStart) {
  make({.filter = capturing(), .start = Lsn{0x1000}});
  ASSERT_TRUE(idle(0x800, 100 * kSecond));
  ASSERT_TRUE(idle(0x900, 110 * kSecond, true));
  ASSERT_TRUE(idle(0x1000, 120 * kSecond));
  EXPECT_TRUE(collector_.lines().empty());
  ASSERT_TRUE(idle(0x1001, 130 * kSecond));
  EXPECT_THAT(collector_.lines(), ElementsAre("progress 0/1001@1"));
}

TEST_F(Assembling, Times) {
  ASSERT_TRUE(take({begin_message(1, 10), relation_message(1, "t"), insert_message(1, {"1", "a"}),
                    commit_message(10, 20)}));
  EXPECT_EQ(collector_.builder().commit_time_us(), 946'684'800'000'005);
}

TEST_F(Assembling, BetweenTransactions) {
  EXPECT_TRUE(assembler().between_transactions());
  ASSERT_TRUE(take(begin_message(1, 10)));
  EXPECT_FALSE(assembler().between_transactions());
  ASSERT_TRUE(take(commit_message(10, 20)));
  EXPECT_TRUE(assembler().between_transactions());
  ASSERT_TRUE(take(stream_start(2, true)));
  EXPECT_TRUE(assembler().between_transactions());
}

TEST_F(Assembling, NothingCapturedIsProgressOnceASecond) {
  const auto pass = [&](std::uint64_t lsn) {
    return records({begin_message(1, lsn), relation_message(1, "other"),
                    insert_message(1, {"1", "a"}), commit_message(lsn, lsn + 1)});
  };
  EXPECT_THAT(pass(0x10), ElementsAre("progress 0/11@1"));
  EXPECT_THAT(pass(0x20), IsEmpty());
  now_us_ += kSecond - 1;
  EXPECT_THAT(pass(0x30), IsEmpty());
  EXPECT_EQ(assembler().last_end(), Lsn{0x31});
  now_us_ += 1;
  EXPECT_THAT(pass(0x40), ElementsAre("progress 0/41@1"));
  EXPECT_EQ(catalogue_.relation_questions, 0);
}

TEST_F(Assembling, SkippedOrigins) {
  make({.filter = capturing(), .skip_origins = {"tailrace_*", "x?"}});
  EXPECT_THAT(records({begin_message(1, 0x10), origin_message("tailrace_a"),
                       relation_message(1, "t"), insert_message(1, {"1", "a"}),
                       logical_message(true, 1, "m"), commit_message(0x10, 0x11)}),
              ElementsAre("progress 0/11@1"));
  // The relation was announced there, and will not be again.
  EXPECT_THAT(records({begin_message(2, 0x20), origin_message("elsewhere"),
                       insert_message(1, {"2", "b"}), commit_message(0x20, 0x21)}),
              ElementsAre("begin 2:0/20 of elsewhere", "insert public.t (2, b)", "commit 0/21@1"));
  // An origin is that of one transaction.
  EXPECT_THAT(
      records({begin_message(3, 0x30), insert_message(1, {"3", "c"}), commit_message(0x30, 0x31)}),
      ElementsAre("begin 3:0/30", "insert public.t (3, c)", "commit 0/31@1"));
}

TEST_F(Assembling, TruncateOfCapturedTables) {
  const std::string both = MessageBytes('T').u32(2).u8(3).u32(2).u32(1);
  const std::string other = MessageBytes('T').u32(1).u8(0).u32(2);
  EXPECT_THAT(
      records({begin_message(1, 0x10), relation_message(1, "t"), relation_message(2, "other"), both,
               other, commit_message(0x10, 0x11)}),
      ElementsAre("begin 1:0/10", "truncate public.t cascade restart identity", "commit 0/11@1"));
  EXPECT_THAT(records({begin_message(2, 0x20), other, commit_message(0x20, 0x21)}),
              ElementsAre("progress 0/21@1"));
  EXPECT_EQ(catalogue_.relation_questions, 0);
}

// No row comes between: the rows that the target has under the old name would stay, and be the new
// one's with the first row behind.
TEST_F(Assembling, TruncateIsTheFirstToShowANewName) {
  const auto truncate = [](std::uint32_t oid) -> std::string {
    return MessageBytes('T').u32(1).u8(0).u32(oid);
  };
  EXPECT_THAT(records({begin_message(1, 0x10), relation_message(1, "t"),
                       insert_message(1, {"1", "a"}), commit_message(0x10, 0x11)}),
              ElementsAre("begin 1:0/10", "insert public.t (1, a)", "commit 0/11@1"));
  EXPECT_THAT(records({begin_message(2, 0x20), relation_message(1, "v"), truncate(1), truncate(1),
                       insert_message(1, {"2", "b"}), commit_message(0x20, 0x21)}),
              ElementsAre("begin 2:0/20", "rename table public.t public.v", "truncate public.v",
                          "truncate public.v", "insert public.v (2, b)", "commit 0/21@1"));
}

// The lsn of a message is where its record ends, and the next one, such as that of a commit,
// starts.
TEST_F(Assembling, LogicalMessages) {
  EXPECT_THAT(records({begin_message(1, 0x10), logical_message(true, 0x8, "inside"),
                       commit_message(0x10, 0x11), logical_message(false, 0x20, "beat")}),
              ElementsAre("begin 1:0/10", "message app \"inside\"", "commit 0/11@1", "begin 0:0/1F",
                          "message at once app \"beat\"", "commit 0/20@1"));
  EXPECT_EQ(assembler().last_end(), Lsn{0x20});
  EXPECT_EQ(collector_.builder().commit_time_us(), now_us_);
}

TEST_F(Assembling, BinaryValueThatIsReadAsText) {
  auto definition = definition_of(1, 'd', {"id*", "v"});
  definition.columns[1].type_oid = type_oid::inet;
  EXPECT_FALSE(assembler().switching_to_text());
  const std::string insert =
      MessageBytes('I').u32(1).letter('N').u16(2).letter('n').letter('b').u32(1).raw("x");
  const auto taken = take({begin_message(7, 0x10), relation_message(definition), insert});
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind(), ErrorKind::busy);
  EXPECT_TRUE(assembler().switching_to_text());
  EXPECT_THAT(taken.error().to_string(),
              AllOf(HasSubstr("transaction 7:0/10"), HasSubstr("table public.t, column \"v\"")));
}

TEST_F(Assembling, PreparedTransactionsAreRefused) {
  const auto tail = [](MessageBytes message) {
    return message.u64(1).u64(2).u64(3).u32(4).string("the gid").bytes();
  };
  const std::vector<std::string> messages = {
      tail(MessageBytes('b')), tail(MessageBytes('P').u8(0)), tail(MessageBytes('p').u8(0)),
      tail(MessageBytes('K').u8(0)),
      MessageBytes('r').u8(0).u64(1).u64(2).u64(3).u64(4).u32(5).string("the gid")};
  for (const std::string& message : messages) {
    const auto taken = take(message);
    ASSERT_FALSE(taken) << message[0];
    EXPECT_EQ(taken.error().kind(), ErrorKind::unsupported_protocol);
    EXPECT_THAT(taken.error().to_string(),
                AllOf(HasSubstr("\"the gid\""), HasSubstr("without TWO_PHASE")));
  }
}

TEST_F(Assembling, OutOfPlace) {
  const std::string begin = begin_message(1, 0x10);
  const std::string relation = relation_message(1, "t");
  const std::string insert = insert_message(1, {"1", "a"});
  const std::vector<std::vector<std::string>> cases = {
      {begin, begin},
      {commit_message(1, 2)},
      {begin, commit_message(0x12, 0x13)},
      {relation, insert},
      {std::string(MessageBytes('T').u32(1).u8(0).u32(1))},
      {begin, insert},  // not announced
      {begin, std::string(MessageBytes('T').u32(1).u8(0).u32(1))},
      {begin, logical_message(false, 1, "x")},
      {logical_message(true, 1, "x")},
      {logical_message(false, 0, "x")},
      {origin_message("x")},
      {begin, relation, insert, origin_message("x")},
      {begin, stream_start(2, true)},
      {stream_stop()},
      {stream_commit(1, 2, 3)},
      {begin, stream_abort(1, 1)},
      {stream_start(2, false)},
      {stream_start(2, true), stream_start(3, true)},
      {stream_start(2, true), stream_stop(), stream_start(2, true)},
      {stream_start(2, true), stream_commit(2, 3, 4)},
      {stream_start(2, true), begin},
      {stream_start(2, true), insert_message(1, {"1", "a"}, 2), stream_stop(),
       stream_commit(2, 3, 4)},
      {begin, relation, insert_message(1, {"1"})},
      {std::string()},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    assembler_.reset();
    const auto taken = take(cases[i]);
    ASSERT_FALSE(taken) << "case " << i;
    EXPECT_EQ(taken.error().kind(), ErrorKind::stream_corrupt) << "case " << i;
    EXPECT_TRUE(collector_.builder().abort());
  }
}

TEST_F(Assembling, IdlePositions) {
  EXPECT_TRUE(idle(0, kSecond));
  EXPECT_TRUE(idle(0x100, 10 * kSecond));
  EXPECT_TRUE(idle(0x110, 10 * kSecond + 1));  // just behind
  EXPECT_TRUE(idle(0x100, 20 * kSecond));      // not new
  EXPECT_TRUE(idle(0x120, 20 * kSecond));
  EXPECT_TRUE(idle(0x90, 30 * kSecond));
  EXPECT_THAT(collector_.lines(), ElementsAre("progress 0/100@1", "progress 0/120@1"));
}

TEST_F(Assembling, IdlePositionsThatAreWanted) {
  EXPECT_TRUE(idle(0x100, 10 * kSecond));
  EXPECT_TRUE(idle(0x110, 10 * kSecond, true));
  EXPECT_TRUE(idle(0x110, 10 * kSecond, true));
  EXPECT_TRUE(idle(0x120, 30 * kSecond));
  EXPECT_TRUE(idle(0x120, 30 * kSecond, true));
  EXPECT_THAT(collector_.lines(), ElementsAre("progress 0/100@1", "progress 0/110@1 wanted",
                                              "progress 0/120@1", "progress 0/120@1 wanted"));
}

TEST_F(Assembling, IdleOnlyBetweenTransactions) {
  ASSERT_TRUE(take(begin_message(1, 0x10)));
  EXPECT_TRUE(idle(0x100, 10 * kSecond, true));
  EXPECT_THAT(collector_.lines(), IsEmpty());
}

// What was held back because it came too soon is reported when nothing follows.
TEST_F(Assembling, IdleReportsWhatWasHeldBack) {
  for (const std::uint64_t lsn : {0x10, 0x20}) {
    ASSERT_TRUE(take({begin_message(1, lsn), commit_message(lsn, lsn + 1)}));
  }
  EXPECT_TRUE(idle(0x21, 10 * kSecond));
  EXPECT_THAT(collector_.lines(), ElementsAre("progress 0/11@1", "progress 0/21@1"));
}

CatalogueLook look_at(std::uint64_t position, std::vector<SeenTable> tables) {
  return {.position = Lsn{position}, .published = std::move(tables), .next_xid = 1'000};
}

// Within the transaction that comes next, or in one of its own where the server has nothing more.
TEST_F(Assembling, WhatLooksFindIsToldWhereTheStreamComesToIt) {
  make({.filter = capturing({"!public.other"})});
  const SeenTable t{.oid = 1, .name = {"public", "t"}, .definition = "1", .captured = true};
  SeenTable changed = t;
  changed.definition = "2";
  assembler().look(look_at(0x10, {t}));
  EXPECT_FALSE(assembler().wants_look());
  ASSERT_TRUE(idle(0x20, 100 * kSecond));
  EXPECT_TRUE(assembler().wants_look());
  EXPECT_THAT(collector_.lines(), ElementsAre("progress 0/20@1"));

  assembler().look(look_at(0x200, {changed}));
  EXPECT_THAT(records({begin_message(7, 0x1F0), relation_message(2, "u"),
                       insert_message(2, {"1", "a"}), commit_message(0x1F0, 0x200)}),
              ElementsAre("begin 7:0/1F0", "insert public.u (1, a)", "commit 0/200@1"));
  EXPECT_THAT(records({begin_message(8, 0x200), insert_message(2, {"2", "a"}),
                       commit_message(0x200, 0x210)}),
              ElementsAre("begin 8:0/200", "alter table public.t", "insert public.u (2, a)",
                          "commit 0/210@1"));

  // One that has no captured change of its own, but not what is passed over.
  assembler().look(look_at(0x210, {t}));
  EXPECT_THAT(records({begin_message(9, 0x220), commit_message(0x220, 0x230)}),
              ElementsAre("begin 9:0/220", "alter table public.t", "commit 0/230@1"));

  // At the very place that was reported already, too: there may be no other for long.
  ASSERT_TRUE(idle(0x300, 110 * kSecond));
  CatalogueLook without = look_at(0x300, {});
  without.gone = {1};
  assembler().look(without);
  ASSERT_TRUE(idle(0x2F0, 111 * kSecond));
  ASSERT_TRUE(idle(0x300, 111 * kSecond));
  EXPECT_THAT(collector_.lines(), ElementsAre("progress 0/300@1", "begin 0:0/300",
                                              "drop table public.t", "commit 0/300@1"));
}

// What was told counts for the next session when its transaction has ended, and for the next run
// when every sink is behind it.
TEST_F(Assembling, WhatWasToldIsRemembered) {
  const auto memory = std::make_shared<TableMemory>("", "1/2");
  make({.filter = capturing(), .memory = memory});
  ASSERT_TRUE(
      take({begin_message(7, 0x100), relation_message(1, "t"), insert_message(1, {"1", "a"})}));
  EXPECT_TRUE(memory->state().tables.empty());
  ASSERT_TRUE(take(commit_message(0x100, 0x110)));
  EXPECT_EQ(memory->state().tables.at(1).name, (TableName{"public", "t"}));
  make({.filter = capturing(), .memory = memory});
  collector_.lines();
  EXPECT_THAT(records({begin_message(8, 0x200), relation_message(1, "v"),
                       insert_message(1, {"1", "a"}), commit_message(0x200, 0x210)}),
              ElementsAre("begin 8:0/200", "rename table public.t public.v",
                          "insert public.v (1, a)", "commit 0/210@1"));
}

}  // namespace
}  // namespace tailrace::postgres::recorded
