#pragma once

#include <memory>

#include "tests/support/database_server.h"
#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {

// A private server with an empty database `shop`, of PostgreSQL with a schema of that name first in
// its search path. Not for sqlite.
std::unique_ptr<DatabaseServer> start_shop(Engine engine);
// A private server with nothing in it.
std::unique_ptr<DatabaseServer> start_server(Engine engine);

}  // namespace tailrace::testing
