#pragma once

// MySQL's binary JSON (mysql-server sql-common/json_binary.h), and the text that MySQL prints for
// it (sql-common/json_dom.cc, Json_wrapper::to_string): `{"a": 1, "b": [1.0, null]}`.
//
//   u8 type | value
//   object, array: count | bytes | objects: count x (key offset, u16 key length) |
//     count x (u8 type, value or offset) | keys | values
// count, bytes and offsets have two bytes in small containers and four in large ones; offsets count
// from the container's count.

#include <string_view>

#include "core/byte_writer.h"

namespace tailrace::mysql {

// Appends the text of a document; no bytes at all stand for null. Answers nothing when all was
// well, else what is wrong with the document (out may then hold a part).
std::string_view append_json(Bytes document, ByteWriter& out);

}  // namespace tailrace::mysql
