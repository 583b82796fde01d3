#include "replicator/copy/ledger_unit.h"

namespace tailrace {

Status write_ledger_unit(Sink& sink, const Checkpoint& held, std::span<const LedgerEntry> entries,
                         const std::function<Status()>& before) {
  Status status = sink.begin();
  if (status && before) status = before();
  if (status) status = sink.write_ledger(entries);
  if (!status) {
    sink.rollback();
    return status;
  }
  auto committed = sink.commit(held);
  return committed ? Status() : Status(std::move(committed).error());
}

}  // namespace tailrace
