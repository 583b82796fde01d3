#include "extractors/postgres/reading_pace.h"

namespace tailrace::postgres {
namespace {

// Looked at over a few milliseconds, so that one transaction of a hundred rows is not taken for a
// busy stream: the sinks would have its end a pause later.
constexpr std::chrono::milliseconds kWindow{5};
constexpr std::uint64_t kBusyPerMillisecond = 20;

}  // namespace

bool ReadingPace::is_busy(Time now) {
  const auto passed = now - since_;
  if (passed < (busy_ ? kPause : kWindow)) return busy_;
  const auto milliseconds = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(passed).count());
  busy_ = messages_ >= kBusyPerMillisecond * milliseconds;
  messages_ = 0;
  since_ = now;
  return busy_;
}

}  // namespace tailrace::postgres
