#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/byte_reader.h"
#include "core/position.h"
#include "core/table_schema.h"

namespace tailrace {

// One column of a row image: a slice of the block it was decoded into, never a copy. Valid as long
// as the block lives.
class Value {
 public:
  enum class State : std::uint8_t {
    null,
    unchanged,  // not sent by the source: unsent TOAST, column left out of a partial row image
    present,
  };

  constexpr Value() = default;
  static constexpr Value null() { return Value(State::null, {}); }
  static constexpr Value unchanged() { return Value(State::unchanged, {}); }
  static constexpr Value present(std::string_view canonical) {
    return Value(State::present, canonical);
  }

  constexpr State state() const { return state_; }
  constexpr bool is_null() const { return state_ == State::null; }
  constexpr bool is_unchanged() const { return state_ == State::unchanged; }
  constexpr bool is_present() const { return state_ == State::present; }
  // Canonical bytes (core/logical_type.h); empty unless present.
  constexpr std::string_view text() const { return canonical_; }
  friend constexpr bool operator==(const Value&, const Value&) = default;

 private:
  constexpr Value(State state, std::string_view canonical) : canonical_(canonical), state_(state) {}
  std::string_view canonical_;
  State state_ = State::unchanged;
};

// One row image as a block carries it: per column a u32 little endian length and that many bytes;
// the two highest lengths stand for NULL and for unchanged. Split it with RowImage::split.
class RowImage {
 public:
  static constexpr std::uint32_t kNullLength = 0xFFFFFFFF;
  static constexpr std::uint32_t kUnchangedLength = 0xFFFFFFFE;

  RowImage() = default;
  explicit RowImage(Bytes bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }  // the source did not send this image
  Bytes bytes() const { return bytes_; }

  // Fills values with one entry per column. False when the image does not hold exactly that many
  // columns, which only corruption can cause (BlockCursor has checked it once already).
  bool split(std::span<Value> values) const;

 private:
  Bytes bytes_;
};

enum class ChangeKind : std::uint8_t { insert = 1, update = 2, remove = 3 };
std::string_view to_string(ChangeKind kind);

// One row inserted, updated or deleted, as views into a block.
struct Change {
  ChangeKind kind = ChangeKind::insert;
  SchemaPtr schema;
  RowImage before;  // update, remove; empty when the source did not send it
  RowImage after;   // insert, update
};

// A statement that changed a table's definition or contents as a whole.
enum class SchemaChangeKind : std::uint8_t {
  truncate = 1,  // all rows gone
  drop_table = 2,
  drop_schema = 3,  // table is empty
  other = 4,        // known by its text only
  create_table = 5,
  alter_table = 6,
  rename_table = 7,  // tables: old, new, old, new, ..., done in that order
  // tables: T, H. T was put away and H took its name (gh-ost, pt-online-schema-change): T keeps its
  // rows, and has the definition of H.
  swap_table = 8,
};
std::string_view to_string(SchemaChangeKind kind);

// One thing that was done to a column, in the order in which it happened.
struct ColumnChange {
  enum class Kind : std::uint8_t { add = 1, drop = 2, rename = 3, modify = 4 };
  Kind kind = Kind::modify;
  std::string name = {};
  std::string new_name = {};  // rename
  ColumnFill fill = {};       // add
  friend bool operator==(const ColumnChange&, const ColumnChange&) = default;
};

struct SchemaChange {
  SchemaChangeKind kind = SchemaChangeKind::other;
  std::vector<TableName> tables;
  std::string_view statement;     // as logged, UTF-8; may be empty
  bool cascade = false;           // truncate: also of tables that refer to these
  bool restart_identity = false;  // truncate: sequences of identity columns start anew
  // create, alter: of a table whose rows are not sent, because it will be swapped for another one.
  bool helper = false;
  // alter: of a helper that holds all rows of its table from now on, as the tool that made it says.
  bool filled = false;
  // alter: `columns` is all that happened to columns.
  bool columns_known = false;
  // alter: rows may hold other values than before, or there are others, and the log has none of it.
  bool rows_changed = false;
  std::vector<ColumnChange> columns = {};
  // create, alter: the table as the catalogue had it when the change was read. Of that moment, so
  // later changes may be in it already; rows that follow know better.
  SchemaPtr after = nullptr;
};

// An application's own record in the log (PostgreSQL: pg_logical_emit_message). Touches no table.
struct Message {
  std::string_view prefix;
  std::string_view content;   // octets, as the application wrote them
  bool transactional = true;  // false: it counts even if the transaction around it rolled back
};

struct TransactionBegin {
  std::string_view id = {};         // GTID or xid, as the source prints it; may be empty
  std::int64_t commit_time_us = 0;  // source clock, microseconds since 1970 UTC; 0: unknown
  std::string_view origin =
      {};  // where it was first committed (server id, origin name); may be empty
};

struct TransactionCommit {
  std::string_view position = {};  // resuming here yields the next transaction
  std::int64_t commit_time_us = 0;
  std::int64_t received_time_us = 0;  // our clock
};

// Nothing to apply up to here: an idle source, or transactions that the filters took out.
struct Progress {
  std::string_view position = {};
  std::int64_t source_time_us = 0;  // up to when the source is known to have nothing; 0: unknown
  // The source waits until this is confirmed (it is shutting down): store it without delay.
  bool wanted = false;
};

}  // namespace tailrace
