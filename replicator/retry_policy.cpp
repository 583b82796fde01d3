#include "replicator/retry_policy.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace tailrace {

Verdict verdict_on(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::unreachable:
    case ErrorKind::shutting_down:
    case ErrorKind::timeout:
    case ErrorKind::busy:
    case ErrorKind::commit_in_doubt:
      return Verdict::retry;
    case ErrorKind::auth:
    case ErrorKind::permission:
    case ErrorKind::schema_mismatch:
    case ErrorKind::row_rejected:
    case ErrorKind::unsupported_value:
    case ErrorKind::source_settings:
    case ErrorKind::disk_full:
    case ErrorKind::unclassified:
      return Verdict::block;
    case ErrorKind::position_lost:
    case ErrorKind::stream_corrupt:
    case ErrorKind::unsupported_protocol:
    case ErrorKind::checkpoint_corrupt:
    case ErrorKind::source_changed:
    case ErrorKind::fenced:
    case ErrorKind::invalid_config:
    case ErrorKind::internal:
      return Verdict::fail;
    case ErrorKind::cancelled:
      return Verdict::leave;
  }
  return Verdict::fail;
}

std::chrono::milliseconds Backoff::next(Verdict verdict) {
  if (verdict == Verdict::block) return times_.blocked;
  const auto step = std::max(step_, std::chrono::milliseconds(1));
  step_ = std::min(step_ * 2, times_.longest);
  std::uniform_int_distribution<std::int64_t> jitter(step.count() / 2, step.count());
  return std::chrono::milliseconds(jitter(random_));
}

void wait_for(std::stop_token stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace tailrace
