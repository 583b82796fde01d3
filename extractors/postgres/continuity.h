#pragma once

#include <optional>
#include <span>
#include <string>

#include "core/position.h"
#include "core/result.h"
#include "extractors/postgres/lsn.h"
#include "extractors/postgres/server_facts.h"
#include "extractors/postgres/slot.h"
#include "extractors/postgres/timeline.h"

namespace tailrace::postgres {

// Proofs that the server's log continues behind our position, from facts that were read before.
// Pure. A slot is only ever told what all sinks hold, so it stands at or before every stored
// position, unless somebody else moved it.

// The slot is one that we can read from: it is there, ours, and not invalidated. Nothing is made
// here when it is missing: the changes since our position would be skipped in silence.
Status check_slot(const std::optional<SlotFacts>& slot, const std::string& name,
                  const ServerFacts& facts);

// `busy` while somebody uses it; that may be a session of our own that the server has not given up.
Status check_slot_is_free(const SlotFacts& slot);

// The same cluster (or a standby of it) and the same database.
Status check_identity(const ServerFacts& facts, const std::string& source_id);

// The server's history contains our position. history: of the server's timeline, when that is not
// ours.
Status check_timeline(const ServerFacts& facts, const WalPosition& ours,
                      std::span<const TimelineSwitch> history);

// The slot still keeps everything behind our position, and the log reaches it.
Status check_place(const ServerFacts& facts, const SlotFacts& slot, const WalPosition& ours);

// What a person can do when changes are gone.
std::string start_anew_hint();

}  // namespace tailrace::postgres
