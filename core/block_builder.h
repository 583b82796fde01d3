#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/block.h"

namespace tailrace {

// Encodes transactions into blocks, and hands each block over when it is full or flushed. The
// extractor's thread owns it. Values are written in place: no copy lies between decoder and sink.
//
//   builder.begin({...});
//   builder.start_change(ChangeKind::update, schema);
//   builder.start_image();  put_null() | put(bytes) | start_value(), append to out(), end_value()
//   builder.end_image();    // before image, then the same for the after image
//   builder.end_change();
//   builder.commit({...});
class BlockBuilder {
 public:
  // Takes a sealed block; may wait (back-pressure). Its error ends the extractor's session.
  using Emit = std::function<Status(BlockPtr)>;

  static constexpr std::size_t kDefaultBlockBytes = std::size_t{1} << 20;

  BlockBuilder(std::uint64_t first_sequence, Emit emit,
               std::size_t block_bytes = kDefaultBlockBytes);

  bool in_transaction() const { return in_transaction_; }
  // Rows, schema changes and messages since begin().
  std::uint64_t changes_in_transaction() const { return changes_in_transaction_; }
  std::uint64_t next_sequence() const { return next_sequence_; }
  // Of the last commit or progress record: where a new session has to continue. Empty before both.
  const std::string& position() const { return position_; }
  std::int64_t commit_time_us() const { return commit_time_us_; }
  std::uint64_t transaction_count() const { return transaction_count_; }
  std::uint64_t change_count() const { return change_count_; }

  void begin(const TransactionBegin& begin);
  [[nodiscard]] Status commit(const TransactionCommit& commit);
  // The transaction that is open will never end: consumers drop what they have of it. Nothing is
  // written when no transaction is open.
  [[nodiscard]] Status abort();
  [[nodiscard]] Status progress(const Progress& progress);
  [[nodiscard]] Status schema_change(const SchemaChange& change);
  [[nodiscard]] Status message(const Message& message);

  void start_change(ChangeKind kind, const SchemaPtr& schema);
  void start_image();
  void put_null() { out_.u32_le(RowImage::kNullLength); }
  void put_unchanged() { out_.u32_le(RowImage::kUnchangedLength); }
  void put(std::string_view canonical);
  // Between these two, append the canonical bytes to out().
  void start_value() {
    value_start_ = out_.size();
    out_.u32_le(0);
  }
  void end_value() {
    const auto length = static_cast<std::uint32_t>(out_.size() - value_start_ - 4);
    std::memcpy(out_.at(value_start_), &length, 4);
  }
  ByteWriter& out() { return out_; }
  void end_image();
  // No image was sent (before of an insert, after of a remove): write nothing, call skip_image().
  void skip_image();
  [[nodiscard]] Status end_change();
  // Takes back a change that could not be decoded to its end.
  void cancel_change();

  // Hands over what is there, so that sinks see it now.
  [[nodiscard]] Status flush();

 private:
  void start_record(std::uint8_t type);
  void end_record();
  std::uint32_t schema_index(const SchemaPtr& schema);
  Status emit_if_full();

  Emit emit_;
  std::size_t block_bytes_;
  std::uint64_t next_sequence_;
  ByteWriter out_;
  std::vector<SchemaPtr> schemas_;
  std::unordered_map<const TableSchema*, std::uint32_t> schema_indexes_;
  std::size_t record_start_ = 0;
  std::size_t image_start_ = 0;
  std::size_t value_start_ = 0;
  std::uint64_t changes_in_transaction_ = 0;
  bool in_transaction_ = false;
  bool emit_failed_ = false;
  std::string position_;
  std::int64_t commit_time_us_ = 0;
  std::uint64_t transaction_count_ = 0;
  std::uint64_t change_count_ = 0;
};

}  // namespace tailrace
