#include "replicator/queue/queue.h"

#include <algorithm>
#include <utility>

namespace tailrace {

using namespace std::chrono_literals;

Queue::Queue(QueueLimits limits, std::unique_ptr<SegmentStore> store, OnPressure on_pressure)
    : limits_(limits), store_(std::move(store)), on_pressure_(std::move(on_pressure)) {}

Queue::~Queue() {
  TR_ASSERT(cursors_.empty());
}

std::unique_ptr<Queue::Cursor> Queue::add_cursor() {
  const std::scoped_lock lock(mutex_);
  auto cursor = std::unique_ptr<Cursor>(new Cursor(*this));
  cursor->next_ = cursor->released_ = first_sequence_;
  cursors_.push_back(cursor.get());
  return cursor;
}

std::uint64_t Queue::next_sequence() const {
  const std::scoped_lock lock(mutex_);
  return first_sequence_ + entries_.size();
}

bool Queue::some_cursor_starves() const {
  const std::uint64_t end = first_sequence_ + entries_.size();
  return std::any_of(cursors_.begin(), cursors_.end(),
                     [&](const Cursor* cursor) { return cursor->next_ == end; });
}

// The one that keeps blocks from being dropped waits for more itself: its unit is that large.
bool Queue::slowest_cursor_starves() const {
  const std::uint64_t end = first_sequence_ + entries_.size();
  return std::any_of(cursors_.begin(), cursors_.end(), [&](const Cursor* cursor) {
    return cursor->next_ == end && cursor->released_ == first_sequence_;
  });
}

// Room in memory, or nothing in it at all: a single block may exceed the whole limit.
bool Queue::producer_may_go_on(std::uint64_t incoming_bytes) const {
  return memory_bytes_ == 0 || memory_bytes_ + incoming_bytes <= limits_.memory_bytes;
}

Status Queue::push(BlockPtr block, std::stop_token stop, const std::function<void()>& meanwhile) {
  const std::uint64_t bytes = block->memory_bytes();
  if (auto room = make_room(bytes, stop, meanwhile); !room) return room;
  {
    const std::scoped_lock lock(mutex_);
    if (closed_ || cursors_.empty()) return Error(ErrorKind::cancelled, "queue closed");
    TR_ASSERT(block->sequence() == first_sequence_ + entries_.size());
    memory_bytes_ += bytes;
    Entry entry;
    entry.payload_bytes = block->payload().size();
    pushed_bytes_ += entry.payload_bytes;
    entry.end_bytes = pushed_bytes_;
    entry.block = std::move(block);
    entries_.push_back(std::move(entry));
  }
  changed_.notify_all();
  return {};
}

Status Queue::make_room(std::uint64_t incoming_bytes, std::stop_token stop,
                        const std::function<void()>& meanwhile) {
  std::unique_lock lock(mutex_);
  const auto wait_for_room = [&](const auto& predicate) {
    if (changed_.wait_for(lock, stop, 1s, predicate) || !meanwhile) return;
    lock.unlock();
    meanwhile();
    lock.lock();
  };
  const auto report = [&](Pressure pressure, std::string_view why) {
    if (pressure == pressure_ || !on_pressure_) return;
    pressure_ = pressure;
    lock.unlock();
    on_pressure_(pressure, why);
    lock.lock();
  };
  while (!producer_may_go_on(incoming_bytes)) {
    if (stop.stop_requested() || closed_) return Error(ErrorKind::cancelled, "stopped");
    if (!some_cursor_starves()) {
      wait_for_room(
          [&] { return producer_may_go_on(incoming_bytes) || some_cursor_starves() || closed_; });
      continue;
    }
    const bool in_budget = store_->disk_bytes() + incoming_bytes <= limits_.disk_bytes;
    const bool disk_has_room = in_budget || slowest_cursor_starves();
    if (!in_budget && disk_has_room) report(Pressure::overdraft, "one transaction needs it");
    const Status spilled = disk_has_room ? spill_oldest(lock) : Status();
    if (disk_has_room && spilled) continue;
    report(Pressure::disk, disk_has_room ? spilled.error().to_string() : "disk budget used up");
    wait_for_room([&] { return producer_may_go_on(incoming_bytes) || closed_; });
  }
  // An overdraft lasts as long as more than the budget lies on disk, not only for this block.
  const bool over = store_->disk_bytes() > limits_.disk_bytes;
  if (!(pressure_ == Pressure::overdraft && over)) report(Pressure::none, "");
  return {};
}

Status Queue::spill_oldest(std::unique_lock<std::mutex>& lock) {
  const auto oldest = std::find_if(entries_.begin(), entries_.end(),
                                   [](const Entry& e) { return e.block != nullptr; });
  TR_ASSERT(oldest != entries_.end());
  const BlockPtr block = oldest->block;
  lock.unlock();
  auto location = store_->append(*block);
  lock.lock();
  if (!location) return std::move(location).error();
  if (block->sequence() < first_sequence_) {  // released by all while it was written
    store_->release(*location);
    return {};
  }
  Entry& spilled = entry(block->sequence());
  spilled.location = *location;
  spilled.schemas = block->schemas();
  spilled.block.reset();
  memory_bytes_ -= block->memory_bytes();
  return {};
}

void Queue::close(Error reason) {
  {
    const std::scoped_lock lock(mutex_);
    if (!closed_) closed_ = std::move(reason);
  }
  changed_.notify_all();
}

void Queue::drop_released() {
  std::uint64_t needed = first_sequence_ + entries_.size();
  for (const Cursor* cursor : cursors_) needed = std::min(needed, cursor->released_);
  while (first_sequence_ < needed) {
    Entry& front = entries_.front();
    if (front.block) memory_bytes_ -= front.block->memory_bytes();
    if (front.location) store_->release(*front.location);
    entries_.pop_front();
    ++first_sequence_;
  }
}

std::uint64_t Queue::memory_bytes() const {
  const std::scoped_lock lock(mutex_);
  return memory_bytes_;
}

std::uint64_t Queue::disk_bytes() const {
  return store_->disk_bytes();
}

Queue::Cursor::~Cursor() {
  {
    const std::scoped_lock lock(queue_.mutex_);
    std::erase(queue_.cursors_, this);
    queue_.drop_released();
  }
  queue_.changed_.notify_all();
}

Result<BlockPtr> Queue::Cursor::next(
    std::stop_token stop, std::optional<std::chrono::steady_clock::time_point> deadline) {
  std::unique_lock lock(queue_.mutex_);
  const auto end = [&] { return queue_.first_sequence_ + queue_.entries_.size(); };
  const auto there = [&] { return next_ < end() || queue_.closed_.has_value(); };
  if (!there()) {
    queue_.changed_.notify_all();  // the producer may be waiting for a starving cursor
    if (deadline) {
      queue_.changed_.wait_until(lock, stop, *deadline, there);
    } else {
      queue_.changed_.wait(lock, stop, there);
    }
  }
  if (stop.stop_requested()) return Error(ErrorKind::cancelled, "stopped");
  if (queue_.closed_ && (next_ == end() || queue_.closed_->kind() == ErrorKind::cancelled)) {
    return *queue_.closed_;
  }
  if (next_ == end()) return BlockPtr();
  const Entry& entry = queue_.entry(next_);
  if (entry.block) {
    ++next_;
    return entry.block;
  }
  const SegmentStore::Location location = *entry.location;
  const std::vector<SchemaPtr> schemas = entry.schemas;
  lock.unlock();
  auto block = queue_.store_->read(location, schemas);
  if (!block) return block;
  lock.lock();
  ++next_;
  return block;
}

bool Queue::Cursor::ready() const {
  const std::scoped_lock lock(queue_.mutex_);
  return next_ < queue_.first_sequence_ + queue_.entries_.size();
}

void Queue::Cursor::release_before(std::uint64_t sequence) {
  {
    const std::scoped_lock lock(queue_.mutex_);
    if (sequence <= released_) return;
    TR_ASSERT(sequence <= next_);
    released_ = sequence;
    queue_.drop_released();
  }
  queue_.changed_.notify_all();
}

void Queue::Cursor::rewind_to(std::uint64_t sequence) {
  const std::scoped_lock lock(queue_.mutex_);
  TR_ASSERT(sequence >= released_ && sequence <= next_);
  next_ = sequence;
}

Queue::Cursor::Backlog Queue::Cursor::backlog() const {
  const std::scoped_lock lock(queue_.mutex_);
  Backlog backlog;
  const std::uint64_t end = queue_.first_sequence_ + queue_.entries_.size();
  backlog.blocks = end - next_;
  if (backlog.blocks > 0) {
    const Entry& next = queue_.entry(next_);
    backlog.bytes = queue_.pushed_bytes_ - next.end_bytes + next.payload_bytes;
  }
  return backlog;
}

}  // namespace tailrace
