// A write load on the source database `shop` that touches everything which has ever gone wrong.
#pragma once

#include <atomic>
#include <cstdint>
#include <random>
#include <string>
#include <thread>

#include "tests/support/database_server.h"

namespace tailrace::testing {

// Creates the tables: one with many types and a secondary unique key, one with a key of several
// columns, one with a text key, one without a key.
void create_workload_tables(DatabaseServer& source);

// SQL of some random transactions: inserts, updates, key changes, deletes, swaps of unique values.
class Workload {
 public:
  explicit Workload(std::uint32_t seed) : random_(seed) {}
  std::string transactions(int count);

 private:
  std::string statement();
  std::uint32_t pick(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }
  std::string text(std::uint32_t longest);
  std::string insert_item();

  std::mt19937 random_;
  std::uint32_t next_note_ = 1;
};

// Writes to the source from a thread of its own until it is destroyed or stopped.
class BackgroundLoad {
 public:
  BackgroundLoad(DatabaseServer& source, std::uint32_t seed);
  ~BackgroundLoad() { stop(); }
  void stop();
  int transactions() const { return transactions_; }

 private:
  std::atomic<int> transactions_ = 0;
  std::jthread thread_;
};

}  // namespace tailrace::testing
