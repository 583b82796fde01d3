#include "replicator/copy/requested_copies.h"

#include <algorithm>
#include <utility>

namespace tailrace {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void begin_again(RequestedCopies& copies, const SnapshotTable& table) {
  TableCopy next;
  next.name = table.schema->name;
  next.mode = TableCopy::Mode::again;
  next.rows_expected = table.rows;
  TableCopy* known = copies.ledger.find(next.name);
  TableCopy& copy = known != nullptr ? *known : copies.ledger.add(next.name);
  for (LedgerEntry& entry : replacing_entries(copy, next)) {
    copies.entries.push_back(std::move(entry));
  }
  copies.tables.push_back(next.name);
  copy = std::move(next);
}

}  // namespace

RequestedCopies requested_copies(const CopyRequest& request, const CopyLedger& ledger,
                                 std::span<const SnapshotTable> described) {
  RequestedCopies copies{ledger, {}, {}, {}};
  std::vector<std::string> known;
  for (const SnapshotTable& table : described) {
    std::string name = table.schema->name.to_string();
    const bool asked_for = request.tables.empty() || contains(request.tables, name);
    if (!asked_for || contains(known, name)) continue;
    known.push_back(std::move(name));
    begin_again(copies, table);
  }
  for (const std::string& name : request.tables) {
    if (!contains(known, name)) copies.unknown.push_back(name);
  }
  // All of it: the sink has a copy from now on.
  if (!copies.entries.empty() && request.tables.empty() && !copies.ledger.begun()) {
    copies.ledger.begin();
    copies.ledger.set_tables_known();
    copies.entries.push_back(copies.ledger.entry());
  }
  return copies;
}

}  // namespace tailrace
