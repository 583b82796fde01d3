#include <fmt/format.h>

#include "extractors/mysql/row_decoder.h"

namespace tailrace::mysql {

namespace {

constexpr std::uint64_t kMaxColumns = 4096;

bool is_version_2(EventType type) {
  return type >= EventType::write_rows && type <= EventType::delete_rows;
}

std::optional<ChangeKind> change_kind(EventType type) {
  switch (type) {
    case EventType::write_rows_v1:
    case EventType::write_rows:
      return ChangeKind::insert;
    case EventType::update_rows_v1:
    case EventType::update_rows:
      return ChangeKind::update;
    case EventType::delete_rows_v1:
    case EventType::delete_rows:
      return ChangeKind::remove;
    default:
      return std::nullopt;
  }
}

// u16 length, itself included, then parts that only NDB and partitioned tables have.
void skip_extra(ByteReader& in) {
  const std::size_t length = in.u16_le();
  if (length < 2) in.fail();
  in.skip(length - 2);
}

}  // namespace

Result<RowsEvent> decode_rows_event(const EventView& event) {
  const auto kind = change_kind(event.header.type);
  if (!kind) return unsupported_event(event, "rows of this kind are not supported");
  ByteReader in(event.body);
  RowsEvent rows;
  rows.kind = *kind;
  rows.table_id = in.u48_le();
  rows.flags = in.u16_le();
  if (is_version_2(event.header.type)) skip_extra(in);
  rows.column_count = read_lenenc(in);
  if (rows.column_count > kMaxColumns) in.fail();
  const std::size_t bitmap_bytes = (rows.column_count + 7) / 8;
  rows.used = in.bytes(bitmap_bytes);
  if (*kind == ChangeKind::update) rows.used_after = in.bytes(bitmap_bytes);
  if (!in.ok()) return malformed_event(event, "event cut off", in.offset());
  rows.rows = in.rest();
  return rows;
}

}  // namespace tailrace::mysql
