// The contract of sinks/sink.h, kept by every SQL sink against a real server.
// Checkpoint, lease and commit: exactly once, by one daemon.
#include <chrono>
#include <future>

#include "sink_contract.h"
#include "tests/support/fault_proxy.h"

namespace tailrace::testing {
namespace {

using namespace std::chrono_literals;

TEST_P(SinkContract, CheckpointIsKept) {
  if (skipped()) return;
  auto sink = open();
  EXPECT_FALSE(sink->checkpoint());
  EXPECT_FALSE(must(target_->stored_checkpoint("contract", "sink")));
  ASSERT_TRUE(sink->begin());
  EXPECT_EQ(must(sink->commit(checkpoint(7))), Durability::durable);
  const auto stored = must(target_->stored_checkpoint("contract", "sink"));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->position.text, "pos-7");
  sink.reset();
  sink = open();
  ASSERT_TRUE(sink->checkpoint());
  EXPECT_EQ(sink->checkpoint()->position.text, "pos-7");
  EXPECT_EQ(sink->checkpoint()->source_id, "source-1");
  EXPECT_EQ(sink->checkpoint()->commit_time_us, 7);
  EXPECT_EQ(lease_.epoch, 2);
}

TEST_P(SinkContract, SecondDaemonFencesTheFirst) {
  if (skipped()) return;
  Batch batch(id_and_text("t"));
  batch.insert({"1", "one"});
  auto first = open();
  ASSERT_TRUE(apply(*first, batch));
  Lease other{"contract", "sink", "daemon-2", {}};
  auto second = must(target_->open(other));
  EXPECT_EQ(second->checkpoint()->position.text, "pos-1");

  Batch late(batch.changes().front().schema);
  late.insert({"2", "late"});
  const Status refused = apply(*first, late, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::fenced) << refused.error().to_string();
  first->rollback();
  EXPECT_EQ(bed_->sql("SELECT id FROM t"), "1");
  const auto reopened = target_->open(lease_);
  ASSERT_FALSE(reopened);
  EXPECT_EQ(reopened.error().kind(), ErrorKind::fenced);
  EXPECT_OK(apply(*second, late, 2));
  EXPECT_EQ(bed_->sql("SELECT id FROM t ORDER BY id"), "1\n2");
}

TEST_P(SinkContract, LostAnswerToARaiseOfTheEpochIsNoFence) {
  if (skipped()) return;
  open();
  Lease before = lease_;
  open();  // raised, but the process does not know
  lease_ = before;
  EXPECT_OK(target_->open(lease_));
  EXPECT_EQ(lease_.epoch, 3);
}

TEST_P(SinkContract, CheckpointRowThatIsGoneIsNotMistakenForAFence) {
  if (skipped()) return;
  open();
  bed_->sql(is_sqlite() ? "DELETE FROM tailrace_checkpoint" : "DELETE FROM tailrace.checkpoint");
  const auto reopened = target_->open(lease_);
  ASSERT_FALSE(reopened);
  EXPECT_EQ(reopened.error().kind(), ErrorKind::checkpoint_corrupt);
}

TEST_P(SinkContract, RepeatedUnitsConverge) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "one"}).insert({"2", std::nullopt}).update({"3", "x"}, {"3", "three"});
  batch.remove({"4", "gone"});
  for (int i = 0; i < 3; ++i) EXPECT_OK(apply(*sink, batch, i));
  EXPECT_EQ(bed_->sql("SELECT id, name FROM t ORDER BY id"), "1\tone\n2\tNULL\n3\tthree");
}

TEST_P(SinkContract, RollbackLeavesNothing) {
  if (skipped()) return;
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "one"});
  ASSERT_TRUE(sink->begin());
  EXPECT_OK(sink->apply_net(batch.net(name("t"))));
  sink->rollback();
  EXPECT_OK(apply(*sink, batch, 5));
  Batch more(batch.changes().front().schema);
  more.insert({"2", "two"});
  ASSERT_TRUE(sink->begin());
  EXPECT_OK(sink->apply_net(more.net(name("t"))));
  sink->rollback();
  sink.reset();
  EXPECT_EQ(bed_->sql("SELECT id FROM t"), "1");
  EXPECT_EQ(open()->checkpoint()->position.text, "pos-5");
}

// Whatever byte of the server's answers the connection is lost at: the rows are there exactly when
// the checkpoint is, and once the commit may have taken place, nothing but "in doubt" is said.
TEST_P(SinkContract, LostConnectionNeverPartsRowsFromCheckpoint) {
  if (skipped() || is_sqlite()) return;
  FaultProxy proxy(bed_->port());
  target_ = bed_->target(proxy.port());
  Batch first(id_and_text("t"));
  first.insert({"0", "zero"});
  auto sink = open();
  ASSERT_TRUE(apply(*sink, first, 0));
  int in_doubt = 0;
  int committed = 0;
  const std::uint64_t step = is_postgres() ? 15 : 11;
  for (int n = 1; n < 40; ++n) {
    sink.reset();
    sink = open();
    Batch batch(first.changes().front().schema);
    batch.insert({std::to_string(n), "row"});
    // The table is known before: what is cut are the answers to the rows and the commit.
    ASSERT_TRUE(sink->begin());
    EXPECT_OK(sink->apply_net(first.net(name("t"))));
    EXPECT_OK(sink->commit(checkpoint(1000 + n)));
    proxy.cut_after(1 + static_cast<std::uint64_t>(n) * step);
    const Status applied = apply(*sink, batch, n);
    proxy.heal();
    const bool doubt = !applied && applied.error().kind() == ErrorKind::commit_in_doubt;
    if (!applied && !doubt) {
      EXPECT_EQ(applied.error().kind(), ErrorKind::unreachable) << applied.error().to_string();
    }
    in_doubt += doubt ? 1 : 0;
    sink = open();
    const bool stored = sink->checkpoint()->position.text == "pos-" + std::to_string(n);
    const std::string found = bed_->sql("SELECT count(*) FROM t WHERE id = " + std::to_string(n));
    EXPECT_EQ(found, stored ? "1" : "0") << "cut " << n;
    if (!doubt) {
      EXPECT_EQ(stored, applied.has_value()) << "cut " << n;
    }
    committed += stored ? 1 : 0;
  }
  EXPECT_GT(in_doubt, 0);
  EXPECT_GT(committed, 0);
}

TEST_P(SinkContract, InterruptEndsAWait) {
  if (skipped() || is_sqlite()) return;
  auto sink = open();
  Batch batch(id_and_text("t"));
  batch.insert({"1", "one"});
  ASSERT_TRUE(apply(*sink, batch));
  auto lock = bed_->lock("t");
  auto waiting = std::async(std::launch::async, [&] { return apply(*sink, batch, 2); });
  EXPECT_EQ(waiting.wait_for(300ms), std::future_status::timeout);
  sink->interrupt();
  ASSERT_EQ(waiting.wait_for(5s), std::future_status::ready);
  const Status ended = waiting.get();
  ASSERT_FALSE(ended);
  lock.reset();
  sink.reset();
  // The server may have had the COMMIT already.
  if (ended.error().kind() == ErrorKind::commit_in_doubt) return;
  EXPECT_EQ(open()->checkpoint()->position.text, "pos-1");
}

INSTANTIATE_TEST_SUITE_P(Targets, SinkContract,
                         ::testing::Values(Kind::postgres15, Kind::postgres18, Kind::mariadb,
                                           Kind::mysql, Kind::sqlite),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace tailrace::testing
