#pragma once

#include <string_view>

#include "config/capture_filter.h"
#include "core/byte_writer.h"
#include "core/result.h"
#include "extractors/mysql/charset.h"
#include "extractors/mysql/event.h"
#include "extractors/mysql/statement.h"

namespace tailrace::mysql {

// Makes UTF-8 of the texts of QUERY events, which are in their clients' character sets.
class StatementText {
 public:
  // Lives until the next one. unsupported_protocol: it cannot be read.
  Result<std::string_view> read(const EventView& event, const Query& query,
                                const CharsetTable& charsets);

 private:
  TextConverter converter_;
  ByteWriter text_;
};

// Whether a statement that changes rows may concern us: by its tables, by its default schema, or
// because something in its text looks like the name of a captured schema before a dot.
bool may_touch_captured(const Statement& statement, std::string_view default_schema,
                        std::string_view sql, const CaptureFilter& filter);

}  // namespace tailrace::mysql
