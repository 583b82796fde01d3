#include "core/change.h"

#include <cstring>

namespace tailrace {

bool RowImage::split(std::span<Value> values) const {
  const char* at = reinterpret_cast<const char*>(bytes_.data());
  const char* const end = at + bytes_.size();
  for (Value& value : values) {
    std::uint32_t length = 0;
    if (end - at < 4) return false;
    std::memcpy(&length, at, 4);
    at += 4;
    if (length == kNullLength) {
      value = Value::null();
    } else if (length == kUnchangedLength) {
      value = Value::unchanged();
    } else {
      if (static_cast<std::size_t>(end - at) < length) return false;
      value = Value::present({at, length});
      at += length;
    }
  }
  return at == end;
}

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::insert:
      return "insert";
    case ChangeKind::update:
      return "update";
    case ChangeKind::remove:
      return "delete";
  }
  return "change";
}

std::string_view to_string(SchemaChangeKind kind) {
  switch (kind) {
    case SchemaChangeKind::truncate:
      return "truncate";
    case SchemaChangeKind::drop_table:
      return "drop table";
    case SchemaChangeKind::drop_schema:
      return "drop schema";
    case SchemaChangeKind::other:
      return "other";
    case SchemaChangeKind::create_table:
      return "create table";
    case SchemaChangeKind::alter_table:
      return "alter table";
    case SchemaChangeKind::rename_table:
      return "rename table";
    case SchemaChangeKind::swap_table:
      return "swap table";
  }
  return "other";
}

}  // namespace tailrace
