#include "sinks/mysql/session.h"

#include <array>

namespace tailrace::mysql {
namespace {

// NO_ZERO_DATE and NO_ZERO_IN_DATE are absent: zero dates of a source must stay what they are; so
// must a 0 in an auto-increment column.
constexpr const char* kSettings =
    "SET NAMES utf8mb4;"
    "SET SESSION sql_mode = 'STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,"
    "ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', foreign_key_checks = 0,"
    " unique_checks = 1, innodb_lock_wait_timeout = 20, lock_wait_timeout = 30,"
    " wait_timeout = 28800, net_read_timeout = 60, net_write_timeout = 60, sql_safe_updates = 0,"
    " sql_auto_is_null = 0, autocommit = 0;"
    "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;"
    "SET SESSION TRANSACTION READ WRITE";

// Not every server has these, and not every user may set them.
constexpr std::array kWishes = {
    "SET SESSION sql_require_primary_key = 0",
    "SET SESSION sql_generate_invisible_primary_key = 0",
    "SET SESSION check_constraint_checks = 0",
    // tables with hundreds of texts: a row that does not fit is refused, not the whole table
    "SET SESSION innodb_strict_mode = 0",
    "SET SESSION explicit_defaults_for_timestamp = 1",
    // long lists of keys: stay with the index
    "SET SESSION range_optimizer_max_mem_size = 0",
    "SET SESSION in_predicate_conversion_threshold = 0",
    "SET SESSION max_statement_time = 0",
    "SET SESSION innodb_snapshot_isolation = 0",
};

}  // namespace

Result<Connection> open_session(const TargetOptions& options) {
  ConnectionOptions connection_options = options.connection;
  connection_options.multi_statements = true;
  connection_options.found_rows = true;
  connection_options.database.clear();
  auto connection = Connection::connect(connection_options);
  if (!connection) return connection;
  if (auto set = connection->query_all(kSettings); !set) {
    return std::move(set).error().with("session settings");
  }
  for (const char* wish : kWishes) {
    auto set = connection->query(wish);
    if (!set && set.error().kind() == ErrorKind::unreachable) return std::move(set).error();
  }
  return connection;
}

}  // namespace tailrace::mysql
