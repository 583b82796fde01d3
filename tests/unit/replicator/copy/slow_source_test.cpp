// A source that takes long to answer holds up what it was asked for, and nothing else.
#include "copy_bed.h"
#include "replicator/copy/copy_request.h"

namespace tailrace {
namespace {

using namespace testing;

class SlowSource : public CopyBed {
 protected:
  // Waits in the source until the test lets it go on; a later call does not.
  std::function<void()> held_up() {
    return [this] {
      if (once_.exchange(true)) return;
      waits_ = true;
      while (!go_on_) std::this_thread::sleep_for(1ms);
    };
  }
  void stream_flows() {
    ASSERT_TRUE(wait_until([&] { return waits_.load(); }));
    script_->add({put("flows", std::to_string(script_->size()), "u")});
    ASSERT_TRUE(wait_for_end(*store_));
    go_on_ = true;
  }
  std::unique_ptr<Pipeline> exact_pipeline() {
    auto pipeline = make({store_});
    pipeline->start();
    EXPECT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
    return pipeline;
  }
  void request() { ASSERT_TRUE(request_copy(state_dir_, "p", "s0", {"shop.t"})); }
  bool copied_again() {
    return wait_until([&] { return times_logged("copied again table=shop.t") == 1; });
  }

  std::atomic<bool> once_ = false;
  std::atomic<bool> waits_ = false;
  std::atomic<bool> go_on_ = false;
};

TEST_F(SlowSource, TheCatalogueOfADefinition) {
  start_ = {StartPoint::Kind::earliest, {}};
  script_->before_catalogue = held_up();
  fill(3);
  const auto pipeline = make({store_});
  pipeline->start();
  script_->add({alteration()});
  stream_flows();
  EXPECT_TRUE(store_->wait([&] { return store_->finishes == 1; }));
}

// The stream stands still for it, but not for long.
TEST_F(SlowSource, TheSnapshotOfACopy) {
  fill(20);
  const auto pipeline = exact_pipeline();
  script_->before_snapshot = held_up();
  request();
  stream_flows();
  ASSERT_TRUE(copied_again());
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  expect_equal(*store_);
}

TEST_F(SlowSource, TheEndOfACopy) {
  fill(20);
  const auto pipeline = exact_pipeline();
  std::atomic<bool> read = false;
  script_->before_read = [&] { read = true; };
  script_->before_current = [&, held_up = held_up()] {
    if (read) held_up();
  };
  request();
  stream_flows();
  ASSERT_TRUE(copied_again());
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  expect_equal(*store_);
}

// Each transaction would make what a chunk was read with too old.
TEST_F(SlowSource, EachChunkOfABusyStreamIsReadOnce) {
  script_->as_of_snapshot = true;
  copy_.chunk_rows = 4;
  fill(40);
  const auto pipeline = exact_pipeline();
  script_->reads = 0;
  script_->before_read = [&] {
    script_->add({put("other", std::to_string(script_->size()), "u")});
  };
  request();
  ASSERT_TRUE(copied_again());
  EXPECT_EQ(script_->reads, 10);
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
  ASSERT_TRUE(wait_for_end(*store_));
  expect_equal(*store_);
}

TEST_F(SlowSource, ATableThatIsRewrittenAllTheTimeIsCopiedNevertheless) {
  fill(20);
  const auto pipeline = exact_pipeline();
  script_->rewritten_each_time = true;
  request();
  ASSERT_TRUE(copied_again());
  ASSERT_TRUE(wait_for_phase(*pipeline, CopyPhase::exact));
}

TEST_F(SlowSource, ATableOfOneExactChunkIsToldOf) {
  script_->exact = true;
  copy_.chunk_rows = 100;
  fill(20);
  const auto pipeline = exact_pipeline();
  request();
  ASSERT_TRUE(copied_again());
}

}  // namespace
}  // namespace tailrace
