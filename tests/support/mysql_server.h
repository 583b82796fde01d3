// A MySQL 9 server, from the folder that scripts/fetch-servers unpacked, as source or target of a
// test.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/database_server.h"

namespace tailrace::testing {

struct MysqlOptions {
  std::vector<std::string> arguments = {};
  bool private_instance = false;
  bool durable = false;
};

// Binary log and GTIDs on, row format, full metadata; TLS with a certificate that the server made
// itself; administrator `root` without a password from any address. Users that a test makes have
// caching_sha2_password, so over TCP they need TLS. Environment: TAILRACE_TEST_MYSQL_URL.
class MysqlServer final : public DatabaseServer {
 public:
  static std::optional<std::string> why_unavailable(bool private_instance = false);

  explicit MysqlServer(const MysqlOptions& options = {});

  std::string_view kind() const override { return "mysql"; }
  std::string sql(std::string_view statements, std::string_view database = {}) const override;
};

}  // namespace tailrace::testing
