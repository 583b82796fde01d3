#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "core/byte_writer.h"
#include "core/change.h"
#include "core/result.h"

namespace tailrace {

// An immutable run of encoded transactions, about 1 MiB: the arena in which values live from the
// extractor to the sinks, and, byte for byte, what the disk holds. A transaction may span blocks.
// Shared between threads as shared_ptr<const Block>; owns its bytes and the schemas that they name.
class Block {
 public:
  Block(std::uint64_t sequence, ByteWriter payload, std::vector<SchemaPtr> schemas)
      : sequence_(sequence), payload_(std::move(payload)), schemas_(std::move(schemas)) {}

  std::uint64_t sequence() const { return sequence_; }  // ascending by one within a queue
  Bytes payload() const { return payload_.view(); }
  std::size_t memory_bytes() const { return payload_.capacity(); }
  const std::vector<SchemaPtr>& schemas() const { return schemas_; }

  static constexpr std::size_t kHeaderBytes = 32;
  // Header for writing the block to a file; the payload follows it.
  std::vector<std::byte> header() const;
  // Size of the payload that follows this header, or an error naming what is wrong with it.
  static Result<std::size_t> payload_size(Bytes header);
  // Checks the CRC and every record, so that a damaged block is refused whole, never half read.
  // known: schemas already in memory are reused when equal, so that pointers stay comparable.
  static Result<std::shared_ptr<const Block>> decode(Bytes header, ByteWriter payload,
                                                     std::span<const SchemaPtr> known = {});

 private:
  std::uint64_t sequence_;
  ByteWriter payload_;
  std::vector<SchemaPtr> schemas_;
};

using BlockPtr = std::shared_ptr<const Block>;

struct TransactionAbort {};

// What a block is made of, in log order.
using Record = std::variant<TransactionBegin, Change, SchemaChange, Message, TransactionCommit,
                            TransactionAbort, Progress>;

// Walks through the records of one block. The views it answers live as long as the block.
class BlockCursor {
 public:
  explicit BlockCursor(const Block& block) : block_(&block), in_(block.payload()) {}

  // The next record, or nothing at the end. Schema records are consumed silently.
  std::optional<Record> next();
  // Byte offset of the next record in the payload; a cursor can be set back to one it was at.
  std::size_t offset() const { return in_.offset(); }
  void seek(std::size_t offset);

 private:
  const Block* block_;
  ByteReader in_;
};

}  // namespace tailrace
