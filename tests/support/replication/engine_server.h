// Starting a private server of an engine that is known by name only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/database_server.h"
#include "tests/support/replication/replication_bed.h"

namespace tailrace::testing {

// With nothing in it; nullptr for sqlite. arguments: of the server's command line.
std::unique_ptr<DatabaseServer> start_server(Engine engine,
                                             std::vector<std::string> arguments = {});
// The same with an empty database `shop`, of PostgreSQL with a schema of that name first in its
// search path. Not for sqlite.
std::unique_ptr<DatabaseServer> start_shop(Engine engine, std::vector<std::string> arguments = {});

}  // namespace tailrace::testing
