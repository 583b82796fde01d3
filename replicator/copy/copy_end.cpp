#include "replicator/copy/copy_end.h"

#include <algorithm>

#include "replicator/copy/inquiry.h"
#include "replicator/retry_policy.h"

namespace tailrace {

Result<Position> position_behind_now(Source& source, std::chrono::milliseconds counted_late,
                                     const std::shared_ptr<spdlog::logger>& log,
                                     const std::stop_token& stop) {
  wait_for(stop, counted_late);
  Inquiry<Checkpoint> asked("the end of its log", log);
  asked.ask([&](const std::stop_token& ended) { return source.current(ended); }, stop);
  auto end = asked.wait(stop);
  if (!end) return std::move(end).error();
  return std::move(end->position);
}

bool needs_end(const TableCopy& table) {
  return table.chunks.empty() ||
         std::any_of(table.chunks.begin(), table.chunks.end(),
                     [](const CopyChunk& chunk) { return !chunk.read.exact; });
}

Status conclude_table(const Source& source, TableCopy& table, const Position& end) {
  Position from;
  Position until = needs_end(table) ? end : Position();
  for (const CopyChunk& chunk : table.chunks) {
    const Position& read = chunk.read.position;
    if (from.empty()) {
      from = read;
    } else {
      auto earlier = source.earlier(from, read);
      if (!earlier) return std::move(earlier).error();
      from = *std::move(earlier);
    }
    if (needs_end(table)) continue;
    if (until.empty()) until = read;
    const auto order = source.compare(until, read);
    if (!order) return order.error();
    if (*order == std::partial_ordering::less) until = read;
  }
  // Over rows that were there before, everything is applied: a row that the source removed
  // meanwhile must not stay for want of its removal.
  table.from = table.upsert ? Position() : std::move(from);
  table.until = std::move(until);
  table.state = TableCopy::State::converging;
  table.chunks.clear();
  return {};
}

}  // namespace tailrace
