// Writers who do not mind that tables change under them.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/database_server.h"
#include "tests/support/schema_changes/written_keys.h"

namespace tailrace::testing {

class SqlSession;
class WriterScript;

// Threads that write to every table of `shop`: inserts, updates, deletes, changes of keys, several
// of them in a transaction, some rolled back. After an error they look at the tables anew and go
// on. Every table that has rows it may number itself has few keys, so that writers meet.
class TableWriters {
 public:
  TableWriters(const DatabaseServer& source, std::uint32_t seed, int threads,
               std::chrono::microseconds pause);
  ~TableWriters() { stop(); }
  TableWriters(const TableWriters&) = delete;
  TableWriters& operator=(const TableWriters&) = delete;

  void stop();
  // What ended one of them early; empty: nothing did.
  std::string failure() const;
  WrittenKeys& keys() { return keys_; }
  int committed() const { return committed_; }
  int refused() const { return refused_; }

 private:
  void write(const DatabaseServer& source, std::uint32_t seed, std::chrono::microseconds pause,
             const std::stop_token& stop);
  bool transaction(SqlSession& session, WriterScript& script);

  WrittenKeys keys_;
  std::atomic<int> committed_ = 0;
  std::atomic<int> refused_ = 0;
  mutable std::mutex mutex_;
  std::string failure_;  // guarded by mutex_
  std::vector<std::jthread> threads_;
};

// Fills every table with rows, as the writers do it.
void fill_tables(const DatabaseServer& source, std::uint32_t seed, int rows_of_each);

}  // namespace tailrace::testing
