// A MariaDB server, Debian's, as source or target of a test.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/database_server.h"

namespace tailrace::testing {

struct MariadbOptions {
  std::vector<std::string> arguments = {};
  bool private_instance = false;
  bool durable = false;
  // MariaDB 10.11 has no TLS until it is given these (see certificate.h).
  std::filesystem::path certificate = {};
  std::filesystem::path private_key = {};
};

// Binary log on, row format, full metadata; administrator `root` without a password. The program is
// `mariadbd`, or what TAILRACE_MARIADBD names. Environment: TAILRACE_TEST_MARIADB_URL.
class MariadbServer final : public DatabaseServer {
 public:
  static std::optional<std::string> why_unavailable(bool private_instance = false);

  explicit MariadbServer(const MariadbOptions& options = {});

  std::string_view kind() const override { return "mariadb"; }
  std::string sql(std::string_view statements, std::string_view database = {}) const override;
};

}  // namespace tailrace::testing
