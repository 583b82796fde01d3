#include "core/block.h"

#include <algorithm>
#include <string>

#include "core/block_format.h"
#include "core/crc32.h"

namespace tailrace {
namespace {

using namespace block_format;

Error corrupt(std::string what) {
  return Error(ErrorKind::stream_corrupt, "damaged block: " + std::move(what))
      .hint(
          "the file system or the disk changed what was written; stop tailrace, remove the "
          "pipeline's queue folder in state_dir and start again: it is read anew from the source");
}

std::string_view read_sized(ByteReader& in) {
  return in.text(in.varint());
}

TransactionBegin read_begin(ByteReader& in) {
  TransactionBegin begin;
  begin.commit_time_us = static_cast<std::int64_t>(in.u64_le());
  begin.id = read_sized(in);
  begin.origin = read_sized(in);
  return begin;
}

TransactionCommit read_commit(ByteReader& in) {
  TransactionCommit commit;
  commit.commit_time_us = static_cast<std::int64_t>(in.u64_le());
  commit.received_time_us = static_cast<std::int64_t>(in.u64_le());
  commit.position = read_sized(in);
  return commit;
}

Progress read_progress(ByteReader& in) {
  Progress progress;
  progress.wanted = (in.u8() & kWanted) != 0;
  progress.source_time_us = static_cast<std::int64_t>(in.u64_le());
  progress.position = read_sized(in);
  return progress;
}

ColumnChange read_column_change(ByteReader& in) {
  ColumnChange change;
  const std::uint8_t kind = in.u8();
  if (kind < 1 || kind > static_cast<std::uint8_t>(ColumnChange::Kind::modify)) in.fail();
  change.kind = static_cast<ColumnChange::Kind>(kind);
  change.name = read_sized(in);
  change.new_name = read_sized(in);
  const std::uint8_t fill = in.u8();
  if (fill > static_cast<std::uint8_t>(ColumnFill::Kind::canonical)) in.fail();
  change.fill.kind = static_cast<ColumnFill::Kind>(fill);
  change.fill.text = read_sized(in);
  return change;
}

SchemaChange read_schema_change(ByteReader& in, const std::vector<SchemaPtr>& schemas) {
  SchemaChange change;
  const std::uint8_t kind = in.u8();
  if (kind < 1 || kind > static_cast<std::uint8_t>(SchemaChangeKind::swap_table)) in.fail();
  change.kind = static_cast<SchemaChangeKind>(kind);
  const std::uint8_t flags = in.u8();
  change.cascade = (flags & kCascade) != 0;
  change.restart_identity = (flags & kRestartIdentity) != 0;
  change.helper = (flags & kHelper) != 0;
  change.columns_known = (flags & kColumnsKnown) != 0;
  change.rows_changed = (flags & kRowsChanged) != 0;
  change.filled = (flags & kFilled) != 0;
  for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    TableName name;
    name.schema = read_sized(in);
    name.table = read_sized(in);
    change.tables.push_back(std::move(name));
  }
  change.statement = read_sized(in);
  for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    change.columns.push_back(read_column_change(in));
  }
  const std::uint64_t schema = in.varint();
  if (schema > schemas.size()) in.fail();
  if (schema > 0 && in.ok()) change.after = schemas[schema - 1];
  return change;
}

Message read_message(ByteReader& in) {
  Message message;
  message.transactional = (in.u8() & kTransactional) != 0;
  message.prefix = read_sized(in);
  message.content = read_sized(in);
  return message;
}

Change read_change(std::uint8_t type, ByteReader& in, const std::vector<SchemaPtr>& schemas) {
  Change change;
  change.kind = static_cast<ChangeKind>(type - kInsert + 1);
  const std::uint64_t index = in.varint();
  if (index < schemas.size()) {
    change.schema = schemas[index];
  } else {
    in.fail();
  }
  change.before = RowImage(in.bytes(in.u32_le()));
  change.after = RowImage(in.bytes(in.u32_le()));
  return change;
}

bool images_fit(const Change& change, std::vector<Value>& scratch) {
  scratch.resize(change.schema->columns.size());
  return (change.before.empty() || change.before.split(scratch)) &&
         (change.after.empty() || change.after.split(scratch));
}

// One record after its header; fails the reader when it is not well formed.
std::optional<Record> read_record(std::uint8_t type, ByteReader& in,
                                  const std::vector<SchemaPtr>& schemas) {
  switch (type) {
    case kBegin:
      return read_begin(in);
    case kInsert:
    case kUpdate:
    case kRemove:
      return read_change(type, in, schemas);
    case kSchemaChange:
      return read_schema_change(in, schemas);
    case kMessage:
      return read_message(in);
    case kCommit:
      return read_commit(in);
    case kAbort:
      return TransactionAbort{};
    case kProgress:
      return read_progress(in);
    default:
      in.fail();
      return std::nullopt;
  }
}

SchemaPtr intern(TableSchema schema, std::span<const SchemaPtr> known) {
  const auto same = std::find_if(known.begin(), known.end(),
                                 [&](const SchemaPtr& candidate) { return *candidate == schema; });
  return same != known.end() ? *same : std::make_shared<const TableSchema>(std::move(schema));
}

// Walks all records of a payload that comes from outside, and collects its schemas.
Result<std::vector<SchemaPtr>> check_payload(Bytes payload, std::span<const SchemaPtr> known) {
  std::vector<SchemaPtr> schemas;
  std::vector<Value> scratch;
  ByteReader in(payload);
  while (!in.at_end()) {
    const std::size_t at = in.offset();
    const std::uint8_t type = in.u8();
    ByteReader body(in.bytes(in.u32_le()));
    if (!in.ok()) return corrupt("record cut off at byte " + std::to_string(at));
    if (type == kSchema) {
      auto schema = decode_table_schema(body.rest());
      if (!schema) return corrupt("bad table schema at byte " + std::to_string(at));
      schemas.push_back(intern(*std::move(schema), known));
      continue;
    }
    const auto record = read_record(type, body, schemas);
    const auto* change = record ? std::get_if<Change>(&*record) : nullptr;
    if (!body.expect_end() || (change != nullptr && !images_fit(*change, scratch))) {
      return corrupt("bad record of type " + std::to_string(type) + " at byte " +
                     std::to_string(at));
    }
  }
  return schemas;
}

}  // namespace

std::vector<std::byte> Block::header() const {
  ByteWriter out(kHeaderBytes);
  out.u32_le(kMagic);
  out.u32_le(kVersion);
  out.u64_le(sequence_);
  out.u32_le(static_cast<std::uint32_t>(payload_.size()));
  out.u32_le(0);
  out.u32_le(crc32(payload_.view()));
  out.u32_le(crc32(out.view()));
  const Bytes bytes = out.view();
  return {bytes.begin(), bytes.end()};
}

Result<std::size_t> Block::payload_size(Bytes header) {
  if (header.size() != kHeaderBytes) return corrupt("header cut off");
  ByteReader in(header);
  const std::uint32_t magic = in.u32_le();
  const std::uint32_t version = in.u32_le();
  in.skip(8);
  const std::uint32_t payload_bytes = in.u32_le();
  in.skip(8);
  if (magic != kMagic) return corrupt("no block starts here");
  if (in.u32_le() != crc32(header.first(kHeaderBytes - 4)))
    return corrupt("header checksum differs");
  if (version != kVersion) {
    return Error(ErrorKind::unsupported_protocol,
                 "block format version " + std::to_string(version) + " is not known")
        .hint("it was written by another version of tailrace");
  }
  return std::size_t{payload_bytes};
}

Result<BlockPtr> Block::decode(Bytes header, ByteWriter payload, std::span<const SchemaPtr> known) {
  const auto size = payload_size(header);
  if (!size) return size.error();
  if (*size != payload.size()) return corrupt("payload cut off");
  ByteReader in(header);
  in.skip(8);
  const std::uint64_t sequence = in.u64_le();
  in.skip(8);
  if (in.u32_le() != crc32(payload.view())) return corrupt("payload checksum differs");
  auto schemas = check_payload(payload.view(), known);
  if (!schemas) return std::move(schemas).error().with("block " + std::to_string(sequence));
  return std::make_shared<const Block>(sequence, std::move(payload), *std::move(schemas));
}

std::optional<Record> BlockCursor::next() {
  while (!in_.at_end()) {
    const std::uint8_t type = in_.u8();
    ByteReader body(in_.bytes(in_.u32_le()));
    if (type == kSchema) continue;
    auto record = read_record(type, body, block_->schemas());
    // The builder wrote it, or Block::decode has checked it.
    TR_ASSERT(record && body.ok());
    return record;
  }
  return std::nullopt;
}

void BlockCursor::seek(std::size_t offset) {
  in_ = ByteReader(block_->payload());
  in_.skip(offset);
}

}  // namespace tailrace
