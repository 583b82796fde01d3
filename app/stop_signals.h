#pragma once

#include <chrono>
#include <csignal>

namespace tailrace::app {

// SIGTERM, SIGINT and SIGHUP, read by the main thread alone. Make it before any other thread
// starts: the signals are blocked in this thread and in all that it starts. SIGPIPE is ignored
// (a broken pipe is an error of a write). From the second stop signal on, the process exits at
// once, which promise 4 makes safe.
class StopSignals {
 public:
  enum class Event { stop, woken, timeout };

  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Main thread only.
  Event wait(std::chrono::milliseconds timeout);
  // Makes wait() answer `woken`. Any thread.
  void wake() const;

 private:
  sigset_t signals_{};
  bool stopping_ = false;
};

}  // namespace tailrace::app
