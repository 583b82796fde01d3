#pragma once

#include <cstdint>

#include "extractors/postgres/lsn.h"

namespace tailrace::postgres {

// When a position without changes deserves a record: at most one a second behind transactions, and
// ten where the server has nothing more, because a busy server of which we capture little has
// thousands of them. What is held back is reported by a later one.
class ProgressPace {
 public:
  // A record with that position was written.
  void reported(Lsn position) { reported_ = position; }
  Lsn last() const { return reported_; }

  // Behind a transaction without captured changes; our clock. True: write a record.
  bool is_due_behind(Lsn position, std::int64_t now_us);
  // The server has nothing more up to there; its own clock. wanted: it waits for a confirmation,
  // which is worth a record of its own, once for each position.
  bool is_due_idle(Lsn position, std::int64_t server_time_us, bool wanted);

 private:
  Lsn reported_;
  Lsn wanted_at_;
  std::int64_t last_behind_us_ = 0;
  std::int64_t last_idle_us_ = 0;
};

}  // namespace tailrace::postgres
