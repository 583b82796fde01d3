#include "replicator/copy/copy_ledger.h"

#include <algorithm>

namespace tailrace {

bool TableCopy::all_read() const {
  return planned() && chunks_done() == chunks.size();
}

std::size_t TableCopy::chunks_done() const {
  const auto done =
      std::count_if(chunks.begin(), chunks.end(), [](const CopyChunk& c) { return c.done; });
  return static_cast<std::size_t>(done);
}

TableCopy* CopyLedger::find(const TableName& name) {
  const auto found = std::find_if(tables_.begin(), tables_.end(),
                                  [&](const TableCopy& table) { return table.name == name; });
  return found == tables_.end() ? nullptr : &*found;
}

const TableCopy* CopyLedger::find(const TableName& name) const {
  return const_cast<CopyLedger*>(this)->find(name);
}

TableCopy& CopyLedger::add(TableName name) {
  TableCopy& table = tables_.emplace_back();
  table.name = std::move(name);
  return table;
}

void CopyLedger::remove(const TableName& name) {
  std::erase_if(tables_, [&](const TableCopy& table) { return table.name == name; });
}

bool CopyLedger::initial_copy_pending() const {
  if (begun_ && !tables_known_) return true;
  return std::any_of(tables_.begin(), tables_.end(), [](const TableCopy& table) {
    return table.mode == TableCopy::Mode::initial && table.state == TableCopy::State::copying;
  });
}

TableCopy* CopyLedger::next_again() {
  const auto found = std::find_if(tables_.begin(), tables_.end(), [](const TableCopy& table) {
    return table.mode == TableCopy::Mode::again && table.state == TableCopy::State::copying;
  });
  return found == tables_.end() ? nullptr : &*found;
}

bool CopyLedger::settled() const {
  if (begun_ && !tables_known_) return false;
  return std::all_of(tables_.begin(), tables_.end(), [](const TableCopy& table) {
    return table.state == TableCopy::State::exact && table.finished;
  });
}

CopyPhase CopyLedger::phase() const {
  if (begun_ && !tables_known_) return CopyPhase::copying;
  CopyPhase least = begun_ ? CopyPhase::exact : CopyPhase::following;
  for (const TableCopy& table : tables_) {
    if (table.state == TableCopy::State::copying) return CopyPhase::copying;
    if (table.state == TableCopy::State::converging || !table.finished) {
      least = CopyPhase::converging;
    }
  }
  return least;
}

}  // namespace tailrace
