#pragma once

// Rows of COPY TO STDOUT in binary form (manual: COPY, "Binary Format"). The server sends each row
// in a message of its own; the header comes with the first one. All integers are big endian.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/byte_reader.h"
#include "core/result.h"

namespace tailrace::postgres {

// u16 count of columns, then for each an i32 length (-1: NULL) and that many bytes.
class CopiedRow {
 public:
  struct Field {
    bool null = false;
    std::string_view bytes;
  };
  explicit CopiedRow(Bytes row) : in_(row), column_count_(in_.u16_be()) {}

  std::size_t column_count() const { return column_count_; }
  // Empty behind the end.
  Field next();
  // All of it was read, and nothing was missing.
  bool at_end() const { return in_.expect_end(); }

 private:
  ByteReader in_;
  std::size_t column_count_;
};

// Splits the messages of one COPY into rows.
class CopyRows {
 public:
  // The row in this message; nothing when it holds the trailer, or the header alone. stream_corrupt
  // for anything else.
  Result<std::optional<CopiedRow>> take(Bytes message);
  // The trailer has come: there are no more rows.
  bool ended() const { return ended_; }

 private:
  Result<std::size_t> header_bytes(Bytes message) const;

  bool begun_ = false;
  bool ended_ = false;
};

}  // namespace tailrace::postgres
