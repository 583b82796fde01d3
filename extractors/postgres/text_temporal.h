#pragma once

// Text forms of temporal types with datestyle=ISO, intervalstyle=iso_8601 and timezone=UTC
// (src/backend/utils/adt/datetime.c: EncodeDateOnly, EncodeTimeOnly, EncodeDateTime,
// EncodeInterval). Each function appends the canonical text, and answers false for text that these
// cannot have written. digits: fraction digits of the column, 0 to 6.

#include <string_view>

#include "core/byte_writer.h"

namespace tailrace::postgres {

bool append_date_text(std::string_view wire, ByteWriter& out);
bool append_time_text(std::string_view wire, int digits, ByteWriter& out);
bool append_timetz_text(std::string_view wire, int digits, ByteWriter& out);
bool append_timestamp_text(std::string_view wire, int digits, ByteWriter& out);
bool append_timestamptz_text(std::string_view wire, int digits, ByteWriter& out);
// Months, days and seconds are kept apart, as the server keeps them.
bool append_interval_text(std::string_view wire, ByteWriter& out);

}  // namespace tailrace::postgres
