#pragma once

#include <atomic>
#include <mutex>
#include <vector>

#include "clients/postgres/socket_cut.h"
#include "core/error.h"

namespace tailrace::postgres {

// Ends whatever waits on a group of connections, now and later. Any thread; mutex_ guards the
// connections that are known.
class Interruption {
 public:
  // A connection that was interrupted before it was known is cut at once.
  void add(SocketCut cut);
  void interrupt();
  bool interrupted() const { return interrupted_.load(); }
  // `cancelled` in place of what the cut connection says.
  Error explain(Error error) const;

 private:
  std::atomic<bool> interrupted_ = false;
  std::mutex mutex_;
  std::vector<SocketCut> cuts_;  // guarded by mutex_
};

}  // namespace tailrace::postgres
