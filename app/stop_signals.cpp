#include "app/stop_signals.h"

#include <pthread.h>
#include <unistd.h>

#include "app/console.h"

namespace tailrace::app {
namespace {

constexpr int kWake = SIGUSR1;

timespec to_timespec(std::chrono::milliseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {.tv_sec = seconds.count(), .tv_nsec = std::chrono::nanoseconds(time - seconds).count()};
}

}  // namespace

StopSignals::StopSignals() {
  sigemptyset(&signals_);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, kWake}) sigaddset(&signals_, signal);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

StopSignals::Event StopSignals::wait(std::chrono::milliseconds timeout) {
  const timespec time = to_timespec(timeout);
  const int signal = sigtimedwait(&signals_, nullptr, &time);
  if (signal < 0) return Event::timeout;
  if (signal == kWake) return Event::woken;
  if (stopping_) _exit(kExitFailed);
  stopping_ = true;
  return Event::stop;
}

void StopSignals::wake() const {
  kill(getpid(), kWake);
}

}  // namespace tailrace::app
