// A target for the sink contract, and a way to look at it that does not go through the sink.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "sinks/sink.h"

namespace tailrace::postgres {
class Connection;
}

namespace tailrace::testing {

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().to_string());
  return std::move(result).value();
}

using UrlOptions = std::vector<std::pair<std::string, std::string>>;

// A target, and a way to look at it that does not go through the sink.
class Bed {
 public:
  virtual ~Bed() = default;
  // As if it had just been made: for tests that share one.
  virtual void reset() = 0;
  // port: of a proxy in front of the server; 0: the server's own.
  virtual std::unique_ptr<Target> target(std::uint16_t port = 0,
                                         const UrlOptions& url_options = {}) = 0;
  // PostgreSQL only: as another user, with more options in the URL ("origin=on"); in another
  // database; a connection of one's own.
  virtual std::unique_ptr<Target> target_as(const std::string& /*user*/,
                                            const std::string& /*options*/ = "") {
    return nullptr;
  }
  virtual std::unique_ptr<Target> target_in(const std::string& /*database*/) { return nullptr; }
  virtual std::shared_ptr<postgres::Connection> connect() { return nullptr; }
  // Rows: values separated by tabs, NULL as NULL, rows by newlines.
  virtual std::string sql(const std::string& statements) = 0;
  virtual std::uint16_t port() { return 0; }
  // A statement that makes a sink wait when it writes to the table, held until released.
  virtual std::shared_ptr<void> lock(const std::string& table) = 0;
  // The engine's word for a column type of the source, in tables that a test creates itself.
  virtual std::string bigint() { return "bigint"; }
  virtual std::string strict() { return ""; }
};

enum class Kind { postgres15, postgres18, mariadb, mysql, sqlite };
std::string name_of(Kind kind);
std::optional<std::string> why_unavailable(Kind kind);
std::unique_ptr<Bed> make_bed(Kind kind);

// The one that the tests of a program take turns with, empty; stopped at the end of a suite.
std::shared_ptr<Bed> shared_bed(Kind kind);
void stop_shared_beds();

}  // namespace tailrace::testing
