#pragma once

#include "app/registry.h"
#include "config/config_file.h"
#include "core/result.h"
#include "extractors/postgres/options.h"

namespace tailrace::app {

// A PostgreSQL source as configured: what the file says, and the options behind "?" of its URL,
// which are those of a connection (sinks/postgres/connection_url.h) and slot, publication (names
// separated by commas), create_slot, skip_origins (separated by commas), streaming, binary,
// failover. An option that is given in both places is an error.
Result<postgres::PostgresSourceOptions> postgres_source_options(const SourceConfig& source,
                                                                const SourceUse& use);

}  // namespace tailrace::app
