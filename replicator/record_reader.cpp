#include "replicator/record_reader.h"

namespace tailrace {

Result<std::optional<Record>> RecordReader::next(
    std::stop_token stop, std::optional<std::chrono::steady_clock::time_point> deadline) {
  for (;;) {
    if (records_) {
      last_place_ = {block_->sequence(), records_->offset()};
      if (auto record = records_->next()) return record;
      next_sequence_ = block_->sequence() + 1;
      any_block_ = true;
      records_.reset();
    }
    auto block = cursor_.next(stop, deadline);
    if (!block) return std::move(block).error();
    if (*block == nullptr) return std::optional<Record>();
    block_ = *std::move(block);
    records_.emplace(*block_);
    if (resume_ && resume_->block_sequence == block_->sequence()) records_->seek(resume_->offset);
    resume_.reset();
  }
}

bool RecordReader::ready() const {
  if (records_ && records_->offset() < block_->payload().size()) return true;
  return cursor_.ready();
}

QueuePlace RecordReader::place() const {
  if (records_ && records_->offset() < block_->payload().size()) {
    return {block_->sequence(), records_->offset()};
  }
  if (records_) return {block_->sequence() + 1, 0};
  if (resume_) return *resume_;
  return {any_block_ ? next_sequence_ : 1, 0};
}

void RecordReader::go_back(QueuePlace place) {
  cursor_.rewind_to(place.block_sequence);
  records_.reset();
  block_.reset();
  resume_ = place;
  next_sequence_ = place.block_sequence;
  any_block_ = true;
}

}  // namespace tailrace
