#include "replicator/queue/queue.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "core/block_builder.h"

namespace tailrace {
namespace {

using namespace std::chrono_literals;

class QueueTest : public ::testing::Test {
 protected:
  ~QueueTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<Queue> make(std::uint64_t memory, std::uint64_t disk) {
    auto store = SegmentStore::open(folder_);
    EXPECT_TRUE(store);
    return std::make_unique<Queue>(
        QueueLimits{memory, disk}, *std::move(store),
        [this](Queue::Pressure now, std::string_view) { pressure_ = now; });
  }
  // A block of about that many bytes which carries its number.
  BlockPtr block(std::uint64_t sequence, std::size_t bytes = 10'000) {
    BlockPtr made;
    BlockBuilder builder(sequence, [&](BlockPtr b) {
      made = std::move(b);
      return Status();
    });
    const std::string position = std::to_string(sequence) + std::string(bytes, '.');
    EXPECT_TRUE(builder.progress({.position = position}));
    EXPECT_TRUE(builder.flush());
    return made;
  }
  static std::uint64_t number_in(const Block& block) {
    BlockCursor cursor(block);
    return std::stoull(std::string(std::get<Progress>(*cursor.next()).position));
  }
  std::size_t segment_files() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder_)) ++count;
    return count;
  }

  std::filesystem::path folder_ = std::filesystem::temp_directory_path() /
                                  ("tailrace-queue-test-" + std::to_string(::getpid()));
  std::stop_source stop_;
  std::atomic<Queue::Pressure> pressure_ = Queue::Pressure::none;
};

TEST_F(QueueTest, EveryCursorSeesEveryBlockInOrder) {
  const auto queue = make(1 << 20, 1 << 20);
  const auto a = queue->add_cursor();
  const auto b = queue->add_cursor();
  for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(queue->push(block(i), stop_.get_token()));
  for (auto* cursor : {a.get(), b.get()}) {
    for (std::uint64_t i = 1; i <= 3; ++i) {
      const auto next = cursor->next(stop_.get_token());
      ASSERT_TRUE(next);
      EXPECT_EQ(number_in(**next), i);
    }
  }
  EXPECT_FALSE(a->ready());
}

TEST_F(QueueTest, TouchesNoDiskWhileItFitsInMemory) {
  const auto queue = make(1 << 20, 1 << 20);
  const auto cursor = queue->add_cursor();
  for (std::uint64_t i = 1; i <= 20; ++i) {
    ASSERT_TRUE(queue->push(block(i), stop_.get_token()));
    ASSERT_TRUE(cursor->next(stop_.get_token()));
    cursor->release_before(i + 1);
  }
  EXPECT_EQ(queue->disk_bytes(), 0U);
  EXPECT_EQ(queue->memory_bytes(), 0U);
}

TEST_F(QueueTest, ASlowCursorReadsFromDiskWhatTheFastOneLeftBehind) {
  const auto queue = make(50'000, 1 << 20);
  const auto fast = queue->add_cursor();
  const auto slow = queue->add_cursor();
  for (std::uint64_t i = 1; i <= 40; ++i) {
    ASSERT_TRUE(queue->push(block(i), stop_.get_token()));
    ASSERT_TRUE(fast->next(stop_.get_token()));
    fast->release_before(i + 1);
    EXPECT_LE(queue->memory_bytes(), 50'000U);
  }
  EXPECT_GT(queue->disk_bytes(), 200'000U);
  for (std::uint64_t i = 1; i <= 40; ++i) {
    const auto next = slow->next(stop_.get_token());
    ASSERT_TRUE(next) << next.error().to_string();
    EXPECT_EQ(number_in(**next), i);
    slow->release_before(i + 1);
  }
  EXPECT_EQ(queue->disk_bytes(), 0U);
}

TEST_F(QueueTest, AUnitLargerThanMemoryCanBeReadAgain) {
  const auto queue = make(50'000, 1 << 20);
  const auto cursor = queue->add_cursor();
  for (std::uint64_t i = 1; i <= 30; ++i) {
    ASSERT_TRUE(queue->push(block(i), stop_.get_token()));
    ASSERT_TRUE(cursor->next(stop_.get_token()));
  }
  cursor->rewind_to(1);
  for (std::uint64_t i = 1; i <= 30; ++i)
    EXPECT_EQ(number_in(**cursor->next(stop_.get_token())), i);
}

TEST_F(QueueTest, WaitsWithoutDiskWhileEveryCursorHasWork) {
  const auto queue = make(50'000, 1 << 20);
  const auto cursor = queue->add_cursor();
  std::jthread producer([&] {
    for (std::uint64_t i = 1; i <= 40; ++i) EXPECT_TRUE(queue->push(block(i), stop_.get_token()));
  });
  for (std::uint64_t i = 1; i <= 40; ++i) {
    ASSERT_EQ(number_in(**cursor->next(stop_.get_token())), i);
    cursor->release_before(i + 1);
  }
}

TEST_F(QueueTest, AFullDiskHoldsTheProducerBackAndLetsItGoOnLater) {
  const auto queue = make(30'000, 60'000);
  const auto fast = queue->add_cursor();
  const auto dead = queue->add_cursor();
  std::atomic<std::uint64_t> pushed = 0;
  std::jthread producer([&] {
    for (std::uint64_t i = 1; i <= 30; ++i) {
      EXPECT_TRUE(queue->push(block(i), stop_.get_token()));
      pushed = i;
    }
  });
  std::jthread reader([&] {
    for (std::uint64_t i = 1; i <= 30; ++i) {
      EXPECT_EQ(number_in(**fast->next(stop_.get_token())), i);
      fast->release_before(i + 1);
    }
  });
  while (pressure_ != Queue::Pressure::disk) std::this_thread::sleep_for(1ms);
  EXPECT_LT(pushed, 30U);
  for (std::uint64_t i = 1; i <= 30; ++i) {
    EXPECT_EQ(number_in(**dead->next(stop_.get_token())), i);
    dead->release_before(i + 1);
  }
  producer.join();
  EXPECT_EQ(pressure_, Queue::Pressure::none);
}

TEST_F(QueueTest, AUnitLargerThanMemoryAndDiskGoesBeyondTheBudget) {
  const auto queue = make(30'000, 60'000);
  const auto cursor = queue->add_cursor();
  for (std::uint64_t i = 1; i <= 30; ++i) {
    ASSERT_TRUE(queue->push(block(i), stop_.get_token()));
    ASSERT_TRUE(cursor->next(stop_.get_token()));
  }
  EXPECT_EQ(pressure_, Queue::Pressure::overdraft);
  cursor->release_before(31);
  ASSERT_TRUE(queue->push(block(31), stop_.get_token()));
  EXPECT_EQ(pressure_, Queue::Pressure::none);
  EXPECT_EQ(queue->disk_bytes(), 0U);
}

TEST_F(QueueTest, ADamagedSegmentIsReportedWithItsPlace) {
  const auto queue = make(30'000, 1 << 20);
  const auto cursor = queue->add_cursor();
  for (std::uint64_t i = 1; i <= 20; ++i) {
    ASSERT_TRUE(queue->push(block(i), stop_.get_token()));
    ASSERT_TRUE(cursor->next(stop_.get_token()));
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file.put('X');
  }
  cursor->rewind_to(1);
  const auto damaged = cursor->next(stop_.get_token());
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().kind(), ErrorKind::stream_corrupt);
  EXPECT_NE(damaged.error().to_string().find("segment"), std::string::npos);
}

TEST_F(QueueTest, TheBacklogIsWhatTheCursorHasNotRead) {
  const auto queue = make(1 << 20, 1 << 20);
  const auto cursor = queue->add_cursor();
  const std::uint64_t each = block(1)->payload().size();
  for (std::uint64_t i = 1; i <= 5; ++i) ASSERT_TRUE(queue->push(block(i), stop_.get_token()));
  EXPECT_EQ(cursor->backlog().bytes, 5 * each);
  ASSERT_TRUE(cursor->next(stop_.get_token()));
  ASSERT_TRUE(cursor->next(stop_.get_token()));
  cursor->release_before(2);
  EXPECT_EQ(cursor->backlog().blocks, 3U);
  EXPECT_EQ(cursor->backlog().bytes, 3 * each);
}

TEST_F(QueueTest, StopEndsEveryWait) {
  const auto queue = make(30'000, 30'000);
  const auto cursor = queue->add_cursor();
  std::jthread stopper([&] {
    std::this_thread::sleep_for(20ms);
    stop_.request_stop();
  });
  const auto next = cursor->next(stop_.get_token());
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().kind(), ErrorKind::cancelled);
}

TEST_F(QueueTest, ADeadlineAnswersNothing) {
  const auto queue = make(30'000, 30'000);
  const auto cursor = queue->add_cursor();
  const auto next = cursor->next(stop_.get_token(), std::chrono::steady_clock::now() + 5ms);
  ASSERT_TRUE(next);
  EXPECT_EQ(*next, nullptr);
}

TEST_F(QueueTest, AClosedQueueIsReadToItsEnd) {
  const auto queue = make(1 << 20, 1 << 20);
  const auto cursor = queue->add_cursor();
  ASSERT_TRUE(queue->push(block(1), stop_.get_token()));
  queue->close(Error(ErrorKind::shutting_down, "over"));
  EXPECT_TRUE(cursor->next(stop_.get_token()));
  const auto end = cursor->next(stop_.get_token());
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind(), ErrorKind::shutting_down);
  EXPECT_FALSE(queue->push(block(2), stop_.get_token()));
}

TEST_F(QueueTest, ANewStoreRemovesTheSegmentsOfAnEarlierRun) {
  std::filesystem::create_directories(folder_);
  std::ofstream(folder_ / "7.segment") << "left by a killed process";
  const auto queue = make(30'000, 30'000);
  EXPECT_EQ(segment_files(), 0U);
}

}  // namespace
}  // namespace tailrace
