#pragma once

// Temporal types (mysql-server mysys/my_time.cc; MariaDB sql-common/my_time.c, sql/compat56.cc).
// The forms with a 2 (from MySQL 5.6.4) are big endian, offset so that they sort as bytes, and
// carry a fraction of (digits + 1) / 2 bytes. Zero and partial dates come out as they are. Each
// function appends the canonical text (core/logical_type.h), and answers false for fields that no
// clock or calendar of the server has.

#include <cstdint>

#include "core/byte_writer.h"

namespace tailrace::mysql {

constexpr std::size_t fraction_bytes(unsigned digits) {
  return (digits + 1) / 2;
}

bool append_date(std::uint32_t stored, ByteWriter& out);            // DATE: 3 bytes
bool append_old_time(std::uint32_t stored, ByteWriter& out);        // TIME: 3 bytes, signed HHMMSS
bool append_old_datetime(std::uint64_t stored, ByteWriter& out);    // DATETIME: YYYYMMDDHHMMSS
bool append_old_timestamp(std::uint32_t seconds, ByteWriter& out);  // TIMESTAMP: since 1970 UTC

bool append_time2(ByteReader& in, unsigned digits, ByteWriter& out);
bool append_datetime2(ByteReader& in, unsigned digits, ByteWriter& out);
bool append_timestamp2(ByteReader& in, unsigned digits, ByteWriter& out);

// As binary JSON holds them: (fields << 24 | microseconds), always six fraction digits.
bool append_packed_date(std::int64_t packed, ByteWriter& out);
bool append_packed_time(std::int64_t packed, ByteWriter& out);
bool append_packed_datetime(std::int64_t packed, ByteWriter& out);

}  // namespace tailrace::mysql
