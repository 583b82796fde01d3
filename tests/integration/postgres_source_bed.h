// A PostgreSQL server as source, and a reader that writes down what an extractor makes of it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "extractors/postgres/source.h"
#include "tests/support/postgres_server.h"

namespace tailrace::testing {

inline constexpr std::chrono::seconds kDeadline{30};

// Reads one session on the test's own thread. Whatever was read counts as durable at once, unless
// `confirms` is turned off.
class SourceReader {
 public:
  SourceReader(postgres::PostgresSource& source, const Checkpoint& from);

  // False: an error ended the session, or the deadline passed; both fail the test.
  bool read_until(const Position& until);
  bool read_until(const std::function<bool()>& reached);
  // Up to the end that the log has now.
  bool read_all();
  // Reads until the session ends with an error, for which it waits.
  Error read_to_error();
  // One call of next().
  void step();

  bool confirms = true;
  std::optional<Error> error;             // of open() or next()
  std::vector<std::string> lines;         // "insert public.t 1 abc", "commit", "progress wanted"
  std::vector<std::string> transactions;  // their ids
  std::vector<std::string> origins;
  std::string position;  // of the last commit or progress
  Extractor* extractor() { return extractor_.get(); }
  void close() { extractor_.reset(); }

  // Of the transactions that have ended.
  std::vector<std::string> changes() const;

 private:
  postgres::PostgresSource& source_;
  std::unique_ptr<Extractor> extractor_;
  std::unique_ptr<BlockBuilder> builder_;
};

// The parameter is the server's version. Roles: `cdc` has what the documentation asks for and owns
// the database `shop`; `postgres` is the administrator.
class PostgresSourceTest : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override;
  // False: skipped. Makes the table public.t (id int primary key, v text), and the source.
  bool start(std::vector<std::string> arguments = {});
  std::unique_ptr<postgres::PostgresSource> make_source(postgres::PostgresSourceOptions options);
  postgres::PostgresSourceOptions options() const;  // with create_slot

  std::string sql(const std::string& statements) const;    // as cdc
  std::string admin(const std::string& statements) const;  // as postgres

  // Where a new pipeline begins: slot and publication are made.
  Checkpoint begin();
  Checkpoint at(const Checkpoint& checkpoint, const std::string& position) const;
  // A column of our slot's row.
  std::string slot_column(const std::string& column) const;
  postgres::Lsn confirmed() const;
  std::string log_end() const;

  std::unique_ptr<PostgresServer> server_;
  std::unique_ptr<postgres::PostgresSource> source_;
};

std::string version_suffix(const ::testing::TestParamInfo<int>& given);

// INSTANTIATE_TEST_SUITE_P for both versions.
#define TR_POSTGRES_VERSIONS(Suite) \
  INSTANTIATE_TEST_SUITE_P(Servers, Suite, ::testing::Values(15, 18), version_suffix)

}  // namespace tailrace::testing
