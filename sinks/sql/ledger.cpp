#include "sinks/sql/ledger.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace tailrace::sql {
namespace {

std::string copy_anew(const Lease& lease, const TableName& source) {
  return fmt::format("tailrace snapshot {} --sink {} --table {}", lease.pipeline, lease.sink,
                     source.to_string());
}

}  // namespace

Result<LedgerChange> plan_ledger(std::span<const LedgerEntry> entries) {
  LedgerChange change;
  std::set<std::string_view> seen;
  for (std::size_t i = entries.size(); i > 0; --i) {
    const LedgerEntry& entry = entries[i - 1];
    if (entry.key.empty() || entry.key.size() > kMostEntryOctets) {
      return Error(ErrorKind::internal,
                   fmt::format("a ledger entry's key has {} octets, of 1 to {}", entry.key.size(),
                               kMostEntryOctets));
    }
    if (!seen.insert(entry.key).second) continue;
    (entry.text.empty() ? change.removes : change.puts).push_back(&entry);
  }
  std::reverse(change.puts.begin(), change.puts.end());
  std::reverse(change.removes.begin(), change.removes.end());
  return change;
}

Error missing_row(const Lease& lease, const TableName& source) {
  return Error(ErrorKind::row_rejected,
               "the target has no such row, and the source did not send all of it")
      .hint(fmt::format("let the source log whole rows, or copy the table anew: {}",
                        copy_anew(lease, source)));
}

Error lost_row(const Lease& lease, const TableName& source) {
  return Error(
             ErrorKind::row_rejected,
             "the row got another key while its table was copied, and the source did not send all "
             "of it")
      .hint(fmt::format("copy the table anew: {}", copy_anew(lease, source)));
}

}  // namespace tailrace::sql
