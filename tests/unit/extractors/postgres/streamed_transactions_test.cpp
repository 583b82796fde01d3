// Transactions that are sent while they are open: what is kept, what is dropped, and which table
// definitions hold for whom.

#include "extractors/postgres/streamed_transactions.h"

#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>

#include "assembling.h"

namespace tailrace::postgres::recorded {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Every message goes to the file, or none.
class Streaming : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  void SetUp() override {
    make({.filter = capturing({"!public.other"}),
          .skip_origins = {"skipped"},
          .spool_folder = ::testing::TempDir(),
          .spool_memory_bytes = GetParam()});
  }
  void make(WalAssembler::Setup setup) {
    assembler_ = std::make_unique<WalAssembler>(std::move(setup), catalogue_);
  }
  Status take(const std::vector<std::string>& messages) {
    Status taken;
    for (const std::string& message : messages) {
      EXPECT_TRUE(taken) << taken.error().to_string();
      taken = assembler_->take(as_bytes(message), now_us_ += 2'000'000, collector_.builder());
    }
    return taken;
  }
  std::vector<std::string> records(const std::vector<std::string>& messages) {
    const Status taken = take(messages);
    EXPECT_TRUE(taken) << taken.error().to_string();
    return collector_.lines();
  }

  MemoryCatalogue catalogue_;
  Collector collector_{true};
  std::int64_t now_us_ = 0;
  std::unique_ptr<WalAssembler> assembler_;
};

INSTANTIATE_TEST_SUITE_P(Spools, Streaming, ::testing::Values(0, 1 << 20),
                         [](const auto& test) { return test.param == 0 ? "file" : "memory"; });

TEST_P(Streaming, OneInSegments) {
  EXPECT_THAT(records({stream_start(5, true), relation_message(1, "t", 5),
                       insert_message(1, {"1", "a"}, 5), stream_stop(), stream_start(5, false),
                       logical_message(true, 1, "m", 5), insert_message(1, {"2", "b"}, 6),
                       MessageBytes('T').u32(6).u32(1).u8(0).u32(1), stream_stop()}),
              IsEmpty());
  EXPECT_THAT(records({stream_commit(5, 0x50, 0x60)}),
              ElementsAre("begin 5:0/50", "insert public.t (1, a)", "message app \"m\"",
                          "insert public.t (2, b)", "truncate public.t", "commit 0/60@1"));
  EXPECT_EQ(assembler_->last_end(), Lsn{0x60});
}

TEST_P(Streaming, Interleaved) {
  EXPECT_THAT(records({stream_start(5, true),
                       relation_message(1, "t", 5),
                       insert_message(1, {"5", "a"}, 5),
                       stream_stop(),
                       stream_start(6, true),
                       relation_message(1, "t", 6),
                       insert_message(1, {"6", "a"}, 6),
                       stream_stop(),
                       begin_message(7, 0x20),
                       relation_message(1, "t"),
                       insert_message(1, {"7", "a"}),
                       commit_message(0x20, 0x21),
                       stream_start(5, false),
                       insert_message(1, {"5", "b"}, 5),
                       stream_stop(),
                       stream_commit(6, 0x30, 0x31),
                       stream_start(8, true),
                       relation_message(1, "t", 8),
                       insert_message(1, {"8", "a"}, 8),
                       stream_stop(),
                       stream_abort(8, 8),
                       stream_commit(5, 0x40, 0x41)}),
              ElementsAre("begin 7:0/20", "insert public.t (7, a)", "commit 0/21@1", "begin 6:0/30",
                          "insert public.t (6, a)", "commit 0/31@1", "begin 5:0/40",
                          "insert public.t (5, a)", "insert public.t (5, b)", "commit 0/41@1"));
}

TEST_P(Streaming, AbortedParts) {
  EXPECT_THAT(
      records({stream_start(5, true), relation_message(1, "t", 6),
               insert_message(1, {"1", "gone"}, 6), insert_message(1, {"2", "gone"}, 7),
               MessageBytes('T').u32(7).u32(1).u8(0).u32(1), insert_message(1, {"3", "kept"}, 5),
               stream_stop(), stream_abort(5, 7), stream_abort(5, 6), stream_start(5, false),
               insert_message(1, {"4", "kept"}, 8), stream_stop(), stream_commit(5, 0x50, 0x60)}),
      ElementsAre("begin 5:0/50", "insert public.t (3, kept)", "insert public.t (4, kept)",
                  "commit 0/60@1"));
}

TEST_P(Streaming, NothingLeftIsProgress) {
  EXPECT_THAT(records({stream_start(5, true), relation_message(1, "t", 6),
                       insert_message(1, {"1", "gone"}, 6), stream_stop(), stream_abort(5, 6),
                       stream_commit(5, 0x50, 0x60)}),
              ElementsAre("progress 0/60@1"));
}

TEST_P(Streaming, MessageThatIsNotTransactionalDoesNotWait) {
  EXPECT_THAT(
      records({stream_start(5, true), logical_message(false, 0x20, "beat", 5), stream_stop()}),
      ElementsAre("begin 0:0/1F", "message at once app \"beat\"", "commit 0/20@1"));
}

// The server tags messages with the whole transaction, so that the aborted part may have them.
TEST_P(Streaming, DoubtfulMessage) {
  const auto taken = take({stream_start(5, true), logical_message(true, 1, "m", 5), stream_stop(),
                           stream_abort(5, 6), stream_commit(5, 0x50, 0x60)});
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind(), ErrorKind::busy);
  EXPECT_TRUE(assembler_->switching_off_streaming());
  EXPECT_THAT(collector_.lines(), IsEmpty());
}

TEST_P(Streaming, MessageBehindTheAbortIsNotDoubtful) {
  EXPECT_THAT(
      records({stream_start(5, true), stream_stop(), stream_abort(5, 6), stream_start(5, false),
               logical_message(true, 1, "m", 5), stream_stop(), stream_commit(5, 0x50, 0x60)}),
      ElementsAre("begin 5:0/50", "message app \"m\"", "commit 0/60@1"));
  EXPECT_FALSE(assembler_->switching_off_streaming());
}

TEST_P(Streaming, Origins) {
  const auto transaction = [](std::uint32_t xid, const std::string& origin) {
    return std::vector<std::string>{stream_start(xid, true),
                                    origin_message(origin),
                                    relation_message(1, "t", xid),
                                    insert_message(1, {"1", "a"}, xid),
                                    logical_message(true, 1, "m", xid),
                                    stream_stop(),
                                    stream_start(xid, false),
                                    insert_message(1, {"2", "b"}, xid),
                                    stream_stop(),
                                    stream_commit(xid, 0x50, 0x60)};
  };
  EXPECT_THAT(records(transaction(5, "skipped")), ElementsAre("progress 0/60@1"));
  // Announced there, and now to all.
  EXPECT_THAT(
      records({begin_message(6, 0x70), insert_message(1, {"6", "a"}), commit_message(0x70, 0x71)}),
      ElementsAre("begin 6:0/70", "insert public.t (6, a)", "commit 0/71@1"));
  EXPECT_THAT(records(transaction(7, "elsewhere")),
              ElementsAre("begin 7:0/50 of elsewhere", "insert public.t (1, a)",
                          "message app \"m\"", "insert public.t (2, b)", "commit 0/60@1"));
}

const auto kTwoColumns = definition_of(1, 'd', {"id*", "v"});
const auto kThreeColumns = definition_of(1, 'd', {"id*", "v", "w"});

TEST_P(Streaming, DefinitionsOfTheirOwnUntilTheCommit) {
  EXPECT_THAT(
      records(
          {begin_message(4, 0x10), relation_message(kTwoColumns), insert_message(1, {"1", "a"}),
           commit_message(0x10, 0x11), stream_start(5, true), relation_message(kThreeColumns, 5),
           insert_message(1, {"2", "b", "c"}, 5), stream_stop(),
           // not yet for others
           begin_message(6, 0x20), insert_message(1, {"3", "c"}), commit_message(0x20, 0x21),
           stream_commit(5, 0x30, 0x31),
           // now for all, and not announced again
           begin_message(7, 0x40), insert_message(1, {"4", "d", "e"}), commit_message(0x40, 0x41)}),
      ElementsAre("begin 4:0/10", "insert public.t (1, a)", "commit 0/11@1", "begin 6:0/20",
                  "insert public.t (3, c)", "commit 0/21@1", "begin 5:0/30",
                  "insert public.t (2, b, c)", "commit 0/31@1", "begin 7:0/40",
                  "insert public.t (4, d, e)", "commit 0/41@1"));
}

TEST_P(Streaming, DefinitionsOfAnAbortedOneAreForgotten) {
  EXPECT_THAT(
      records({begin_message(4, 0x10), relation_message(kTwoColumns), commit_message(0x10, 0x11),
               stream_start(5, true), relation_message(kThreeColumns, 5), stream_stop(),
               stream_abort(5, 5), begin_message(6, 0x20), insert_message(1, {"3", "c"}),
               commit_message(0x20, 0x21)}),
      ElementsAre("progress 0/11@1", "begin 6:0/20", "insert public.t (3, c)", "commit 0/21@1"));
}

// The columns of a publication can change while a streamed transaction is open: its old definition
// must not come back when it commits.
TEST_P(Streaming, LaterDefinitionsOfOthersStay) {
  EXPECT_THAT(
      records({stream_start(5, true), relation_message(kThreeColumns, 5),
               insert_message(1, {"1", "a", "b"}, 5), stream_stop(), begin_message(6, 0x20),
               relation_message(kTwoColumns), insert_message(1, {"2", "a"}),
               commit_message(0x20, 0x21), stream_commit(5, 0x30, 0x31), begin_message(7, 0x40),
               insert_message(1, {"3", "a"}), commit_message(0x40, 0x41)}),
      ElementsAre("begin 6:0/20", "insert public.t (2, a)", "commit 0/21@1", "begin 5:0/30",
                  "insert public.t (1, a, b)", "commit 0/31@1", "begin 7:0/40",
                  "insert public.t (3, a)", "commit 0/41@1"));
}

// Its type is gone from the catalogue, but nobody needs it.
TEST_P(Streaming, DefinitionOfAnAbortedPartIsNotLookedUp) {
  auto gone = kThreeColumns;
  gone.columns[2].type_oid = 16'400;
  catalogue_.missing_types = {16'400};
  EXPECT_THAT(
      records({stream_start(5, true), relation_message(gone, 6),
               insert_message(1, {"1", "a", "b"}, 6), stream_stop(), stream_abort(5, 6),
               stream_start(5, false), relation_message(kTwoColumns, 5),
               insert_message(1, {"2", "a"}, 5), stream_stop(), stream_commit(5, 0x30, 0x31)}),
      ElementsAre("begin 5:0/30", "insert public.t (2, a)", "commit 0/31@1"));
}

TEST_P(Streaming, EqualDefinitionsAreTheSameSchema) {
  take({begin_message(4, 0x10), relation_message(kTwoColumns), insert_message(1, {"1", "a"}),
        commit_message(0x10, 0x11), stream_start(5, true), relation_message(kTwoColumns, 5),
        insert_message(1, {"2", "b"}, 5), stream_stop(), stream_commit(5, 0x30, 0x31),
        begin_message(7, 0x40), relation_message(kTwoColumns), insert_message(1, {"3", "c"}),
        commit_message(0x40, 0x41)})
      .has_value();
  collector_.lines();
  ASSERT_EQ(collector_.schemas().size(), 3U);
  EXPECT_EQ(collector_.schemas()[0], collector_.schemas()[1]);
  EXPECT_EQ(collector_.schemas()[0], collector_.schemas()[2]);
}

TEST(StreamedTransactionsSpool, OnlyWhatIsNeeded) {
  MemoryCatalogue catalogue;
  ToldTables told;
  RelationCache relations(capturing({"!public.other"}),
                          RelationPlanner(catalogue, planner_of(catalogue)), told);
  StreamedTransactions streams(relations, StreamSpool("", 1 << 20));
  const auto spooled = [&] {
    std::string types;
    StreamSpool::Reader reader = streams.read(5);
    while (true) {
      const auto message = reader.next();
      if (!message || !*message) return types;
      types += static_cast<char>((*message)->front());
    }
  };
  ASSERT_TRUE(streams.start({5, true}));
  for (const char* table : {"t", "other"}) {
    const std::uint32_t oid = table[0] == 't' ? 1 : 2;
    const std::string bytes = relation_message(oid, table, 5);
    const auto relation = decode_message(as_bytes(bytes), {.in_stream = true});
    ASSERT_TRUE(relation);
    ASSERT_TRUE(streams.keep(std::get<RelationMessage>(*relation), as_bytes(bytes)));
    ASSERT_TRUE(streams.keep_rows(as_bytes(insert_message(oid, {"1", "a"}, 5))));
  }
  EXPECT_EQ(spooled(), "RIR");
  streams.current().skipped = true;
  ASSERT_TRUE(streams.keep_rows(as_bytes(insert_message(1, {"1", "a"}, 5))));
  ASSERT_TRUE(streams.keep_truncate(as_bytes(std::string("T"))));
  EXPECT_EQ(spooled(), "RIR");
  streams.forget(5);
  EXPECT_EQ(spooled(), "");
  EXPECT_EQ(streams.find(5), nullptr);
}

}  // namespace
}  // namespace tailrace::postgres::recorded
