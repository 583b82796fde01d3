#pragma once

#include "clients/postgres/connection.h"
#include "core/result.h"

namespace tailrace::postgres {

// Connects for a sink or a loader: settings under which every value is read the same way, triggers
// and foreign keys passed over where the user may do that, durability as the server has it.
Result<Connection> open_session(const ConnectionOptions& options);

// Triggers and foreign keys have done their work at the source. Whether the user may switch them
// off.
Result<bool> suppress_triggers(Connection& connection);

}  // namespace tailrace::postgres
