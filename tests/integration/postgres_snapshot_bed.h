// A database of its own on a server that all tests of the program share, and what a snapshot reads.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "clients/postgres/connection.h"
#include "extractors/postgres/source.h"
#include "tests/support/postgres_server.h"

namespace tailrace::testing {

// One inserted row, as the block has it.
struct ReadRow {
  SchemaPtr schema;
  std::string image;  // bytes of the row image
  std::vector<std::string> values() const;
  std::string line() const;  // "1|abc|NULL"
};

// The changes of a table in the order in which they came, from blocks.
struct ReadChange {
  ChangeKind kind = ChangeKind::insert;
  ReadRow before;
  ReadRow after;
};

// Takes blocks and writes down their changes, with the position of the commit behind them.
class ChangeLog {
 public:
  struct Entry {
    ReadChange change;
    std::string committed;  // position; empty: not ended
  };
  BlockBuilder builder();
  std::vector<Entry> entries;
  std::string position;

 private:
  void take(const Block& block);
  std::size_t open_ = 0;  // entries before it have ended
};

// The parameter is the server's version. The role `cdc` owns the database.
class PostgresSnapshotTest : public ::testing::TestWithParam<int> {
 protected:
  static void TearDownTestSuite();
  // False: skipped.
  bool start();
  void TearDown() override;

  postgres::PostgresSourceOptions options() const;
  std::unique_ptr<postgres::PostgresSource> make_source(postgres::PostgresSourceOptions options);
  postgres::ConnectionOptions address(const std::string& role) const;
  postgres::Connection connect(const std::string& role = "cdc") const;
  std::string sql(const std::string& statements);    // as cdc; the first cell of the last answer
  std::string admin(const std::string& statements);  // as postgres

  // Makes slot and publication.
  Checkpoint begin();
  std::unique_ptr<Snapshot> snapshot(const Checkpoint& from);
  SnapshotTable described(Snapshot& snapshot, const std::string& name);
  // Of all ranges, in order; the ranges' sizes too.
  std::vector<ReadRow> read(Snapshot& snapshot, const SnapshotTable& table,
                            std::uint64_t rows_per_range = 1'000'000,
                            std::vector<std::uint64_t>* sizes = nullptr);
  // What a session streams from there to the end that the log has now.
  ChangeLog stream(const Checkpoint& from);

  PostgresServer* server_ = nullptr;
  std::string database_;
  std::unique_ptr<postgres::PostgresSource> source_;
  std::unique_ptr<postgres::Connection> cdc_;
  std::unique_ptr<postgres::Connection> postgres_;

 private:
  static std::map<int, std::unique_ptr<PostgresServer>>& servers();
};

std::vector<std::string> lines(const std::vector<ReadRow>& rows);
std::vector<std::string> sorted_lines(const std::vector<ReadRow>& rows);

}  // namespace tailrace::testing
