#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/database_server.h"

namespace tailrace::testing {

// A connection to a source that stays open, for a thread of its own: what is tried on it may fail,
// which is told and not thrown.
class SqlSession {
 public:
  using Rows = std::vector<std::vector<std::optional<std::string>>>;

  // In database `shop` of the server. Throws when it cannot connect.
  static std::unique_ptr<SqlSession> open(const DatabaseServer& server);
  virtual ~SqlSession() = default;

  // What the server said against it; empty: done.
  virtual std::string attempt(const std::string& sql) = 0;
  // Throws when the server refuses.
  virtual Rows rows(const std::string& sql) = 0;
  void run(const std::string& sql);
  virtual bool is_postgres() const = 0;
};

}  // namespace tailrace::testing
