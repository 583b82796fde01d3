#pragma once

// Binary forms of temporal types, as their send functions write them (src/backend/utils/adt/date.c,
// timestamp.c). Big endian; days and microseconds count from 2000-01-01, the largest and smallest
// ones are the infinities. digits: fraction digits of the column, 0 to 6.

#include <string_view>

#include "core/byte_writer.h"

namespace tailrace::postgres {

bool append_date_binary(std::string_view wire, ByteWriter& out);                     // i32 days
bool append_time_binary(std::string_view wire, int digits, ByteWriter& out);         // i64
bool append_timestamp_binary(std::string_view wire, int digits, ByteWriter& out);    // i64
bool append_timestamptz_binary(std::string_view wire, int digits, ByteWriter& out);  // i64, UTC
// i64 of the day, i32 seconds west of UTC
bool append_timetz_binary(std::string_view wire, int digits, ByteWriter& out);

}  // namespace tailrace::postgres
