#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "clients/postgres/connection_options.h"
#include "core/result.h"

namespace tailrace::postgres {

// Closes a PGconn.
struct ConnectionDeleter {
  void operator()(void* connection) const;
};
using ConnectionHandle = std::unique_ptr<void, ConnectionDeleter>;

enum class ConnectionUse { statements, replication };

// Connects to the first of the hosts that answers and is what `need` asks for. The error is that of
// the last attempt; it names the others and what was wrong with them.
Result<ConnectionHandle> establish(const ConnectionOptions& options, ConnectionUse use);

// "-c timezone=UTC -c datestyle=ISO,\ MDY": settings as the server splits them.
std::string settings_argument(const std::vector<std::pair<std::string, std::string>>& settings);

}  // namespace tailrace::postgres
