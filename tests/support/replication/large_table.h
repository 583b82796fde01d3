// A table that takes a while to copy, and changes everywhere while that is done.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "tests/support/database_server.h"

namespace tailrace::testing {

// Table `large` of the database `shop`: keys 1 to `rows`, a unique code, some text.
void create_large_table(const DatabaseServer& source, int rows);

// Inserts, updates, deletes and moves rows of `large` to other keys, far behind and before where
// they were, from a thread of its own until it is destroyed or stopped.
class LargeTableLoad {
 public:
  LargeTableLoad(DatabaseServer& source, int rows, std::uint32_t seed);
  ~LargeTableLoad() { stop(); }
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
