#include "core/block_builder.h"

#include <cstring>
#include <utility>

#include "core/block_format.h"

namespace tailrace {

using namespace block_format;

BlockBuilder::BlockBuilder(std::uint64_t first_sequence, Emit emit, std::size_t block_bytes)
    : emit_(std::move(emit)), block_bytes_(block_bytes), next_sequence_(first_sequence) {}

void BlockBuilder::start_record(std::uint8_t type) {
  record_start_ = out_.size();
  out_.u8(type);
  out_.u32_le(0);
}

void BlockBuilder::end_record() {
  const auto length = static_cast<std::uint32_t>(out_.size() - record_start_ - kRecordHeaderBytes);
  std::memcpy(out_.at(record_start_ + 1), &length, 4);
}

void BlockBuilder::begin(const TransactionBegin& begin) {
  TR_ASSERT(!in_transaction_);
  in_transaction_ = true;
  changes_in_transaction_ = 0;
  start_record(kBegin);
  out_.u64_le(static_cast<std::uint64_t>(begin.commit_time_us));
  out_.sized_text(begin.id);
  out_.sized_text(begin.origin);
  end_record();
}

Status BlockBuilder::commit(const TransactionCommit& commit) {
  TR_ASSERT(in_transaction_);
  in_transaction_ = false;
  start_record(kCommit);
  out_.u64_le(static_cast<std::uint64_t>(commit.commit_time_us));
  out_.u64_le(static_cast<std::uint64_t>(commit.received_time_us));
  out_.sized_text(commit.position);
  end_record();
  position_ = commit.position;
  commit_time_us_ = commit.commit_time_us;
  ++transaction_count_;
  change_count_ += changes_in_transaction_;
  return emit_if_full();
}

Status BlockBuilder::abort() {
  if (!in_transaction_) return {};
  in_transaction_ = false;
  start_record(kAbort);
  end_record();
  return flush();
}

Status BlockBuilder::progress(const Progress& progress) {
  TR_ASSERT(!in_transaction_);
  start_record(kProgress);
  out_.u8(progress.wanted ? kWanted : 0);
  out_.u64_le(static_cast<std::uint64_t>(progress.source_time_us));
  out_.sized_text(progress.position);
  end_record();
  position_ = progress.position;
  return emit_if_full();
}

Status BlockBuilder::schema_change(const SchemaChange& change) {
  TR_ASSERT(in_transaction_);
  const std::uint32_t schema = change.after == nullptr ? 0 : schema_index(change.after) + 1;
  const auto flag = [](bool on, std::uint8_t bit) { return on ? bit : std::uint8_t{0}; };
  start_record(kSchemaChange);
  out_.u8(static_cast<std::uint8_t>(change.kind));
  out_.u8(static_cast<std::uint8_t>(
      flag(change.cascade, kCascade) | flag(change.restart_identity, kRestartIdentity) |
      flag(change.helper, kHelper) | flag(change.columns_known, kColumnsKnown) |
      flag(change.rows_changed, kRowsChanged) | flag(change.filled, kFilled)));
  out_.varint(change.tables.size());
  for (const TableName& name : change.tables) {
    out_.sized_text(name.schema);
    out_.sized_text(name.table);
  }
  out_.sized_text(change.statement);
  out_.varint(change.columns.size());
  for (const ColumnChange& column : change.columns) {
    out_.u8(static_cast<std::uint8_t>(column.kind));
    out_.sized_text(column.name);
    out_.sized_text(column.new_name);
    out_.u8(static_cast<std::uint8_t>(column.fill.kind));
    out_.sized_text(column.fill.text);
  }
  out_.varint(schema);
  end_record();
  ++changes_in_transaction_;
  return emit_if_full();
}

Status BlockBuilder::message(const Message& message) {
  TR_ASSERT(in_transaction_);
  start_record(kMessage);
  out_.u8(message.transactional ? kTransactional : 0);
  out_.sized_text(message.prefix);
  out_.sized_text(message.content);
  end_record();
  ++changes_in_transaction_;
  return emit_if_full();
}

void BlockBuilder::start_change(ChangeKind kind, const SchemaPtr& schema) {
  TR_ASSERT(in_transaction_);
  const std::uint32_t index = schema_index(schema);
  start_record(static_cast<std::uint8_t>(kInsert + static_cast<int>(kind) - 1));
  out_.varint(index);
}

void BlockBuilder::start_image() {
  image_start_ = out_.size();
  out_.u32_le(0);
}

void BlockBuilder::end_image() {
  const auto length = static_cast<std::uint32_t>(out_.size() - image_start_ - 4);
  std::memcpy(out_.at(image_start_), &length, 4);
}

void BlockBuilder::skip_image() {
  out_.u32_le(0);
}

void BlockBuilder::put(std::string_view canonical) {
  TR_ASSERT(canonical.size() < RowImage::kUnchangedLength);
  out_.u32_le(static_cast<std::uint32_t>(canonical.size()));
  out_.text(canonical);
}

Status BlockBuilder::end_change() {
  end_record();
  ++changes_in_transaction_;
  return emit_if_full();
}

void BlockBuilder::cancel_change() {
  out_.truncate(record_start_);
}

Status BlockBuilder::emit_if_full() {
  return out_.size() >= block_bytes_ ? flush() : Status();
}

Status BlockBuilder::flush() {
  if (emit_failed_) return Error(ErrorKind::cancelled, "the queue takes no more blocks");
  if (out_.empty()) return {};
  const std::size_t size = out_.size();
  auto block = std::make_shared<const Block>(next_sequence_, std::move(out_), std::move(schemas_));
  ++next_sequence_;
  // A full block is likely to be followed by another; a flushed one was small, and so may be the
  // next.
  out_ = ByteWriter(size >= block_bytes_ ? block_bytes_ + block_bytes_ / 16 : 0);
  schemas_.clear();
  schema_indexes_.clear();
  Status emitted = emit_(std::move(block));
  emit_failed_ = !emitted;  // that block is gone: nothing may follow it
  return emitted;
}

std::uint32_t BlockBuilder::schema_index(const SchemaPtr& schema) {
  const auto found = schema_indexes_.find(schema.get());
  if (found != schema_indexes_.end()) return found->second;
  const auto index = static_cast<std::uint32_t>(schemas_.size());
  start_record(kSchema);
  encode(*schema, out_);
  end_record();
  schemas_.push_back(schema);
  schema_indexes_.emplace(schema.get(), index);
  return index;
}

}  // namespace tailrace
