#pragma once

#include <functional>
#include <span>

#include "core/position.h"
#include "core/result.h"
#include "sinks/sink.h"

namespace tailrace {

// Commits entries of the ledger by the sink's own session, in a unit of their own that leaves the
// checkpoint where it is; `before` writes what belongs to them. An error leaves nothing behind, and
// the session has to be dropped as always.
Status write_ledger_unit(Sink& sink, const Checkpoint& held, std::span<const LedgerEntry> entries,
                         const std::function<Status()>& before = {});

}  // namespace tailrace
