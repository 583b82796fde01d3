#pragma once

#include <chrono>
#include <memory>
#include <stop_token>

#include <spdlog/fwd.h>

#include "extractors/extractor.h"
#include "replicator/copy/copy_ledger.h"

namespace tailrace {

// The position that contains everything that was visible when this was called, however long the
// source takes to say it; counted_late: see CopyTimes.
Result<Position> position_behind_now(Source& source, std::chrono::milliseconds counted_late,
                                     const std::shared_ptr<spdlog::logger>& log,
                                     const std::stop_token& stop);

// Between which positions the rows of a table lie whose chunks have all been read: fills `from` and
// `until`, and moves it on to `converging`. end: such a position, asked for after the last chunk
// was read; looked at for tables whose chunks are not all exact.
Status conclude_table(const Source& source, TableCopy& table, const Position& end);
// Whether conclude_table() needs it.
bool needs_end(const TableCopy& table);

}  // namespace tailrace
