#pragma once

// Messages of the logical decoding plugin pgoutput, protocol versions 1 to 4. Follows the manual's
// "Logical Replication Message Formats" and src/backend/replication/logical/proto.c. All integers
// are big endian, strings end with a zero byte, times are microseconds since 2000-01-01 UTC on the
// wire and microseconds since 1970 UTC here. Pure: no socket, no clock, no state.

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "core/byte_reader.h"
#include "core/result.h"
#include "extractors/postgres/lsn.h"

namespace tailrace::postgres {

// The columns of one row, still encoded: u16 count, then per column 'n' (NULL), 'u' (unchanged
// TOAST), or 't'/'b' and an i32 length with that many bytes (text or binary form). Checked whole
// when the message was decoded; a view into its bytes.
class TupleView {
 public:
  enum class Form : std::uint8_t { null, unchanged, text, binary };
  struct Field {
    Form form = Form::null;
    std::string_view bytes;
  };

  TupleView() = default;
  TupleView(std::uint16_t column_count, Bytes fields)
      : fields_(fields), column_count_(column_count), present_(true) {}

  bool present() const { return present_; }  // the message carries this tuple
  std::uint16_t column_count() const { return column_count_; }

  // Walks through the fields in column order.
  class Reader {
   public:
    explicit Reader(const TupleView& tuple) : in_(tuple.fields_) {}
    Field next();

   private:
    ByteReader in_;
  };

 private:
  Bytes fields_;
  std::uint16_t column_count_ = 0;
  bool present_ = false;
};

struct BeginMessage {  // B
  Lsn final_lsn;       // where the commit record starts
  std::int64_t commit_time_us = 0;
  std::uint32_t xid = 0;
};
struct CommitMessage {  // C
  Lsn commit_lsn;
  Lsn end_lsn;
  std::int64_t commit_time_us = 0;
};
struct OriginMessage {  // O: right behind Begin or Stream Start
  Lsn origin_lsn;
  std::string_view name;
};
enum class ReplicaIdentity : std::uint8_t {
  by_default = 'd',
  nothing = 'n',
  full = 'f',
  index = 'i'
};
struct RelationColumn {
  bool key = false;  // a hint only: seen unset for a primary key right after slot creation
  std::string_view name;
  std::uint32_t type_oid = 0;
  std::int32_t type_modifier = -1;
};
struct RelationMessage {  // R
  std::uint32_t xid = 0;  // of the (sub)transaction, inside a stream; else 0. Likewise below.
  std::uint32_t oid = 0;
  std::string_view schema;  // "pg_catalog" is sent as an empty string, and filled in here
  std::string_view name;
  ReplicaIdentity identity = ReplicaIdentity::by_default;
  std::vector<RelationColumn> columns;
};
struct TypeMessage {  // Y
  std::uint32_t xid = 0;
  std::uint32_t oid = 0;
  std::string_view schema;
  std::string_view name;
};
struct InsertMessage {  // I
  std::uint32_t xid = 0;
  std::uint32_t relation = 0;
  TupleView row;
};
struct UpdateMessage {  // U
  std::uint32_t xid = 0;
  std::uint32_t relation = 0;
  TupleView old_key;  // K: only key columns are filled, the others are 'n' and mean nothing
  TupleView old_row;  // O: replica identity full
  TupleView row;
};
struct DeleteMessage {  // D
  std::uint32_t xid = 0;
  std::uint32_t relation = 0;
  TupleView old_key;
  TupleView old_row;
};
struct TruncateMessage {  // T
  std::uint32_t xid = 0;
  bool cascade = false;
  bool restart_identity = false;
  std::vector<std::uint32_t> relations;
};
struct LogicalMessage {  // M
  std::uint32_t xid = 0;
  bool transactional = false;
  Lsn lsn;
  std::string_view prefix;
  std::string_view content;
};
struct StreamStartMessage {  // S
  std::uint32_t xid = 0;     // always of the top-level transaction
  bool first_segment = false;
};
struct StreamStopMessage {};  // E
struct StreamCommitMessage {  // c
  std::uint32_t xid = 0;
  Lsn commit_lsn;
  Lsn end_lsn;
  std::int64_t commit_time_us = 0;
};
struct StreamAbortMessage {  // A
  std::uint32_t xid = 0;
  std::uint32_t subxid = 0;  // equal to xid: all of it
  Lsn abort_lsn;             // with streaming 'parallel' only; else 0
  std::int64_t abort_time_us = 0;
};
struct BeginPrepareMessage {  // b
  Lsn prepare_lsn;
  Lsn end_lsn;
  std::int64_t prepare_time_us = 0;
  std::uint32_t xid = 0;
  std::string_view gid;
};
struct PrepareMessage {  // P, and p for a streamed transaction
  bool streamed = false;
  Lsn prepare_lsn;
  Lsn end_lsn;
  std::int64_t prepare_time_us = 0;
  std::uint32_t xid = 0;
  std::string_view gid;
};
struct CommitPreparedMessage {  // K
  Lsn commit_lsn;
  Lsn end_lsn;
  std::int64_t commit_time_us = 0;
  std::uint32_t xid = 0;
  std::string_view gid;
};
struct RollbackPreparedMessage {  // r
  Lsn prepare_end_lsn;
  Lsn rollback_end_lsn;
  std::int64_t prepare_time_us = 0;
  std::int64_t rollback_time_us = 0;
  std::uint32_t xid = 0;
  std::string_view gid;
};

using PgoutputMessage =
    std::variant<BeginMessage, CommitMessage, OriginMessage, RelationMessage, TypeMessage,
                 InsertMessage, UpdateMessage, DeleteMessage, TruncateMessage, LogicalMessage,
                 StreamStartMessage, StreamStopMessage, StreamCommitMessage, StreamAbortMessage,
                 BeginPrepareMessage, PrepareMessage, CommitPreparedMessage,
                 RollbackPreparedMessage>;

struct PgoutputContext {
  bool in_stream = false;       // between Stream Start and Stream Stop: messages carry an xid
  bool parallel_abort = false;  // the stream was started with streaming 'parallel'
};

// The message as views into its bytes. Anything that the formats do not know is
// unsupported_protocol (an unknown message type) or stream_corrupt, naming the message, the byte
// offset, and the first bytes in hexadecimal.
Result<PgoutputMessage> decode_message(Bytes message, const PgoutputContext& context);

}  // namespace tailrace::postgres
