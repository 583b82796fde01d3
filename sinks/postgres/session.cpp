#include "sinks/postgres/session.h"

namespace tailrace::postgres {
namespace {

// The server must find out by itself when we are gone, or our locks and our replication origin
// would outlive us: it looks at the connection every second while it works, and probes it when
// idle.
constexpr const char* kSessionSettings =
    "SET standard_conforming_strings = on; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD';"
    "SET IntervalStyle = 'postgres'; SET client_min_messages = 'error';"
    "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET xmloption = "
    "content;"
    "SET lock_timeout = '30s'; SET plan_cache_mode = 'force_generic_plan';"
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;"
    "SET tcp_user_timeout = '30s';"
    "SET default_transaction_isolation = 'read committed'; SET default_transaction_read_only = off;"
    "SET default_transaction_deferrable = off";

}  // namespace

Result<bool> suppress_triggers(Connection& connection) {
  auto set = connection.exec("SET session_replication_role = 'replica'");
  if (set) return true;
  if (set.error().kind() == ErrorKind::permission) return false;
  return std::move(set).error();
}

Result<Connection> open_session(const ConnectionOptions& options) {
  auto connection = Connection::connect(options);
  if (!connection) return connection;
  if (auto set = connection->exec(kSessionSettings); !set) return std::move(set).error();
  // PostgreSQL 14 and later, and not on every system; 17 and later.
  static_cast<void>(connection->exec("SET client_connection_check_interval = '1s'"));
  static_cast<void>(connection->exec("SET idle_session_timeout = 0"));
  static_cast<void>(connection->exec("SET transaction_timeout = 0"));
  if (auto suppressed = suppress_triggers(*connection); !suppressed) {
    return std::move(suppressed).error();
  }
  return connection;
}

}  // namespace tailrace::postgres
