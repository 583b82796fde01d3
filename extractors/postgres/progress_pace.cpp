#include "extractors/postgres/progress_pace.h"

namespace tailrace::postgres {
namespace {

constexpr std::int64_t kBehindIntervalUs = 1'000'000;
constexpr std::int64_t kIdleIntervalUs = 100'000;

}  // namespace

bool ProgressPace::is_due_behind(Lsn position, std::int64_t now_us) {
  if (now_us - last_behind_us_ < kBehindIntervalUs) return false;
  last_behind_us_ = now_us;
  reported_ = position;
  return true;
}

bool ProgressPace::is_due_idle(Lsn position, std::int64_t server_time_us, bool wanted) {
  if (!position.valid() || position < reported_) return false;
  const bool wanted_anew = wanted && position != wanted_at_;
  const bool due = position > reported_ && server_time_us - last_idle_us_ >= kIdleIntervalUs;
  if (!due && !wanted_anew) return false;
  reported_ = position;
  last_idle_us_ = server_time_us;
  if (wanted) wanted_at_ = position;
  return true;
}

}  // namespace tailrace::postgres
