// A write load on the source database `shop` that touches everything which has ever gone wrong.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "tests/support/database_server.h"

namespace tailrace::testing {

// What the target can take.
enum class Values : std::uint8_t {
  everywhere,     // every target keeps them
  postgres_only,  // infinity, NaN, years before Christ and beyond 9999 too
};

// Creates the tables: with many types, secondary unique keys, keys of several columns, text keys,
// no key. A PostgreSQL source has them in its schema `shop`, and more of what only it has.
void create_workload_tables(const DatabaseServer& source);

// SQL of random transactions: inserts, updates, key changes, deletes, truncates, swaps of unique
// values, some of them rolled back. For one source, which nobody else writes to.
class Workload {
 public:
  static std::unique_ptr<Workload> of(const DatabaseServer& source, std::uint32_t seed,
                                      Values values = Values::everywhere);
  virtual ~Workload() = default;
  virtual std::string transactions(int count) = 0;

 protected:
  explicit Workload(std::uint32_t seed) : random_(seed) {}
  std::uint32_t pick(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }

 private:
  std::mt19937 random_;
};

// Writes to the source from a thread of its own until it is destroyed or stopped.
class BackgroundLoad {
 public:
  BackgroundLoad(DatabaseServer& source, std::uint32_t seed, Values values = Values::everywhere);
  ~BackgroundLoad() { stop(); }
  void stop();
  int transactions() const { return transactions_; }
  // What ended it early; empty: nothing did.
  std::string failure() const { return failed_ ? failure_ : ""; }

 private:
  std::atomic<int> transactions_ = 0;
  std::string failure_;  // written before failed_ is set
  std::atomic<bool> failed_ = false;
  std::jthread thread_;
};

}  // namespace tailrace::testing
