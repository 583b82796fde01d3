// A PostgreSQL server, 15 from Debian or 18 as scripts/fetch-servers unpacked it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/database_server.h"

namespace tailrace::testing {

struct PostgresOptions {
  std::vector<std::string> arguments = {};
  bool private_instance = false;
  bool durable = false;
  int version = 15;
  // All servers of a test run are copies of one initialised folder and have its system identifier.
  // True: one of its own, half a second slower.
  bool own_identity = false;
  // A running server of the same version that this one is a streaming standby of, over a physical
  // slot named `standby` that is made there; it keeps logical slots with failover too (17+).
  const DatabaseServer* standby_of = nullptr;
};

// wal_level=logical; administrator `postgres` without a password; UTF8, collation C.UTF-8.
// `arguments` are options of the program, such as {"-c", "work_mem=1MB"}. When the test is root,
// the server runs as the user postgres. Environment: TAILRACE_TEST_POSTGRES_URL.
class PostgresServer final : public DatabaseServer {
 public:
  static std::optional<std::string> why_unavailable(int version = 15,
                                                    bool private_instance = false);

  explicit PostgresServer(const PostgresOptions& options = {});

  std::string_view kind() const override { return "postgresql"; }
  std::string sql(std::string_view statements, std::string_view database = {}) const override;
};

}  // namespace tailrace::testing
