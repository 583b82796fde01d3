#include "extractors/postgres/pgoutput.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace tailrace::postgres {
namespace {

// From 1970-01-01 to 2000-01-01, where the server's clock begins.
constexpr std::uint64_t kEpochUs = 946'684'800'000'000;
// So few that no value of a row is among them: they may be logged.
constexpr std::size_t kShownBytes = 12;

constexpr std::uint8_t kCascade = 1;
constexpr std::uint8_t kRestartIdentity = 2;
constexpr std::uint8_t kTransactional = 1;
constexpr std::uint8_t kKeyColumn = 1;

// The length of the smallest column of a Relation message: bounds what its count may claim.
constexpr std::size_t kMinColumnBytes = 10;

std::string hexadecimal(Bytes bytes) {
  std::string text;
  for (const std::byte byte : bytes.first(std::min(bytes.size(), kShownBytes))) {
    fmt::format_to(std::back_inserter(text), "{:02x}", std::to_integer<unsigned>(byte));
  }
  return text + (bytes.size() > kShownBytes ? "..." : "");
}

// Reads one message: ByteReader with the types of this protocol. What is wrong with the contents,
// beyond their length, is remembered by complain(); the first complaint counts.
class MessageReader {
 public:
  MessageReader(Bytes message, const PgoutputContext& context)
      : message_(message), in_(message), context_(context) {
    in_.skip(1);  // the type
  }

  std::uint8_t u8() { return in_.u8(); }
  std::uint16_t u16() { return in_.u16_be(); }
  std::uint32_t u32() { return in_.u32_be(); }
  std::int32_t i32() { return static_cast<std::int32_t>(in_.u32_be()); }
  Lsn lsn() { return Lsn{in_.u64_be()}; }
  std::int64_t time_us() { return static_cast<std::int64_t>(in_.u64_be() + kEpochUs); }
  // Only between Stream Start and Stream Stop.
  std::uint32_t xid_in_stream() { return context_.in_stream ? u32() : 0; }
  bool parallel_abort() const { return context_.parallel_abort; }

  std::string_view string() {
    ByteReader ahead = in_;
    const Bytes rest = ahead.rest();
    const void* end = rest.empty() ? nullptr : std::memchr(rest.data(), 0, rest.size());
    if (end == nullptr) {
      in_.fail();
      return {};
    }
    const std::string_view text =
        in_.text(static_cast<std::size_t>(static_cast<const std::byte*>(end) - rest.data()));
    in_.skip(1);
    return text;
  }
  std::string_view sized() {
    const std::uint32_t size = u32();
    return in_.text(size);  // a negative length is more than there is
  }
  // Bits that are set beyond the known ones mean something that must not be passed over.
  std::uint8_t flags(std::uint8_t known) {
    const std::uint8_t value = u8();
    if ((value & ~known) != 0) complain("has unknown flags");
    return value;
  }
  TupleView tuple();
  bool can_hold(std::uint64_t count, std::size_t min_bytes) {
    if (count <= in_.remaining() / min_bytes) return true;
    in_.fail();
    return false;
  }

  void complain(const char* what) {
    if (complaint_ != nullptr || !in_.ok()) return;
    complaint_ = what;
    complaint_offset_ = in_.offset() - 1;
  }

  bool good() const { return complaint_ == nullptr && in_.expect_end(); }
  Error error(std::string_view name) const;

 private:
  bool skip_field();

  Bytes message_;
  ByteReader in_;
  const PgoutputContext& context_;
  const char* complaint_ = nullptr;
  std::size_t complaint_offset_ = 0;
};

TupleView MessageReader::tuple() {
  const std::uint16_t count = u16();
  const std::size_t start = in_.offset();
  for (std::uint16_t i = 0; i < count; ++i) {
    if (!skip_field()) return {};
  }
  return {count, message_.subspan(start, in_.offset() - start)};
}

bool MessageReader::skip_field() {
  switch (static_cast<char>(u8())) {
    case 'n':
    case 'u':
      return in_.ok();
    case 't':
    case 'b':
      in_.skip(u32());
      return in_.ok();
    default:
      complain("has a column of unknown form");
      in_.fail();
      return false;
  }
}

Error MessageReader::error(std::string_view name) const {
  const std::string frame = "pgoutput message " + hexadecimal(message_);
  if (complaint_ != nullptr) {
    return Error(ErrorKind::unsupported_protocol,
                 fmt::format("{} message {} at its byte {}", name, complaint_, complaint_offset_))
        .hint("a newer tailrace may know them")
        .with(frame);
  }
  if (!in_.ok()) {
    return Error(ErrorKind::stream_corrupt,
                 fmt::format("{} message is cut off at its byte {}", name, message_.size()))
        .with(frame);
  }
  return Error(ErrorKind::stream_corrupt,
               fmt::format("{} message has {} bytes left over behind its byte {}", name,
                           in_.remaining(), in_.offset()))
      .with(frame);
}

// One function per message. Members are read in the order in which braces initialise them.

BeginMessage read_begin(MessageReader& in) {
  return {in.lsn(), in.time_us(), in.u32()};
}

CommitMessage read_commit(MessageReader& in) {
  in.flags(0);
  return {in.lsn(), in.lsn(), in.time_us()};
}

OriginMessage read_origin(MessageReader& in) {
  return {in.lsn(), in.string()};
}

ReplicaIdentity read_identity(MessageReader& in) {
  const auto identity = static_cast<ReplicaIdentity>(in.u8());
  switch (identity) {
    case ReplicaIdentity::by_default:
    case ReplicaIdentity::nothing:
    case ReplicaIdentity::full:
    case ReplicaIdentity::index:
      return identity;
  }
  in.complain("has an unknown replica identity");
  return ReplicaIdentity::by_default;
}

RelationMessage read_relation(MessageReader& in) {
  RelationMessage relation;
  relation.xid = in.xid_in_stream();
  relation.oid = in.u32();
  relation.schema = in.string();
  if (relation.schema.empty()) relation.schema = "pg_catalog";
  relation.name = in.string();
  relation.identity = read_identity(in);
  const std::uint16_t count = in.u16();
  if (!in.can_hold(count, kMinColumnBytes)) return relation;
  relation.columns.reserve(count);
  for (std::uint16_t i = 0; i < count; ++i) {
    const bool key = (in.flags(kKeyColumn) & kKeyColumn) != 0;
    relation.columns.push_back({key, in.string(), in.u32(), in.i32()});
  }
  return relation;
}

TypeMessage read_type(MessageReader& in) {
  TypeMessage type{in.xid_in_stream(), in.u32(), in.string(), in.string()};
  if (type.schema.empty()) type.schema = "pg_catalog";
  return type;
}

InsertMessage read_insert(MessageReader& in) {
  InsertMessage insert{in.xid_in_stream(), in.u32(), {}};
  if (in.u8() != 'N') in.complain("has a row of unknown kind");
  insert.row = in.tuple();
  return insert;
}

UpdateMessage read_update(MessageReader& in) {
  UpdateMessage update{in.xid_in_stream(), in.u32(), {}, {}, {}};
  std::uint8_t kind = in.u8();
  if (kind == 'K' || kind == 'O') {
    (kind == 'K' ? update.old_key : update.old_row) = in.tuple();
    kind = in.u8();
  }
  if (kind != 'N') in.complain("has a row of unknown kind");
  update.row = in.tuple();
  return update;
}

DeleteMessage read_delete(MessageReader& in) {
  DeleteMessage remove{in.xid_in_stream(), in.u32(), {}, {}};
  const std::uint8_t kind = in.u8();
  if (kind != 'K' && kind != 'O') in.complain("has a row of unknown kind");
  (kind == 'K' ? remove.old_key : remove.old_row) = in.tuple();
  return remove;
}

TruncateMessage read_truncate(MessageReader& in) {
  TruncateMessage truncate;
  truncate.xid = in.xid_in_stream();
  const std::uint32_t count = in.u32();
  const std::uint8_t flags = in.flags(kCascade | kRestartIdentity);
  truncate.cascade = (flags & kCascade) != 0;
  truncate.restart_identity = (flags & kRestartIdentity) != 0;
  if (!in.can_hold(count, sizeof(std::uint32_t))) return truncate;
  truncate.relations.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) truncate.relations.push_back(in.u32());
  return truncate;
}

LogicalMessage read_logical_message(MessageReader& in) {
  LogicalMessage message;
  message.xid = in.xid_in_stream();
  message.transactional = (in.flags(kTransactional) & kTransactional) != 0;
  message.lsn = in.lsn();
  message.prefix = in.string();
  message.content = in.sized();
  return message;
}

StreamStartMessage read_stream_start(MessageReader& in) {
  return {in.u32(), in.flags(1) != 0};
}

StreamStopMessage read_stream_stop(MessageReader&) {
  return {};
}

StreamCommitMessage read_stream_commit(MessageReader& in) {
  const std::uint32_t xid = in.u32();
  in.flags(0);
  return {xid, in.lsn(), in.lsn(), in.time_us()};
}

StreamAbortMessage read_stream_abort(MessageReader& in) {
  StreamAbortMessage abort{in.u32(), in.u32(), {}, 0};
  if (in.parallel_abort()) {
    abort.abort_lsn = in.lsn();
    abort.abort_time_us = in.time_us();
  }
  return abort;
}

BeginPrepareMessage read_begin_prepare(MessageReader& in) {
  return {in.lsn(), in.lsn(), in.time_us(), in.u32(), in.string()};
}

PrepareMessage read_prepare(MessageReader& in) {
  in.flags(0);
  return {false, in.lsn(), in.lsn(), in.time_us(), in.u32(), in.string()};
}

PrepareMessage read_stream_prepare(MessageReader& in) {
  PrepareMessage prepare = read_prepare(in);
  prepare.streamed = true;
  return prepare;
}

CommitPreparedMessage read_commit_prepared(MessageReader& in) {
  in.flags(0);
  return {in.lsn(), in.lsn(), in.time_us(), in.u32(), in.string()};
}

RollbackPreparedMessage read_rollback_prepared(MessageReader& in) {
  in.flags(0);
  return {in.lsn(), in.lsn(), in.time_us(), in.time_us(), in.u32(), in.string()};
}

template <typename Message>
Result<PgoutputMessage> decode_as(const char* name, MessageReader& in,
                                  Message (*read)(MessageReader&)) {
  Message message = read(in);
  if (!in.good()) return in.error(name);
  return PgoutputMessage(std::move(message));
}

Error unknown_message(Bytes message) {
  const auto type = std::to_integer<unsigned>(message.front());
  return Error(ErrorKind::unsupported_protocol,
               fmt::format("unknown pgoutput message type {:#04x}", type))
      .hint("a newer tailrace may know it")
      .with("pgoutput message " + hexadecimal(message));
}

}  // namespace

TupleView::Field TupleView::Reader::next() {
  switch (static_cast<char>(in_.u8())) {
    case 'u':
      return {Form::unchanged, {}};
    case 't':
      return {Form::text, in_.text(in_.u32_be())};
    case 'b':
      return {Form::binary, in_.text(in_.u32_be())};
    default:
      return {Form::null, {}};
  }
}

Result<PgoutputMessage> decode_message(Bytes message, const PgoutputContext& context) {
  if (message.empty()) return Error(ErrorKind::stream_corrupt, "pgoutput message without bytes");
  MessageReader in(message, context);
  switch (static_cast<char>(message.front())) {
    case 'I':
      return decode_as("Insert", in, read_insert);
    case 'U':
      return decode_as("Update", in, read_update);
    case 'D':
      return decode_as("Delete", in, read_delete);
    case 'B':
      return decode_as("Begin", in, read_begin);
    case 'C':
      return decode_as("Commit", in, read_commit);
    case 'R':
      return decode_as("Relation", in, read_relation);
    case 'Y':
      return decode_as("Type", in, read_type);
    case 'T':
      return decode_as("Truncate", in, read_truncate);
    case 'M':
      return decode_as("Logical Decoding", in, read_logical_message);
    case 'O':
      return decode_as("Origin", in, read_origin);
    case 'S':
      return decode_as("Stream Start", in, read_stream_start);
    case 'E':
      return decode_as("Stream Stop", in, read_stream_stop);
    case 'c':
      return decode_as("Stream Commit", in, read_stream_commit);
    case 'A':
      return decode_as("Stream Abort", in, read_stream_abort);
    case 'b':
      return decode_as("Begin Prepare", in, read_begin_prepare);
    case 'P':
      return decode_as("Prepare", in, read_prepare);
    case 'p':
      return decode_as("Stream Prepare", in, read_stream_prepare);
    case 'K':
      return decode_as("Commit Prepared", in, read_commit_prepared);
    case 'r':
      return decode_as("Rollback Prepared", in, read_rollback_prepared);
    default:
      return unknown_message(message);
  }
}

}  // namespace tailrace::postgres
