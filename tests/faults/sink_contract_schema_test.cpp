// The contract of sinks/sink.h where definitions change: what a target has lost is said, wherever
// the session ends.
#include "sink_contract.h"

namespace tailrace::testing {
namespace {

class SchemaContract : public SinkContract {
 protected:
  void SetUp() override {
    SinkContract::SetUp();
    if (!skipped()) next_session();
  }
  void next_session() {
    sink_.reset();
    sink_ = open();
    sink_->set_copies_again(true);
  }
  // A unit that never ends: the process is killed.
  Status cut_off(Batch& batch) {
    if (auto begun = sink_->begin(); !begun) return begun;
    auto applied = sink_->apply_net(batch.net(name(table_of(batch))));
    next_session();
    return applied;
  }
  // A unit, and what has to be copied again by it.
  std::size_t stale_after(Batch& batch, int position) {
    EXPECT_OK(sink_->begin());
    EXPECT_OK(sink_->apply_net(batch.net(name(table_of(batch)))));
    const std::size_t count = sink_->take_stale_tables().size();
    auto committed = sink_->commit(checkpoint(position));
    EXPECT_TRUE(committed) << committed.error().to_string();
    next_session();
    return count;
  }

  std::unique_ptr<Sink> sink_;
};

// It had rows, and is made anew without them.
TEST_P(SchemaContract, ATableThatIsGone) {
  if (skipped()) return;
  Batch first(id_and_text("t"));
  first.insert({"1", "one"});
  ASSERT_EQ(stale_after(first, 1), 0U);
  sink_.reset();
  bed_->sql("DROP TABLE t");
  next_session();
  Batch second(first.changes().front().schema);
  second.insert({"2", "two"});
  EXPECT_OK(cut_off(second));
  EXPECT_OK(cut_off(second));
  EXPECT_EQ(stale_after(second, 2), 1U);
  EXPECT_EQ(stale_after(second, 3), 0U);
}

// They are taken away for the new key, which may end the transaction.
TEST_P(SchemaContract, RowsThatDoNotFitTheNewKey) {
  if (skipped()) return;
  const std::vector<Column> columns = {column("a", LogicalType::int32, "int"),
                                       column("b", LogicalType::int32, "int")};
  Batch before(schema("t", columns));
  before.insert({"1", "10"}).insert({"2", "10"});
  ASSERT_EQ(stale_after(before, 1), 0U);
  Batch behind(schema("t", columns, {1}));
  behind.insert({"3", "30"});
  EXPECT_OK(cut_off(behind));
  EXPECT_EQ(stale_after(behind, 2), 1U);
  EXPECT_EQ(bed_->sql("SELECT a, b FROM t"), "3\t30");
  EXPECT_EQ(stale_after(behind, 3), 0U);
}

INSTANTIATE_TEST_SUITE_P(Targets, SchemaContract,
                         ::testing::Values(Kind::postgres15, Kind::mariadb, Kind::mysql,
                                           Kind::sqlite),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace tailrace::testing
