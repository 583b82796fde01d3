#pragma once

#include "clients/mysql/connection.h"
#include "sinks/mysql/options.h"

namespace tailrace::mysql {

// Connects and brings the session into the state that every statement of the sink relies on: UTC,
// strict but with zero dates, no foreign keys, READ COMMITTED, no autocommit.
Result<Connection> open_session(const TargetOptions& options);

}  // namespace tailrace::mysql
